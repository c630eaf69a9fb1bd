/// How long computations by algebra are watched and ended.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "gforbit/core/stop_signal.hpp"

namespace gforbit::cycles {

struct Unresolved;

/// Hears from the thread that computes what it does and what it has proven. Calls must be quick.
class AlgebraListener {
 public:
  virtual ~AlgebraListener() = default;
  /// @param what    the step, the same text as long as it lasts: `factoring 2^1207 - 1`
  /// @param detail  how far it is: `composite cofactor of 1118 bits, elliptic curve 57`
  virtual void doing(const std::string& what, const std::string& detail) = 0;
  /// What would be reported if the stop came now.
  virtual void proven(const Unresolved& so_far) = 0;
};

/// A stop signal, polled between pieces of work, and an optional listener. Converts from any stop signal.
struct AlgebraControl {
  core::StopSignal stop;
  AlgebraListener* listener = nullptr;  ///< must outlive the computation; nullptr: none

  AlgebraControl() = default;
  template <std::convertible_to<core::StopSignal> Stop>
  AlgebraControl(Stop&& signal, AlgebraListener* to = nullptr)  // NOLINT(google-explicit-constructor)
      : stop(std::forward<Stop>(signal)), listener(to) {}

  [[nodiscard]] bool stop_requested() const { return stop.stop_requested(); }
  /// @param detail  a function that makes the text, called if there is a listener
  template <class Detail>
  void doing(const std::string& what, Detail&& detail) const {
    if (listener != nullptr) listener->doing(what, detail());
  }
};

}  // namespace gforbit::cycles
