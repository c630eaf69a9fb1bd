#include "gforbit/sys/signals.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "gforbit/core/error.hpp"

namespace gforbit::sys {

namespace {

// Global, because a signal handler has no argument to find an object by (docs/architecture.md lists all
// global objects). A handler may only use lock-free atomics; relaxed order is enough, no other memory depends
// on them.
std::atomic<int> stop_count{0};
std::atomic<int> first_stop_signal{0};
std::atomic<int> report_count{0};
std::atomic<bool> installed{false};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void gforbit_count_signal(int number) {
  if (number == SIGUSR2) {
    report_count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  int none = 0;
  first_stop_signal.compare_exchange_strong(none, number, std::memory_order_relaxed);
  none = 0;
  if (number == SIGHUP || number == SIGXCPU) {
    stop_count.compare_exchange_strong(none, 1, std::memory_order_relaxed);
  } else {
    stop_count.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace

SignalGuard::SignalGuard() {
  [[maybe_unused]] const bool nested = installed.exchange(true);
  assert(!nested && "one SignalGuard at a time");
  stop_count = 0;
  first_stop_signal = 0;
  report_count = 0;

  struct sigaction action {};
  action.sa_handler = gforbit_count_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    if (sigaction(kHandled[i], nullptr, &former_[i]) == 0 &&
        (former_[i].sa_handler == SIG_IGN || sigaction(kHandled[i], &action, nullptr) == 0))
      continue;
    const std::string reason = std::strerror(errno);
    while (i-- > 0) sigaction(kHandled[i], &former_[i], nullptr);
    installed = false;
    throw core::EnvironmentError("cannot install signal handlers: " + reason);
  }
}

SignalGuard::~SignalGuard() {
  for (std::size_t i = 0; i < kHandled.size(); ++i) sigaction(kHandled[i], &former_[i], nullptr);
  installed = false;
}

int SignalGuard::stops() const noexcept {
  return stop_count.load(std::memory_order_relaxed);
}

std::string SignalGuard::first_stop() const {
  const int number = first_stop_signal.load(std::memory_order_relaxed);
  const char* const name = number == 0 ? nullptr : sigabbrev_np(number);
  return name == nullptr ? std::string{} : fmt::format("SIG{}", name);
}

int SignalGuard::reports() const noexcept {
  return report_count.load(std::memory_order_relaxed);
}

}  // namespace gforbit::sys
