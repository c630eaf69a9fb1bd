#include "index/linear.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <stop_token>
#include <string_view>
#include <vector>

#include "cycles/describe.hpp"
#include "cycles/input.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/linear_jump.hpp"
#include "gforbit/cycles/linear_orbits.hpp"
#include "index/states.hpp"
#include "index/writers.hpp"

namespace gforbit::job_index {

namespace {

constexpr std::array<std::string_view, 5> kForms{"--coefficients", "--feedback", "--polynomial", "--taps",
                                                 "--mask"};
constexpr std::array<std::string_view, 1> kSystem{"--system"};

bool names_one_of(std::span<const std::string_view> options, std::span<const std::string> arguments) {
  return std::ranges::any_of(arguments, [&](const std::string& argument) {
    return std::ranges::any_of(options, [&](std::string_view option) {
      return argument == option || argument.starts_with(std::string(option) + "=");
    });
  });
}

[[noreturn]] void fail_without_index(const std::string& of) {
  throw core::UsageError(
      fmt::format("without an index answers are for linear and affine registers{}: gforbit cycles --index "
                  "FILE.gfi writes one",
                  of));
}

/// Powers of x are quick at any degree; only the others may take long.
bool is_limited(const config::Command& command) {
  return command.name != "jump";
}

config::Option timeout_option(IndexOptions& o) {
  return {"timeout", "S", "limit for each answer in seconds (or 15m, 3h50m); 0 = none",
          config::into(o.timeout, config::parse_duration), "60"};
}

config::Section register_section(const config::Command& command, job_cycles::CyclesOptions& form,
                                 IndexOptions& options) {
  config::Section section = job_cycles::form_section(form);
  section.title = "In place of FILE.gfi, a linear or affine register of any degree in the form of Fibonacci";
  if (is_limited(command)) section.options.push_back(timeout_option(options));
  return section;
}

fsr::Register linear_register(const job_cycles::CyclesOptions& form) {
  if (form.form.galois)
    throw core::UsageError("'--galois': answers are for the states of registers in the form of Fibonacci");
  fsr::Register reg = job_cycles::BatchInput::from_options(form).at(0).reg;
  if (reg.kind() == fsr::FeedbackKind::nonlinear) fail_without_index("");
  return reg;
}

/// What the arguments say, with a register in place of the file.
struct Question {
  Question(DescribeCommand describe, std::span<const std::string> arguments)
      : reg(read(describe, arguments)), texts(reg, options.as_bits) {}

  IndexOptions options;
  fsr::Register reg;
  StateTexts texts;

 private:
  fsr::Register read(DescribeCommand describe, std::span<const std::string> arguments) {
    job_cycles::CyclesOptions form;
    config::Command command = describe(options);
    if (std::ranges::any_of(arguments,
                            [](const std::string& argument) { return argument.ends_with(".gfi"); }))
      config::fail_usage(command.name,
                         "FILE.gfi and a register exclude each other: leave one of the two out");
    if (names_one_of(kSystem, arguments)) fail_without_index(", not for systems");
    command.positionals.erase(command.positionals.begin());
    command.sections.push_back(register_section(command, form, options));
    job_cycles::read_form_options(form, command, arguments);
    if (options.reg) throw core::UsageError("'--register' chooses a register of a file, and there is none");
    check_states(command, options);
    return linear_register(form);
  }
};

/// The time that one answer may take.
class Limit {
 public:
  explicit Limit(std::chrono::milliseconds time)
      : look_([this, time, start = std::chrono::steady_clock::now()] {
          if (time.count() > 0 && std::chrono::steady_clock::now() - start >= time) source_.request_stop();
        }),
        control_(core::StopSignal(source_.get_token(), &look_)) {}
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
  [[nodiscard]] const cycles::AlgebraControl& control() const { return control_; }

 private:
  std::stop_source source_;
  core::StopSignal::Look look_;
  cycles::AlgebraControl control_;
};

/// Why there is no answer, or not all of it.
std::string advice(const std::string& why, bool was_stopped, const IndexOptions& options) {
  if (!was_stopped) return why;
  return fmt::format("{} within {:g} s: raise '--timeout'", why,
                     static_cast<double>(options.timeout.count()) / 1000);
}

/// Prints what a user must know of the answers.
void say_reservation(const cycles::LinearOrbits& orbits) {
  const std::string reservation = orbits.reservation();
  if (!reservation.empty()) std::cerr << fmt::format("gforbit: {}\n", reservation);
}

/// Runs `answer`, and says to a user what was too large.
template <class Answer>
auto answered(const IndexOptions& options, Answer answer) {
  try {
    return answer();
  } catch (const cycles::Unanswered& error) {
    throw core::Error(core::ExitStatus::unfinished,
                      "no answer: " + advice(error.what(), error.stopped, options));
  }
}

PlaceTexts texts_of(const Cells& state, const cycles::LinearPlace& place, const StateTexts& texts) {
  PlaceTexts result{texts.text(state), {}, core::decimal(place.period), {}};
  if (place.representative) result.representative = texts.text(*place.representative);
  if (place.position) result.position = core::decimal(*place.position);
  if (place.distance == 0) return result;
  result.distance = core::decimal(place.distance);
  result.entry = texts.text(place.entry);
  return result;
}

cycles::LinearOrbits orbits_of(const Question& asked) {
  const Limit limit(asked.options.timeout);
  return cycles::LinearOrbits(asked.reg.feedback(), limit.control());
}

}  // namespace

bool names_register(std::span<const std::string> arguments) {
  return names_one_of(kForms, arguments) || names_one_of(kSystem, arguments);
}

config::Section register_page_section(const config::Command& command) {
  job_cycles::CyclesOptions none;
  IndexOptions options;
  return register_section(command, none, options);
}

void locate_by_algebra(std::span<const std::string> arguments, std::ostream& out) {
  const Question asked(locate_command, arguments);
  const IndexOptions& options = asked.options;
  std::vector<Cells> states;
  for (const std::string& text : options.states) states.push_back(asked.texts.read_cells_argument(text));
  auto orbits = answered(options, [&] { return orbits_of(asked); });
  PlaceWriter writer(options, asked.reg.feedback().coefficients()[0] != 0, out);
  std::string missing;  // of the first state that has no full answer
  const auto answer = [&](const Cells& state) {
    const Limit limit(options.timeout);
    const auto place = answered(options, [&] { return orbits.locate(state, limit.control()); });
    writer.write(texts_of(state, place, asked.texts));
    if (!place.missing.empty() && missing.empty())
      missing = fmt::format("state {}: {}", asked.texts.text(state),
                            advice(place.missing, place.was_stopped, options));
  };
  for (const Cells& state : states) answer(state);
  if (options.inputs)
    for_each_state(*options.inputs, [&](std::string_view text) { answer(asked.texts.read_cells(text)); });
  out.flush();
  say_reservation(orbits);
  if (!missing.empty()) throw core::Error(core::ExitStatus::unfinished, missing);
}

void distance_by_algebra(std::span<const std::string> arguments, std::ostream& out) {
  const Question asked(distance_command, arguments);
  const Cells from = asked.texts.read_cells_argument(asked.options.from);
  const Cells to = asked.texts.read_cells_argument(asked.options.to);
  const Limit limit(asked.options.timeout);
  auto orbits = answered(asked.options, [&] { return orbits_of(asked); });
  const auto steps = answered(asked.options, [&] { return orbits.distance(from, to, limit.control()); });
  write_distance(asked.options, asked.texts.text(from), asked.texts.text(to),
                 steps ? core::decimal(*steps) : "", out);
  out.flush();
  say_reservation(orbits);
}

void jump_by_algebra(std::span<const std::string> arguments, std::ostream& out) {
  const Question asked(jump_command, arguments);
  const Cells from = asked.texts.read_cells_argument(asked.options.from);
  const Cells to = cycles::state_after(asked.reg.feedback(), from, asked.options.steps);
  write_jump(asked.options, asked.texts.text(from), asked.texts.text(to), out);
}

}  // namespace gforbit::job_index
