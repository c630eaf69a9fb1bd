// How long computations look at their stop token: by work done, not by rounds, because a round may cost
// anything.
#pragma once

#include <cstdint>
#include <utility>

#include "gforbit/core/stop_signal.hpp"

namespace gforbit::fsr {

class StopLook {
 public:
  explicit StopLook(core::StopSignal stop) : stop_(std::move(stop)) {}

  /// Whether to stop, before the next `multiplications` field operations (roughly). Looks at the token every
  /// 2^14 operations: at most some 0.1 s apart in the slowest fields; shorter computations are not stopped.
  [[nodiscard]] bool stop_before(std::uint64_t multiplications) {
    if (credit_ > multiplications) {
      credit_ -= multiplications;
      return false;
    }
    credit_ = kWork;
    return stop_.stop_requested();
  }

 private:
  static constexpr std::uint64_t kWork = 1 << 14;
  core::StopSignal stop_;
  std::uint64_t credit_ = kWork;
};

}  // namespace gforbit::fsr
