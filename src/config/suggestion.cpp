#include "gforbit/config/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gforbit/core/text.hpp"

namespace gforbit::config {

std::string suggestion(std::string_view name, std::span<const std::string> candidates,
                       std::string_view prefix) {
  auto offered = core::nearest_name(name, candidates);
  if (!offered && !name.empty()) {
    const auto has_same_letters = [&](const std::string& candidate) {
      return std::ranges::is_permutation(candidate, name);
    };
    const auto begins = [&](const std::string& candidate) { return candidate.starts_with(name); };
    if (const auto found = std::ranges::find_if(candidates, has_same_letters); found != candidates.end()) {
      offered = *found;
    } else if (std::ranges::count_if(candidates, begins) == 1) {
      offered = *std::ranges::find_if(candidates, begins);
    }
  }
  return offered ? fmt::format("; did you mean '{}{}'?", prefix, *offered) : "";
}

}  // namespace gforbit::config
