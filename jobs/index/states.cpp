#include "index/states.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <optional>

#include "gforbit/config/line_file.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_index {

namespace {

bool is_hex(std::string_view text) {
  return text.starts_with("0x") || text.starts_with("0X");
}

std::optional<std::uint64_t> short_number(std::string_view text) {
  if (!is_hex(text)) return core::parse_u64(text);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + 2, end, value, 16);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

/// Of any size.
std::optional<core::Natural> number(std::string_view text) {
  const std::string_view digits = text.substr(is_hex(text) ? 2 : 0);
  const bool is_number =
      !digits.empty() && digits.find_first_not_of(is_hex(text) ? "0123456789abcdefABCDEF" : "0123456789") ==
                             std::string_view::npos;
  if (!is_number) return std::nullopt;
  return is_hex(text) ? core::Natural("0x" + std::string(digits)) : core::natural(digits);
}

/// Runs `read`; what is wrong with the text is then wrong with the command line.
template <class Read>
auto of_command_line(Read read) {
  try {
    return read();
  } catch (const core::InputError& error) {
    throw core::UsageError(error.what());
  }
}

}  // namespace

StateTexts::StateTexts(const fsr::Register& reg, bool as_bits)
    : q_(reg.field().order()), degree_(reg.degree()), states_(reg.state_count()), as_bits_(as_bits) {
  if (as_bits && q_ != 2)
    throw core::UsageError(
        fmt::format("'--as-bits' is for registers over GF(2), and this one is over GF({})", q_));
}

std::uint64_t StateTexts::read(std::string_view text) const {
  text = core::trimmed(text);
  if (!as_bits_) {
    const auto state = short_number(text);
    if (state && *state < states_) return *state;
  }
  const Cells cells = read_cells(text);
  std::uint64_t state = 0;
  for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) state = state * q_ + *cell;
  return state;
}

Cells StateTexts::read_cells(std::string_view text) const {
  text = core::trimmed(text);
  if (as_bits_) return bits(text);
  if (text.find(',') != std::string_view::npos) return listed(text);
  auto index = number(text);
  if (!index || *index >= states_) fail_number(text);
  Cells cells;
  for (int i = 0; i < degree_; ++i, *index /= q_) cells.push_back(static_cast<std::uint64_t>(*index % q_));
  return cells;
}

std::uint64_t StateTexts::read_argument(std::string_view text) const {
  return of_command_line([&] { return read(text); });
}

Cells StateTexts::read_cells_argument(std::string_view text) const {
  return of_command_line([&] { return read_cells(text); });
}

void StateTexts::fail_number(std::string_view text) const {
  constexpr std::size_t kShown = 40;
  if (!number(text)) {
    throw core::InputError(fmt::format(
        "{} is no state: expected an index such as 12 or 0xc, or cells such as 1,0,1", core::quoted(text)));
  }
  const std::string largest = core::decimal(states_ - 1);
  throw core::InputError(fmt::format(
      "state {} does not exist: {}", core::quoted(text, kShown),
      largest.size() <= kShown ? "the largest index is " + largest
                               : fmt::format("the register has {} cells over GF({})", degree_, q_)));
}

Cells StateTexts::listed(std::string_view text) const {
  const auto words = core::split(text, ',');
  if (words.size() != static_cast<std::size_t>(degree_)) {
    throw core::InputError(fmt::format("{} has {}, and the register has {}", core::quoted(text),
                                       core::counted(words.size(), "cell"), degree_));
  }
  Cells cells;
  for (const std::string_view word : words) {
    const auto value = core::parse_u64(core::trimmed(word));
    if (!value || *value >= q_) {
      throw core::InputError(fmt::format("{} is not an element of GF({}), an integer from 0 to {}",
                                         core::quoted(core::trimmed(word)), q_, q_ - 1));
    }
    cells.push_back(*value);
  }
  return cells;
}

Cells StateTexts::bits(std::string_view text) const {
  if (text.size() != static_cast<std::size_t>(degree_) ||
      text.find_first_not_of("01") != std::string_view::npos)
    throw core::InputError(
        fmt::format("{} is no state: expected {} digits 0 and 1", core::quoted(text), degree_));
  Cells cells;
  for (const char bit : text) cells.push_back(bit == '1' ? 1 : 0);
  return cells;
}

std::string StateTexts::text(std::uint64_t state) const {
  if (!as_bits_) return std::to_string(state);
  std::string bits;
  for (int i = 0; i < degree_; ++i) bits += static_cast<char>('0' + (state >> i & 1));
  return bits;
}

std::string StateTexts::text(std::span<const galois::Element> state) const {
  if (as_bits_) return fmt::format("{}", fmt::join(state, ""));
  core::Natural index = 0;
  for (auto cell = state.rbegin(); cell != state.rend(); ++cell) index = index * q_ + *cell;
  return core::decimal(index);
}

void for_each_state(const std::string& path, const std::function<void(std::string_view)>& take) {
  config::LineFile file(path);
  for (config::Line line; file.next(line);) {
    if (core::trimmed(line.text).empty()) continue;
    try {
      take(line.text);
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}:{}: {}", file.name(), line.number, error.what()));
    }
  }
}

}  // namespace gforbit::job_index
