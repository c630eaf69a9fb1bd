#include "gforbit/sys/human.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace gforbit::sys {

std::string quantity_text(double value) {
  if (!std::isfinite(value) || value < 0) return "?";
  if (value == 0) return "0";
  if (value >= 999.5) {
    // fmt writes the exponent as "e+11"; people write "e11".
    std::string text = fmt::format("{:.1e}", value);
    const auto exponent = text.find("e+") + 1;
    text.erase(exponent, text[exponent + 1] == '0' ? 2 : 1);
    return text;
  }
  if (value >= 9.95) return fmt::format("{:.0f}", value);
  if (value >= 0.1) return fmt::format("{:.1f}", value);
  return fmt::format("{:.1g}", value);
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e15) return "?";
  if (seconds < 0.995) return fmt::format("{:.2f} s", seconds);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);

  // Rounded to the smaller unit first, so that 3599.6 s is an hour and never "59 min 60 s".
  struct Step {
    std::uint64_t large, small;
    std::string_view large_name, small_name;
  };
  constexpr std::array<Step, 3> kSteps{
      {{60, 1, "min", "s"}, {3600, 60, "h", "min"}, {86400, 3600, "d", "h"}}};
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    const auto& step = kSteps[i];
    const auto rounded =
        static_cast<std::uint64_t>(std::llround(seconds / static_cast<double>(step.small))) * step.small;
    if (i + 1 == kSteps.size() || rounded < kSteps[i + 1].large) {
      return fmt::format("{} {} {} {}", rounded / step.large, step.large_name,
                         rounded % step.large / step.small, step.small_name);
    }
  }
  return {};
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace gforbit::sys
