#include "containment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace gforbit::solvers {

namespace {

bool write_file(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  return written;
}

bool works(Containment containment) {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  const pid_t pid = fork_contained(containment);
  if (pid == 0) _exit(enter_namespace(containment, user, group) && getpid() == 1 ? 0 : 1);
  int status = 0;
  return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

pid_t fork_contained(Containment containment) {
  if (containment == Containment::process_tree) return fork();
  // The namespace is made together with its first process: a process cannot make several one after the other.
  long flags = SIGCHLD | CLONE_NEWPID | CLONE_NEWNS;
  if (containment == Containment::user_namespace) flags |= CLONE_NEWUSER;
  return static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
}

bool enter_namespace(Containment containment, uid_t user, gid_t group) {
  if (containment == Containment::process_tree) return true;
  if (containment == Containment::user_namespace) {
    if (!write_file("/proc/self/setgroups", "deny") ||
        !write_file("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) ||
        !write_file("/proc/self/gid_map", fmt::format("{0} {0} 1", group)))
      return false;
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

Containment find_containment(Containment most) {
  if (most == Containment::process_tree) return most;
  for (const Containment containment : {Containment::pid_namespace, Containment::user_namespace}) {
    if (works(containment)) return containment;
  }
  return Containment::process_tree;
}

}  // namespace gforbit::solvers
