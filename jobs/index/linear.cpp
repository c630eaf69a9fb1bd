#include "index/linear.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cycles/describe.hpp"
#include "cycles/input.hpp"
#include "gforbit/config/value.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/linear_jump.hpp"
#include "index/options.hpp"

namespace gforbit::job_index {

namespace {

using Cells = std::vector<galois::Element>;

constexpr std::array<std::string_view, 6> kForms{"--coefficients", "--feedback", "--polynomial",
                                                 "--taps",         "--mask",     "--system"};

core::Natural number(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = is_hex ? text.substr(2) : text;
  const auto is_digit = [&](char c) {
    return (c >= '0' && c <= '9') || (is_hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
  };
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) {
    throw core::UsageError(fmt::format(
        "{} is no state: expected an index such as 12 or 0xc, or cells such as 1,0,1", core::quoted(text)));
  }
  return is_hex ? core::Natural("0x" + std::string(digits)) : core::natural(digits);
}

[[noreturn]] void fail_cells(std::string_view text, std::size_t degree) {
  throw core::UsageError(fmt::format("{} is no state of {} cells", core::quoted(text), degree));
}

/// A state of any size as people write it.
Cells read_state(std::string_view text, std::uint64_t q, std::size_t degree, bool as_bits) {
  Cells cells;
  if (as_bits || text.find(',') != std::string_view::npos) {
    const auto words = core::split(text, ',');
    for (const std::string_view word : words) {
      const auto value = core::parse_u64(core::trimmed(word));
      if (as_bits || !value || *value >= q) break;
      cells.push_back(*value);
    }
    if (as_bits) {
      for (const char c : text) cells.push_back(c == '1' ? 1 : 0);
      if (text.find_first_not_of("01") != std::string_view::npos) fail_cells(text, degree);
    } else if (cells.size() != words.size()) {
      fail_cells(text, degree);
    }
    if (cells.size() != degree) fail_cells(text, degree);
    return cells;
  }
  core::Natural index = number(text);
  for (std::size_t i = 0; i < degree; ++i, index /= q) cells.push_back(static_cast<std::uint64_t>(index % q));
  if (index != 0)
    throw core::UsageError(
        fmt::format("state {} does not exist: the register has {} cells", core::quoted(text), degree));
  return cells;
}

std::string state_text(const Cells& cells, std::uint64_t q, bool as_bits) {
  if (as_bits) return fmt::format("{}", fmt::join(cells, ""));
  core::Natural index = 0;
  for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) index = index * q + *cell;
  return core::decimal(index);
}

}  // namespace

bool names_register(std::span<const std::string> arguments) {
  return std::ranges::any_of(arguments, [](const std::string& argument) {
    return std::ranges::any_of(kForms, [&](std::string_view form) {
      return argument == form || argument.starts_with(std::string(form) + "=");
    });
  });
}

config::Section register_page_section() {
  job_cycles::CyclesOptions none;
  config::Section section = job_cycles::form_section(none);
  section.title = "In place of FILE.gfi, a linear or affine register of any degree";
  return section;
}

void jump_by_algebra(std::span<const std::string> arguments, std::ostream& out) {
  job_cycles::CyclesOptions form;
  IndexOptions options;
  config::Command command = jump_command(options);
  if (std::ranges::any_of(arguments, [](const std::string& argument) { return argument.ends_with(".gfi"); }))
    config::fail_usage(command.name, "FILE.gfi and a register exclude each other: leave one of the two out");
  command.positionals.erase(command.positionals.begin());
  command.sections.push_back(job_cycles::form_section(form));
  job_cycles::read_form_options(form, command, arguments);
  if (options.reg) throw core::UsageError("'--register' chooses a register of a file, and there is none");
  if (form.form.galois)
    throw core::UsageError("'--galois': jumps are for the states of registers in the form of Fibonacci");
  const fsr::Register reg = job_cycles::BatchInput::from_options(form).at(0).reg;
  if (reg.system() != nullptr || reg.kind() == fsr::FeedbackKind::nonlinear) {
    throw core::UsageError(
        "without an index jumps are for linear and affine registers: gforbit cycles --index FILE.gfi writes "
        "one");
  }
  const std::uint64_t q = reg.field().order();
  if (options.as_bits && q != 2)
    throw core::UsageError(
        fmt::format("'--as-bits' is for registers over GF(2), and this one is over GF({})", q));
  const Cells from = read_state(options.from, q, static_cast<std::size_t>(reg.degree()), options.as_bits);
  const std::string to =
      state_text(cycles::state_after(reg.feedback(), from, options.steps), q, options.as_bits);
  write_jump(options, state_text(from, q, options.as_bits), to, out);
}

}  // namespace gforbit::job_index
