/// Limits of the process that are met only when it is too late: address space (ulimit -v, ulimit -d) and
/// threads (ulimit -u, pids.max of a control group).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace gforbit::sys {

/// nullopt: unlimited.
struct ProcessLimits {
  std::optional<std::uint64_t> address_space = {};  ///< bytes, ulimit -v
  std::optional<std::uint64_t> data = {};           ///< bytes, ulimit -d
  std::optional<std::uint64_t> processes =
      {};  ///< of the user, ulimit -u; nullopt also if the user may exceed it
};
[[nodiscard]] ProcessLimits process_limits();

/// Bytes of the stack of a thread that OpenMP starts: OMP_STACKSIZE, else as for every thread.
[[nodiscard]] std::uint64_t thread_stack_bytes();

/// Bytes that the process may still map, less the stacks of `threads` threads and what the allocator keeps
/// for threads; nullopt: unlimited.
/// @param root  where /proc hangs; another folder in tests
[[nodiscard]] std::optional<std::uint64_t> address_space_left(const ProcessLimits& limits, int threads,
                                                              const std::filesystem::path& root = "/");
/// The allocator keeps 64 MiB of addresses for each of its arenas, and has up to eight of them a core. Under
/// a limit it gets an eighth of the address space for these. Call it before threads exist.
void limit_arenas(const ProcessLimits& limits);

/// Which limits there are, and what helps, for messages: "`ulimit -v` allows 200 MiB and 190 MiB are in use:
/// raise it, or lower --memory or --threads".
[[nodiscard]] std::string memory_advice(const ProcessLimits& limits, const std::filesystem::path& root = "/");
[[nodiscard]] std::string thread_advice(const ProcessLimits& limits, const std::filesystem::path& root = "/");

/// Starts as many threads as a team needs, and a few more for what goes on beside it, and keeps them until it
/// is destroyed. libgomp ends the process when it can start no more, without a word about the limit that was
/// met.
class ThreadTrial {
 public:
  explicit ThreadTrial(int team);
  ~ThreadTrial();
  ThreadTrial(const ThreadTrial&) = delete;
  ThreadTrial& operator=(const ThreadTrial&) = delete;

  /// Empty, or what to say: how many could be started, which limit was met, what helps.
  [[nodiscard]] const std::string& shortage() const noexcept { return shortage_; }

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
  std::string shortage_;
};

}  // namespace gforbit::sys
