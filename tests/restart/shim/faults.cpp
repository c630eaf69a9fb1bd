/// Preloaded (LD_PRELOAD) by the tests of restarts: what file systems and programs do on bad days, for any
/// user.
///   GFORBIT_TEST_NO_LOCKS=N  no file can be locked: error N, such as 37 (ENOLCK: Lustre without `-o flock`)
///   or 524 (an error of the kernel without a name in user space: DVS and other mounts of Cray systems)
///   GFORBIT_TEST_FULL=FILE   while FILE exists the disk is full (ENOSPC) for everything but stdout and
///   stderr
/// Always: says on stderr when MPI_Abort is called by a thread that must not speak MPI.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <string_view>

namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_full(int fd) {
  static const char* const sign = std::getenv("GFORBIT_TEST_FULL");
  if (sign == nullptr || fd <= STDERR_FILENO || ::access(sign, F_OK) != 0) return false;
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  errno = ENOSPC;
  return true;
}

bool refuses_locks() {
  static const char* const error = std::getenv("GFORBIT_TEST_NO_LOCKS");
  if (error != nullptr) errno = std::atoi(error);
  return error != nullptr;
}

using Write = ssize_t(int, const void*, std::size_t);
using WriteAt = ssize_t(int, const void*, std::size_t, off_t);
using Lock = int(int, int);
using Control = int(int, int, void*);
using Abort = int(void*, int);

int control(const char* name, int fd, int command, void* argument) {
  const bool locks =
      command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
  return locks && refuses_locks() ? -1 : next<Control>(name)(fd, command, argument);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* from, std::size_t bytes) {
  return is_full(fd) ? -1 : next<Write>("write")(fd, from, bytes);
}

ssize_t pwrite(int fd, const void* from, std::size_t bytes, off_t at) {
  return is_full(fd) ? -1 : next<WriteAt>("pwrite")(fd, from, bytes, at);
}

ssize_t pwrite64(int fd, const void* from, std::size_t bytes, off_t at) {
  return is_full(fd) ? -1 : next<WriteAt>("pwrite64")(fd, from, bytes, at);
}

int flock(int fd, int operation) noexcept {
  return refuses_locks() ? -1 : next<Lock>("flock")(fd, operation);
}

int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = va_arg(list, void*);
  va_end(list);
  return control("fcntl", fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = va_arg(list, void*);
  va_end(list);
  return control("fcntl64", fd, command, argument);
}

// MPI_THREAD_FUNNELED: the main thread speaks MPI, and no other.
int MPI_Abort(void* communicator, int status) {
  constexpr std::string_view kWord = "MPI_Abort by a thread that must not speak MPI\n";
  if (::syscall(SYS_gettid) != ::getpid() &&
      next<Write>("write")(STDERR_FILENO, kWord.data(), kWord.size()) < 0) {
    // The test looks for the word in vain, and fails for the exit status.
  }
  return next<Abort>("MPI_Abort")(communicator, status);
}

}  // extern "C"
