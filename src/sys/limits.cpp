#include "gforbit/sys/limits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>
#include <omp.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <vector>

#include "control_groups.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/sys/human.hpp"

namespace gforbit::sys {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kArenaBytes = 64 << 20;  ///< HEAP_MAX_SIZE of glibc on 64 bits

std::optional<std::uint64_t> soft_limit(decltype(RLIMIT_AS) which) {
  struct rlimit limit {};
  if (getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

std::uint64_t share_of_arenas(std::uint64_t limit) {
  return limit / 8;
}

/// Bytes of the process by a key of /proc/self/status.
std::uint64_t in_use(const fs::path& root, std::string_view key) {
  return number_of(root / "proc/self/status", key).value_or(0) * 1024;
}

/// OMP_STACKSIZE: a number and B, K (the default), M or G; nullopt for anything else.
std::optional<std::uint64_t> parse_stack_size(std::string_view text) {
  text = core::trimmed(text);
  std::uint64_t unit = 1024;
  if (!text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) != 0) {
    constexpr std::string_view kUnits = "BKMG";
    const auto place = kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(text.back()))));
    if (place == std::string_view::npos) return std::nullopt;
    unit = std::uint64_t{1} << (10 * place);
    text.remove_suffix(1);
  }
  const auto number = core::parse_u64(core::trimmed(text));
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit) return std::nullopt;
  return *number * unit;
}

}  // namespace

ProcessLimits process_limits() {
  ProcessLimits limits{soft_limit(RLIMIT_AS), soft_limit(RLIMIT_DATA), soft_limit(RLIMIT_NPROC)};
  if (geteuid() == 0) limits.processes.reset();
  return limits;
}

std::uint64_t thread_stack_bytes() {
  if (const char* const text = std::getenv("OMP_STACKSIZE")) {
    if (const auto bytes = parse_stack_size(text)) return *bytes;
  }
  pthread_attr_t attributes;
  std::size_t bytes = 8 << 20;
  if (pthread_getattr_default_np(&attributes) == 0) {
    pthread_attr_getstacksize(&attributes, &bytes);
    pthread_attr_destroy(&attributes);
  }
  return bytes;
}

std::optional<std::uint64_t> address_space_left(const ProcessLimits& limits, int threads,
                                                const fs::path& root) {
  std::optional<std::uint64_t> least;
  const auto take = [&](const std::optional<std::uint64_t>& limit, std::string_view key) {
    if (!limit) return;
    const std::uint64_t taken = in_use(root, key) + share_of_arenas(*limit) +
                                static_cast<std::uint64_t>(threads) * thread_stack_bytes();
    const std::uint64_t left = *limit > taken ? *limit - taken : 0;
    least = std::min(least.value_or(left), left);
  };
  take(limits.address_space, "VmSize:");
  take(limits.data, "VmData:");
  return least;
}

void limit_arenas(const ProcessLimits& limits) {
  constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t limit =
      std::min(limits.address_space.value_or(kUnlimited), limits.data.value_or(kUnlimited));
  if (limit == kUnlimited) return;
  const std::uint64_t arenas = std::max<std::uint64_t>(1, share_of_arenas(limit) / kArenaBytes);
  mallopt(M_ARENA_MAX, static_cast<int>(std::min<std::uint64_t>(arenas, 1024)));
}

std::string memory_advice(const ProcessLimits& limits, const fs::path& root) {
  std::vector<std::string> met;
  const auto say = [&](const char* name, const std::optional<std::uint64_t>& limit, std::string_view key) {
    if (!limit) return;
    met.push_back(fmt::format("`ulimit {}` allows {} and {} are in use", name, bytes_text(*limit),
                              bytes_text(in_use(root, key))));
  };
  say("-v", limits.address_space, "VmSize:");
  say("-d", limits.data, "VmData:");
  if (met.empty()) return "lower --memory or --threads";
  return fmt::format("{}: raise it, or lower --memory or --threads", fmt::join(met, "; "));
}

std::string thread_advice(const ProcessLimits& limits, const fs::path& root) {
  std::vector<std::string> met;
  for_each_control_group(root, "pids", [&](const ControlGroup& group) {
    const auto most = number_in(group.folder / "pids.max");
    if (!most) return;
    met.push_back(fmt::format("pids.max of the control group {} allows {} (in use: {})",
                              group.folder.string(), *most,
                              number_in(group.folder / "pids.current").value_or(0)));
  });
  if (limits.processes)
    met.push_back(fmt::format("`ulimit -u` allows the user {} threads and processes", *limits.processes));
  if (limits.address_space)
    met.push_back(fmt::format("`ulimit -v` allows {}, and each thread takes {}",
                              bytes_text(*limits.address_space), bytes_text(thread_stack_bytes())));
  if (met.empty()) {
    met.push_back(fmt::format("the system allows {} threads (kernel.threads-max)",
                              number_in(root / "proc/sys/kernel/threads-max").value_or(0)));
  }
  return fmt::format("{}: raise the limit, or lower --threads or OMP_NUM_THREADS", fmt::join(met, "; "));
}

/// Threads that wait for their end.
class ThreadTrial::Threads {
 public:
  explicit Threads(int wanted) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, thread_stack_bytes());
    threads_.reserve(static_cast<std::size_t>(wanted));
    for (pthread_t thread{}; static_cast<int>(threads_.size()) < wanted; threads_.push_back(thread)) {
      if (pthread_create(&thread, &attributes, wait_for_end, this) != 0) break;
    }
    pthread_attr_destroy(&attributes);
  }
  ~Threads() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    end_.notify_all();
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  [[nodiscard]] int started() const noexcept { return static_cast<int>(threads_.size()); }

 private:
  static void* wait_for_end(void* self) {
    auto& threads = *static_cast<Threads*>(self);
    std::unique_lock lock(threads.mutex_);
    threads.end_.wait(lock, [&] { return threads.over_; });
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable end_;
  bool over_ = false;
  std::vector<pthread_t> threads_;
};

ThreadTrial::ThreadTrial(int team) {
  constexpr int kBeside = 3;  // the checkpoint's writer, the watchdog, what factors
  if (team > omp_get_thread_limit()) {
    shortage_ = fmt::format(
        "{} threads are wanted and OMP_THREAD_LIMIT allows {}: unset it, or lower --threads or "
        "OMP_NUM_THREADS",
        team, omp_get_thread_limit());
    return;
  }
  const int wanted = team - 1 + kBeside;
  threads_ = std::make_unique<Threads>(wanted);
  if (threads_->started() == wanted) return;
  shortage_ = fmt::format(
      "cannot start a team of {} thread{} ({} threads with those of the program itself, of which {} could be "
      "started): {}",
      team, team == 1 ? "" : "s", wanted + 1, threads_->started() + 1, thread_advice(process_limits()));
}

ThreadTrial::~ThreadTrial() = default;

}  // namespace gforbit::sys
