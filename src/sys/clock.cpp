#include "gforbit/sys/clock.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <limits>

namespace gforbit::sys {

Moment now() {
  return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
}

std::string utc_text(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

Deadline::Deadline(SteadyTime start, Seconds distance) {
  const Seconds wait = std::max(distance, Seconds(0));
  // Compared as doubles and with a second to spare: the sum below must not overflow the clock's 64-bit
  // nanoseconds.
  if (wait + Seconds(1) < SteadyTime::max() - start) {
    time_ = start + std::chrono::duration_cast<SteadyTime::duration>(wait);
  }
}

Seconds Deadline::left(SteadyTime at) const noexcept {
  if (!time_) return Seconds(std::numeric_limits<double>::infinity());
  return std::max(Seconds(*time_ - at), Seconds(0));
}

}  // namespace gforbit::sys
