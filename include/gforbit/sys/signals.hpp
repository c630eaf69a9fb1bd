/// Requests that reach the process as signals. The handler counts and does nothing else; the job looks at the
/// counts between slices of its work and decides. SIGINT, SIGTERM, SIGUSR1, SIGHUP and SIGXCPU ask to stop,
/// SIGUSR2 asks for a checkpoint.
#pragma once

#include <signal.h>

#include <array>
#include <string>

namespace gforbit::sys {

/// Installs the handlers for its lifetime and puts the former ones back. A signal that is ignored stays
/// ignored: nohup and shells that start a process in the background mean it so. At most one object at a time
/// (assert). Installing clears the counts. The readers are lock-free and may be called from any thread.
/// @note Interrupted system calls are restarted (SA_RESTART), so that file and network libraries never see
/// EINTR;
///       poll() and sleeping calls do return early.
class SignalGuard {
 public:
  /// Throws core::EnvironmentError when the system refuses a handler.
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  /// Stop signals so far: 1 asks for a stop with a saved checkpoint, more for one at once. SIGHUP and SIGXCPU
  /// count only as the first one: the system repeats them (SIGXCPU every second) without meaning more by it.
  [[nodiscard]] int stops() const noexcept;
  /// The first of them ("SIGUSR1"), for the log; empty if none came.
  [[nodiscard]] std::string first_stop() const;
  /// SIGUSR2 so far. The caller keeps the number it has answered and compares.
  [[nodiscard]] int reports() const noexcept;

 private:
  static constexpr std::array kHandled{SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGXCPU};
  std::array<struct sigaction, kHandled.size()> former_{};
};

}  // namespace gforbit::sys
