#include "gforbit/sys/job_end.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "gforbit/core/text.hpp"

extern char** environ;

namespace gforbit::sys {

namespace {

constexpr Seconds kLongestAnswer{5};

/// Starts squeue with its output on a pipe; the reading end and the process, or {-1, -1}.
std::pair<int, pid_t> start_squeue(const std::string& job) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 7> words{"squeue", "-h", "-j", job, "-o", "%L", {}};
  std::array<char*, 7> argv{};
  for (std::size_t i = 0; i + 1 < argv.size(); ++i) argv[i] = words[i].data();
  pid_t process = -1;
  const int error = ::posix_spawnp(&process, "squeue", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error == 0) return {ends[0], process};
  ::close(ends[0]);
  return {-1, -1};
}

/// All that comes until the end of the pipe; nullopt if it does not come in time.
std::optional<std::string> read_in_time(int fd) {
  const Deadline deadline(now().steady, kLongestAnswer);
  std::string text;
  std::array<char, 256> block{};
  for (;;) {
    struct pollfd ready {
      fd, POLLIN, 0
    };
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline.left(now().steady));
    const int polled = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return std::nullopt;
    const auto got = ::read(fd, block.data(), block.size());
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::optional<Seconds> slurm_time_left(std::string_view text) {
  text = core::trimmed(text);
  std::uint64_t days = 0;
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto value = core::parse_u64(text.substr(0, dash));
    if (!value) return std::nullopt;
    days = *value;
    text.remove_prefix(dash + 1);
  }
  std::uint64_t seconds = 0;
  for (bool more = true; more;) {
    const auto colon = text.find(':');
    more = colon != std::string_view::npos;
    const auto value = core::parse_u64(text.substr(0, colon));
    if (!value) return std::nullopt;
    seconds = 60 * seconds + *value;
    if (more) text.remove_prefix(colon + 1);
  }
  return Seconds(static_cast<double>(86400 * days + seconds));
}

std::optional<std::string> ask_squeue(const std::string& job) {
  const auto [fd, process] = start_squeue(job);
  if (fd < 0) return std::nullopt;
  const std::optional<std::string> answer = read_in_time(fd);
  ::close(fd);
  if (!answer) ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return answer && status == 0 ? answer : std::nullopt;
}

std::optional<JobEnd> slurm_job_end(
    const Environment& environment, const Moment& now,
    const std::function<std::optional<std::string>(const std::string& job)>& ask) {
  const auto job = environment("SLURM_JOB_ID");
  if (!job) return std::nullopt;
  if (const auto text = environment("SLURM_JOB_END_TIME")) {
    if (const auto seconds = core::parse_u64(*text)) {
      return JobEnd{std::chrono::system_clock::time_point(std::chrono::seconds(*seconds)),
                    "SLURM_JOB_END_TIME"};
    }
  }
  // Of the tasks of an array one has the number of the array, by which squeue would answer for all of them.
  const auto array = environment("SLURM_ARRAY_JOB_ID"), task = environment("SLURM_ARRAY_TASK_ID");
  const auto answer = ask(array && task ? *array + '_' + *task : *job);
  const auto left = answer ? slurm_time_left(*answer) : std::nullopt;
  if (!left) return std::nullopt;
  return JobEnd{now.wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(*left), "squeue"};
}

}  // namespace gforbit::sys
