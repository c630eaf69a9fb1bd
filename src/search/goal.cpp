#include "gforbit/search/goal.hpp"

#include <fmt/format.h>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::search {

namespace {

constexpr std::string_view kMaximal = "maximal", kPeriod = "period", kAtLeast = ">=", kDeBruijn = "de-bruijn";

}  // namespace

Goal Goal::parse(std::string_view text) {
  if (text == kMaximal) return {};
  if (text == kDeBruijn) return {GoalKind::de_bruijn, 0};
  if (text.starts_with(kPeriod)) {
    const std::string_view bound = core::trimmed(text.substr(kPeriod.size()));
    const auto least = bound.starts_with(kAtLeast)
                           ? core::parse_u64(core::trimmed(bound.substr(kAtLeast.size())))
                           : std::nullopt;
    if (least && *least > 0) return {GoalKind::period, *least};
  }
  throw core::InputError(
      "expected maximal, de-bruijn, or period>=P with an integer P from 1 on (in quotes: a shell takes > for "
      "itself)");
}

std::string Goal::text() const {
  switch (kind) {
    case GoalKind::maximal:
      return std::string(kMaximal);
    case GoalKind::period:
      return fmt::format("{}{}{}", kPeriod, kAtLeast, least_period);
    case GoalKind::de_bruijn:
      break;
  }
  return std::string(kDeBruijn);
}

std::string Goal::words() const {
  switch (kind) {
    case GoalKind::maximal:
      return "functions of maximal period";
    case GoalKind::period:
      return fmt::format("functions of period {} or more", least_period);
    case GoalKind::de_bruijn:
      break;
  }
  return "functions one pair of states away from a de Bruijn cycle";
}

bool Goal::is_reached(int degree, std::uint64_t n_cycles, std::uint64_t longest) const noexcept {
  switch (kind) {
    case GoalKind::maximal:
      return longest == (std::uint64_t{1} << degree) - 1;
    case GoalKind::period:
      return longest >= least_period;
    case GoalKind::de_bruijn:
      break;
  }
  return n_cycles <= 2;
}

}  // namespace gforbit::search
