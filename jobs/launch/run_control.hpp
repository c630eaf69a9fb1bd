/// Controls a run while its worker team works: stops it, and has its checkpoints and snapshots written.
#pragma once

#include <functional>
#include <string>

#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/checkpoint.hpp"
#include "launch/ranks.hpp"
#include "launch/stopping.hpp"

namespace gforbit::launch {

/// Time between the end of a snapshot and the next one: as asked, or longer where writing one takes so long
/// that the ranks, which get no answers meanwhile, would wait for more than a twentieth of the time.
/// @param asked  0: never
/// @param cost   of the last one
[[nodiscard]] sys::Seconds snapshot_pause(sys::Seconds asked, sys::Seconds cost);

/// Everything here is called by rank 0's thread 0, between slices.
class RunControl {
 public:
  struct Intervals {
    sys::Seconds checkpoint{0};  ///< 0: only at a stop
    sys::Seconds snapshot{0};    ///< 0: none while it works
  };
  /// @param ranks     begin nothing that would not end before the wall limit
  /// @param stop      makes the plan hand out nothing more, and cancels what is out
  /// @param snapshot  publishes the output so far; may throw core::OutputError
  RunControl(Stopping stopping, Ranks& ranks, Checkpoint& checkpoint, sys::Log& log, Intervals intervals,
             std::function<void()> stop, std::function<void()> snapshot);

  /// To be called at least ten times a second.
  void look();
  /// Why the run was stopped; empty if it was not.
  [[nodiscard]] const std::string& stop_reason() const noexcept { return stop_reason_; }

 private:
  [[nodiscard]] sys::Seconds margin() const;
  void stop_for(const std::string& reason);
  void publish_snapshot();

  Stopping stopping_;
  Ranks& ranks_;
  Checkpoint& checkpoint_;
  sys::Log& log_;
  Intervals intervals_;
  std::function<void()> stop_, snapshot_;
  sys::SteadyTime last_checkpoint_, last_snapshot_;
  sys::Seconds snapshot_cost_{0};
  bool held_ = false;
  std::string stop_reason_;
};

}  // namespace gforbit::launch
