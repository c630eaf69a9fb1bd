#include "launch/run_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/work_clock.hpp"

namespace gforbit::launch {

namespace {

bool is_due(sys::SteadyTime& last, sys::SteadyTime now, sys::Seconds interval) {
  if (interval.count() <= 0 || now - last < interval) return false;
  last = now;
  return true;
}

}  // namespace

sys::Seconds snapshot_pause(sys::Seconds asked, sys::Seconds cost) {
  return asked.count() > 0 ? std::max(asked, 19 * cost) : asked;
}

RunControl::RunControl(Stopping stopping, Ranks& ranks, Checkpoint& checkpoint, sys::Log& log,
                       Intervals intervals, std::function<void()> stop, std::function<void()> snapshot)
    : stopping_(std::move(stopping)),
      ranks_(ranks),
      checkpoint_(checkpoint),
      log_(log),
      intervals_(intervals),
      stop_(std::move(stop)),
      snapshot_(std::move(snapshot)),
      last_checkpoint_(sys::now().steady),
      last_snapshot_(last_checkpoint_) {}

/// What must be left before the wall limit: slices that end, the checkpoint at its slowest and once more, the
/// output.
sys::Seconds RunControl::margin() const {
  return sys::Seconds(1 + 2 * checkpoint_.statistics().longest_s) + 2 * snapshot_cost_;
}

void RunControl::look() {
  const auto now = sys::now().steady;
  if (const auto failure = checkpoint_.take_failure()) {
    log_.warning("checkpoint", *failure + "; the run continues and the next checkpoint tries again");
  }
  if (const auto notice = checkpoint_.take_notice()) log_.warning("checkpoint", *notice);
  if (stop_reason_.empty()) {
    if (const auto reason = stopping_.reason(now, margin())) return stop_for(*reason);
    if (!held_ && stopping_.is_near(now, margin() + sys::Seconds(ranks_.predicted_unit_s()))) {
      held_ = true;
      ranks_.hold();
    }
  }
  if (stopping_.take_checkpoint_request()) {
    log_.info("checkpoint", "SIGUSR2: writing a checkpoint; the run continues");
    log_.ask_for_state();
    checkpoint_.request();
    last_checkpoint_ = now;
  } else if (is_due(last_checkpoint_, now, intervals_.checkpoint)) {
    checkpoint_.request();
  }
  if (stop_reason_.empty() &&
      is_due(last_snapshot_, now, snapshot_pause(intervals_.snapshot, snapshot_cost_)))
    publish_snapshot();
}

void RunControl::stop_for(const std::string& reason) {
  stop_reason_ = reason;
  stop_();
  checkpoint_.request();
  log_.info("stop", fmt::format("stopping for {}; a second signal exits at once", reason));
}

void RunControl::publish_snapshot() {
  const auto begin = core::work_now();
  try {
    snapshot_();
  } catch (const core::OutputError& error) {
    log_.warning("snapshot", fmt::format("{}; the run continues without this snapshot", error.what()));
  }
  last_snapshot_ = sys::now().steady;
  snapshot_cost_ = core::work_now() - begin;
}

}  // namespace gforbit::launch
