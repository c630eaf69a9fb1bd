#include "index/states.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_index {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return core::parse_u64(text);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + 2, end, value, 16);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

/// Of any size.
bool is_whole_number(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = text.substr(is_hex ? 2 : 0);
  return !digits.empty() &&
         digits.find_first_not_of(is_hex ? "0123456789abcdefABCDEF" : "0123456789") == std::string_view::npos;
}

}  // namespace

StateTexts::StateTexts(const fsr::Register& reg, bool as_bits)
    : q_(reg.field().order()),
      states_(reg.enumerable_state_count().value()),
      degree_(reg.degree()),
      as_bits_(as_bits) {
  if (as_bits && q_ != 2)
    throw core::UsageError(
        fmt::format("'--as-bits' is for registers over GF(2), and this one is over GF({})", q_));
}

std::uint64_t StateTexts::read(std::string_view text) const {
  text = core::trimmed(text);
  if (as_bits_) return read_bits(text);
  if (text.find(',') != std::string_view::npos) return read_cells(text);
  const auto state = number(text);
  if (!state && is_whole_number(text))
    throw core::InputError(
        fmt::format("state {} does not exist: the largest index is {}", core::quoted(text, 40), states_ - 1));
  if (!state) {
    throw core::InputError(fmt::format(
        "{} is no state: expected an index such as 12 or 0xc, or cells such as 1,0,1", core::quoted(text)));
  }
  if (*state >= states_)
    throw core::InputError(
        fmt::format("state {} does not exist: the largest index is {}", *state, states_ - 1));
  return *state;
}

std::uint64_t StateTexts::read_argument(std::string_view text) const {
  try {
    return read(text);
  } catch (const core::InputError& error) {
    throw core::UsageError(error.what());
  }
}

std::uint64_t StateTexts::read_cells(std::string_view text) const {
  const auto cells = core::split(text, ',');
  if (cells.size() != static_cast<std::size_t>(degree_)) {
    throw core::InputError(fmt::format("{} has {}, and the register has {}", core::quoted(text),
                                       core::counted(cells.size(), "cell"), degree_));
  }
  std::uint64_t state = 0;
  for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) {
    const auto value = core::parse_u64(core::trimmed(*cell));
    if (!value || *value >= q_) {
      throw core::InputError(fmt::format("{} is not an element of GF({}), an integer from 0 to {}",
                                         core::quoted(core::trimmed(*cell)), q_, q_ - 1));
    }
    state = state * q_ + *value;
  }
  return state;
}

std::uint64_t StateTexts::read_bits(std::string_view text) const {
  if (text.size() != static_cast<std::size_t>(degree_) ||
      text.find_first_not_of("01") != std::string_view::npos)
    throw core::InputError(
        fmt::format("{} is no state: expected {} digits 0 and 1", core::quoted(text), degree_));
  std::uint64_t state = 0;
  for (auto bit = text.rbegin(); bit != text.rend(); ++bit) state = 2 * state + (*bit == '1' ? 1 : 0);
  return state;
}

std::string StateTexts::text(std::uint64_t state) const {
  if (!as_bits_) return std::to_string(state);
  std::string bits;
  for (int i = 0; i < degree_; ++i) bits += static_cast<char>('0' + (state >> i & 1));
  return bits;
}

}  // namespace gforbit::job_index
