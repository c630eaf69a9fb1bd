#include "launch/stopping.hpp"

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::launch {

namespace {

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr auto kSameStop = std::chrono::milliseconds(500);

void exit_at_once(bool speaks) {
  constexpr std::string_view kMessage = "gforbit: second signal: exit at once; the last checkpoint counts\n";
  if (speaks && ::write(STDERR_FILENO, kMessage.data(), kMessage.size()) < 0) {
    // Nobody listens; the exit status says the same.
  }
  std::_Exit(static_cast<int>(core::ExitStatus::stopped));
}

void watch(const std::stop_token& stop, const sys::SignalGuard& signals, bool speaks) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const auto sleep = [&] {
    wake.wait_for(lock, stop, kLook, [] { return false; });
    return !stop.stop_requested();
  };
  while (signals.stops() == 0) {
    if (!sleep()) return;
  }
  const auto first = sys::now().steady;
  int same = 0;
  do {
    same = signals.stops();
    if (!sleep()) return;
  } while (sys::now().steady - first < kSameStop);
  while (signals.stops() <= same) {
    if (!sleep()) return;
  }
  exit_at_once(speaks);
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

SecondSignalExit::SecondSignalExit(const sys::SignalGuard& signals, bool speaks)
    : thread_([&signals, speaks](const std::stop_token& stop) { watch(stop, signals, speaks); }) {}

}  // namespace gforbit::launch
