#include "launch/stopping.hpp"

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/work_clock.hpp"

namespace gforbit::launch {

namespace {

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr auto kSameStop = std::chrono::milliseconds(500);

constexpr int kStopped = static_cast<int>(core::ExitStatus::stopped);

void say(std::string_view message) {
  if (::write(STDERR_FILENO, message.data(), message.size()) < 0) {
    // stderr is closed; the exit status says the same.
  }
}

}  // namespace

WallLimit wall_limit(std::optional<std::chrono::milliseconds> given,
                     const std::optional<sys::JobEnd>& job_end, const sys::Moment& start) {
  constexpr sys::Seconds kForTheScript{15};
  if (given && given->count() == 0) return {};
  if (given) return {sys::Deadline(start.steady, *given), "--wall-limit"};
  if (!job_end) return {};
  return {sys::Deadline(start.steady, sys::Seconds(job_end->time - start.wall) - kForTheScript),
          job_end->source};
}

std::optional<std::string> Stopping::reason(sys::SteadyTime now, sys::Seconds margin) const {
  if (signals_.stops() > 0) return signals_.first_stop();
  if (is_near(now, margin)) return "the wall limit";
  return std::nullopt;
}

bool Stopping::is_near(sys::SteadyTime now, sys::Seconds margin) const {
  return !limit_.deadline.never() && limit_.deadline.left(now) <= margin;
}

bool Stopping::take_checkpoint_request() {
  const int asked = signals_.reports();
  return std::exchange(answered_, asked) != asked;
}

ExitOnSignal::ExitOnSignal(const sys::SignalGuard& signals, bool leads)
    : thread_([this, &signals, leads](const std::stop_token& stop) { watch(stop, signals, leads); }) {}

void ExitOnSignal::watch(const std::stop_token& stop, const sys::SignalGuard& signals, bool leads) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const auto sleep = [&] {
    wake.wait_for(lock, stop, kLook, [] { return false; });
    static_cast<void>(core::work_now());  // so that the clock sees how long this process stood still
    return !stop.stop_requested();
  };
  while (signals.stops() == 0) {
    if (!sleep()) return;
  }
  if (leads && !at_work_) {
    say("gforbit: stopped by a signal before any work began\n");
    std::_Exit(kStopped);
  }
  const auto first = sys::now().steady;
  int same = 0;
  do {
    same = signals.stops();
    if (!sleep()) return;
  } while (sys::now().steady - first < kSameStop);
  // The launcher's signal that rank 0 has gone may have been among those.
  if (!at_work_) std::_Exit(kStopped);
  while (signals.stops() <= same) {
    if (!sleep()) return;
  }
  if (leads) say("gforbit: second signal: exit at once; the last checkpoint counts\n");
  std::_Exit(kStopped);
}

}  // namespace gforbit::launch
