#include "keeper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <string_view>

#include "containment.hpp"
#include "process_table.hpp"

namespace gforbit::solvers {

int parent_gone_signal() {
  return SIGRTMIN + 5;
}

namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  bool open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  void close_all() const {
    if (read_end >= 0) close(read_end);
    if (write_end >= 0) close(write_end);
  }
};

constexpr int kStatus = 3;  ///< where keeper and solver have the status pipe

/// False where the helper is gone. It needs no answer then, and there is still much to kill.
bool tell(const KeeperRecord& record) {
  // Smaller than PIPE_BUF: whole or not at all.
  return write(kStatus, &record, sizeof record) == sizeof record;
}

/// A backstop for what the helper measures; generous, so that the helper's verdict comes first, and because
/// programs reserve much that they never touch.
void set_limits(const Program& program) {
  const auto set = [](auto resource, rlim_t value) {
    const rlimit limit{value, value};
    setrlimit(resource, &limit);
  };
  set(RLIMIT_CORE, 0);
  if (program.limits.memory > 0) set(RLIMIT_DATA, 4 * program.limits.memory + (rlim_t{16} << 30));
  if (program.protocol == Protocol::once && program.limits.cpu_s > 0)
    set(RLIMIT_CPU, static_cast<rlim_t>(std::ceil(program.limits.cpu_s)) + 2);
}

[[noreturn]] void become_solver(const Program& program, const std::vector<std::string>& environment,
                                const rlimit& files) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number :
       {SIGPIPE, SIGXFSZ, SIGXCPU, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD})
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setrlimit(RLIMIT_NOFILE, &files);
  set_limits(program);
  std::vector<char*> argv, envp;
  for (const std::string& argument : program.command) argv.push_back(const_cast<char*>(argument.c_str()));
  for (const std::string& variable : program.variables) envp.push_back(const_cast<char*>(variable.c_str()));
  for (const std::string& variable : environment) {
    const std::string_view name_and_equals = std::string_view(variable).substr(0, variable.find('=') + 1);
    const auto is_same = [&](const std::string& other) { return other.starts_with(name_and_equals); };
    if (std::ranges::none_of(program.variables, is_same)) envp.push_back(const_cast<char*>(variable.c_str()));
  }
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  if (program.folder.empty() || chdir(program.folder.c_str()) == 0)
    execvpe(argv[0], argv.data(), envp.data());
  static_cast<void>(tell({.kind = KeeperRecord::Kind::not_started, .status = errno}));
  _exit(127);
}

void kill_all_below() {
  ProcessTable table;
  table.scan();
  kill_descendants(table, getpid());
}

/// Reaps until nothing is left.
[[noreturn]] void keep(pid_t solver, const sigset_t& awaited) {
  bool killing = false;
  for (;;) {
    int status = 0;
    rusage usage{};
    pid_t ended = 0;
    while ((ended = wait4(-1, &status, WNOHANG, &usage)) > 0) {
      if (ended != solver) continue;
      const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
      };
      static_cast<void>(tell({.kind = KeeperRecord::Kind::ended,
                              .status = status,
                              .cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime),
                              .peak_memory = static_cast<std::uint64_t>(usage.ru_maxrss) << 10}));
    }
    if (ended < 0) _exit(0);
    if (killing) kill_all_below();
    const timespec pause{0, 5'000'000};
    const int number = killing ? sigtimedwait(&awaited, nullptr, &pause) : sigwaitinfo(&awaited, nullptr);
    killing = killing || number == parent_gone_signal();
  }
}

[[noreturn]] void become_keeper(const Program& program, const std::vector<std::string>& environment,
                                pid_t helper, Containment containment, const std::array<int, 3>& streams,
                                int status, const rlimit& files) {
  setsid();
  prctl(PR_SET_NAME, "gforbit-keeper");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, parent_gone_signal());
  sigprocmask(SIG_SETMASK, &awaited, nullptr);
  const bool in_tree = containment == Containment::process_tree;
  prctl(PR_SET_PDEATHSIG, in_tree ? parent_gone_signal() : SIGKILL);
  if (in_tree && getppid() != helper) _exit(1);  // it died before the signal was set
  // Out of the way of 0 to 3 first, then into place; everything else is closed.
  std::array<int, 4> moved{};
  for (std::size_t i = 0; i < 3; ++i) moved[i] = fcntl(streams[i], F_DUPFD_CLOEXEC, 10);
  moved[3] = fcntl(status, F_DUPFD_CLOEXEC, 10);
  for (int i = 0; i < 4; ++i) dup2(moved[static_cast<std::size_t>(i)], i);
  close_range(kStatus + 1, ~0U, 0);
  fcntl(kStatus, F_SETFD, FD_CLOEXEC);
  const pid_t solver = fork();
  if (solver == 0) become_solver(program, environment, files);
  const int error = errno;
  close_range(0, kStatus - 1, 0);
  if (solver < 0) {
    static_cast<void>(tell({.kind = KeeperRecord::Kind::not_started, .status = error}));
    _exit(1);
  }
  // In a namespace the parent has no number here, but nobody reads what is told if it died.
  if (!tell({.kind = KeeperRecord::Kind::started, .pid = solver}) && !in_tree) _exit(1);
  keep(solver, awaited);
}

void set_nonblocking(int descriptor) {
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

}  // namespace

std::optional<Spawned> spawn(const Program& program, const std::vector<std::string>& environment,
                             Containment containment) {
  std::array<Pipe, 4> pipes;  // in, out, err, status
  const auto give_up = [&] {
    const int error = errno;
    for (const Pipe& pipe : pipes) pipe.close_all();
    errno = error;
    return std::nullopt;
  };
  for (Pipe& pipe : pipes) {
    if (!pipe.open()) return give_up();
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const rlimit original{std::min<rlim_t>(files.rlim_cur, 1024), files.rlim_max};
  const pid_t helper = getpid();
  const uid_t user = geteuid();
  const gid_t group = getegid();
  pid_t keeper = fork_contained(containment);
  if (keeper < 0 && containment != Containment::process_tree) {  // too many namespaces, perhaps
    containment = Containment::process_tree;
    keeper = fork();
  }
  if (keeper < 0) return give_up();
  if (keeper == 0) {
    if (!enter_namespace(containment, user, group)) _exit(1);
    become_keeper(program, environment, helper, containment,
                  {pipes[0].read_end, pipes[1].write_end, pipes[2].write_end}, pipes[3].write_end, original);
  }
  close(pipes[0].read_end);
  for (std::size_t i = 1; i < 4; ++i) close(pipes[i].write_end);
  const Spawned spawned{
      keeper, containment, pipes[0].write_end, pipes[1].read_end, pipes[2].read_end, pipes[3].read_end};
  for (const int descriptor : {spawned.in, spawned.out, spawned.err, spawned.status})
    set_nonblocking(descriptor);
  return spawned;
}

std::string start_error_text(int error) {
  std::string text = std::strerror(error);
  if (error == EAGAIN)
    text +=
        " (a limit of processes: lower --slots or --threads, or raise `ulimit -u` or pids.max of the "
        "container)";
  if (error == EMFILE) text += " (lower --slots, or raise `ulimit -n`)";
  return text;
}

}  // namespace gforbit::solvers
