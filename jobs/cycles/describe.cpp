#include "cycles/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "cycles/dry_run.hpp"
#include "cycles/understood.hpp"
#include "gforbit/core/digest.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/fsr/equivalence.hpp"
#include "gforbit/fsr/state.hpp"
#include "gforbit/fsr/system.hpp"
#include "gforbit/sys/memory.hpp"
#include "gforbit/sys/placement.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::size_t kMaxText = 400;                          ///< characters of a value
constexpr std::uint64_t kMostHashed = std::uint64_t{1} << 20;  ///< values of a truth table
constexpr auto kPatience = std::chrono::seconds(1);            ///< for the question whether it is nonsingular

std::string_view kind_name(fsr::FeedbackKind kind) {
  if (kind == fsr::FeedbackKind::nonlinear) return "nonlinear";
  return kind == fsr::FeedbackKind::affine ? "affine" : "linear";
}

std::string terms_text(const fsr::Feedback& feedback) {
  if (!feedback.has_terms()) {
    return fmt::format("not multiplied out; {} of cells and complements",
                       core::counted(feedback.products().size(), "product"));
  }
  std::uint64_t degree = 0;
  for (const fsr::Term& term : feedback.terms()) degree = std::max(degree, term.degree());
  return fmt::format("{}, algebraic degree {}", core::counted(feedback.terms().size(), "monomial"), degree);
}

/// Stops what is asked with it after kPatience.
class Patience {
 public:
  Patience() = default;
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;
  [[nodiscard]] core::StopSignal signal() { return {source_.get_token(), &look_}; }

 private:
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + kPatience;
  std::stop_source source_;
  core::StopSignal::Look look_ = [this] {
    if (std::chrono::steady_clock::now() > end_) source_.request_stop();
  };
};

std::string nonsingular_text(const fsr::Register& reg) {
  Patience patience;
  std::optional<bool> answer;
  try {
    answer = fsr::is_nonsingular(reg, patience.signal());
  } catch (const core::InputError& error) {
    return fmt::format("not decided: {}", error.what());
  }
  if (!answer) return "not decided in one second; a run decides it";
  return *answer ? "yes" : "no";
}

/// SHA-256 over the values of the feedback at the states 0, 1, 2, ..., a byte each. nullopt: too many of
/// them.
std::optional<std::string> truth_table_hash(const fsr::Register& reg) {
  const auto states = reg.enumerable_state_count();
  const std::uint64_t q = reg.field().order();
  if (!states || *states > kMostHashed || q > 256 || reg.feedback().length() > 256) return std::nullopt;
  std::string values;
  for (std::uint64_t state = 0; state < *states; ++state)
    values += static_cast<char>(reg.feedback().evaluate(fsr::cells_of(state, q, reg.degree())));
  return core::sha256_hex(values);
}

std::string symmetries_text(const fsr::Feedback& feedback) {
  std::string text;
  const auto add = [&](std::string_view name) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  };
  if (const auto reversed = fsr::reversed(feedback); reversed && *reversed == feedback) add("reversal");
  if (const auto shifted = fsr::complemented(feedback); shifted && *shifted == feedback) add("complement");
  if (!text.empty()) return text;
  return feedback.has_terms() ? "none" : "none found";
}

/// Each function under the name of the cell that takes its value.
template <class Line>
void describe_system(const fsr::System& system, const Line& line) {
  for (const fsr::System::Part& part : system.parts()) {
    line("register",
         fmt::format("{}, {}", part.name, core::counted(static_cast<std::uint64_t>(part.length), "cell")));
    for (const fsr::System::Update& update : system.updates()) {
      const int cell = update.cell - part.first;
      if (cell >= 0 && cell < part.length)
        line(fmt::format("  {}{}", part.name, cell), system.text_of(update.value));
    }
  }
  if (system.output()) line("output", system.text_of(*system.output()));
}

/// The register with one feedback that a linear system is similar to: there is one where no factor of the
/// polynomial has several powers among the elementary divisors.
template <class Line>
void describe_linear(const fsr::Register& system, const Line& line) {
  Patience patience;
  const auto known = cycles::characteristic_factors(system, patience.signal());
  if (!known) return line("polynomial", "not factored in one second; a run factors it");
  line("polynomial", cycles::polynomial_text(known->polynomial));
  if (system.kind() == fsr::FeedbackKind::affine) return;
  const auto& factors = known->factors;
  if (std::ranges::adjacent_find(factors, {}, &cycles::PolynomialFactor::coefficients) != factors.end()) {
    return line("similar register",
                "none: a factor of the polynomial has several powers among the elementary divisors");
  }
  cycles::Coefficients coefficients(known->polynomial.begin(), known->polynomial.end() - 1);
  for (auto& coefficient : coefficients) coefficient = system.field().negate(coefficient);
  const auto feedback = fsr::Feedback::linear(system.field(), coefficients);
  line("similar register", feedback.text());
  for (const auto& [name, value] : linear_forms(feedback)) {
    if (name == "taps" || name == "Galois mask") line("  " + name, value);
  }
}

PlanSettings local_settings() {
  PlanSettings settings;
  settings.mapping.threads = static_cast<int>(sys::affinity_cores().size());
  settings.mapping.memory_bytes = sys::available_memory() / 10 * 8;
  settings.registers = 1;
  return settings;
}

}  // namespace

config::Command describe_command(CyclesOptions& options) {
  return {
      .name = "describe",
      .summary = "say what is known of a register before it is mapped",
      .details =
          "Prints the forms of a register that other tools use, its properties, and the predicted time and "
          "memory of a run. Writes no file.",
      .sections = {form_section(options), system_section(options)},
      .examples = {
          {"gforbit describe --taps 16,14,13,11", "a register of a data sheet"},
          {"gforbit describe --field 3 --polynomial 'x^4 - x^3 - 1'", "its reciprocal, its feedback"},
          {"gforbit describe --field 2 --degree auto --feedback 'x0 + maj(x1, x5, x9)'",
           "the normal form of an expression"},
          {"gforbit describe --system configs/systems/grain32.json", "a system of registers"}}};
}

void describe(const CyclesOptions& options, std::ostream& out) {
  BatchInput input = BatchInput::from_options(options);
  const RegisterRequest request = input.at(0);
  const fsr::Register& reg = request.reg;
  const auto line = [&](std::string_view name, std::string_view value) {
    out << fmt::format("{:18}{}{}\n", name, value.substr(0, kMaxText), value.size() > kMaxText ? "..." : "");
  };
  line("field", fmt::format("GF({}){}", reg.field().order(),
                            reg.field().modulus().empty() ? "" : ", modulus " + reg.field().modulus_text()));
  line("states",
       fmt::format("{} ({}^{})", core::decimal(reg.state_count()), reg.field().order(), reg.degree()));
  line("kind", kind_name(reg.kind()));
  if (const fsr::System* const system = reg.system()) {
    describe_system(*system, line);
    if (reg.has_algebra()) describe_linear(reg, line);
    line("nonsingular", nonsingular_text(reg));
    line("plan", plan_text(request, local_settings()));
    return;
  }
  const fsr::Feedback& feedback = reg.feedback();
  line("feedback", feedback.text());
  line("normal form", terms_text(feedback));
  for (const auto& [name, value] : linear_forms(feedback)) line(name, value);
  line("nonsingular", nonsingular_text(reg));
  line("symmetries", symmetries_text(feedback));
  if (const auto hash = truth_table_hash(reg)) line("truth table", "sha256 " + *hash);
  line("plan", plan_text(request, local_settings()));
  for (const std::string& note : notes(feedback)) line("note", note);
}

}  // namespace gforbit::job_cycles
