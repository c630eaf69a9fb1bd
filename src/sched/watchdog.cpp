#include "gforbit/sched/watchdog.hpp"

#include <algorithm>

#include "gforbit/core/work_clock.hpp"

namespace gforbit::sched {

namespace {

/// The clock of work must be looked at.
constexpr auto kLook = std::chrono::milliseconds(50);

}  // namespace

Watchdog::Guard Watchdog::arm(Time deadline, std::stop_source source) {
  const std::scoped_lock lock(mutex_);
  const Guard::Key key{deadline, next_++};
  const auto at = deadlines_.emplace(key, std::move(source)).first;
  if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { watch(std::move(stop)); });
  if (at == deadlines_.begin()) changed_.notify_all();
  return {*this, key};
}

void Watchdog::disarm(const Guard::Key& key) {
  const std::scoped_lock lock(mutex_);
  deadlines_.erase(key);
}

void Watchdog::watch(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (deadlines_.empty()) {
      changed_.wait(lock, stop, [this] { return !deadlines_.empty(); });
      continue;
    }
    const auto first = deadlines_.begin();
    const Time due = first->first.first;
    const Time now = core::work_now();
    if (now >= due) {
      first->second.request_stop();
      deadlines_.erase(first);
    } else {
      changed_.wait_for(lock, stop, std::min<Time::duration>(due - now, kLook),
                        [&] { return deadlines_.empty() || deadlines_.begin()->first.first < due; });
    }
  }
}

}  // namespace gforbit::sched
