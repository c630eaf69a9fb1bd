#include "gforbit/store/output_target.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "failure.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/output_place.hpp"
#include "lock_holder.hpp"

namespace gforbit::store {

namespace fs = std::filesystem;

namespace {

/// Open file descriptor that ends with its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string text_of(int fd) {
  std::array<char, 1024> buffer{};
  const auto n = ::pread(fd, buffer.data(), buffer.size(), 0);
  return {buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

bool refuses_flock(int error) {
  // What DVS and some mounts of Cray systems answer: an error of the kernel that has no name in user space.
  constexpr int kNotSupportedByKernel = 524;
  return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL ||
         error == kNotSupportedByKernel;
}

bool is_same_file(int fd, const fs::path& path) {
  struct stat open_file {};
  struct stat named_file {};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 &&
         open_file.st_ino == named_file.st_ino && open_file.st_dev == named_file.st_dev;
}

fs::path directory_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

[[noreturn]] void fail_held(const fs::path& target, const fs::path& lock, int fd, bool by_existence) {
  throw core::OutputError(
      fmt::format("cannot write '{}': it is being written by {} (lock file '{}'); wait for that run, or "
                  "choose another --output{}",
                  target.string(), holder_of(text_of(fd)), lock.string(),
                  by_existence ? "; if that process is gone, remove the lock file" : ""));
}

/// Removes a lock file that no process holds any more. Another run may do so at the same time and hold the
/// lock already: a file taken from it by mistake gets its name back.
void remove_left_over(const fs::path& lock, const std::string& text) {
  const std::string aside = fmt::format("{}.{}", lock.string(), ::getpid());
  if (::rename(lock.c_str(), aside.c_str()) != 0) return;
  const Descriptor fd(::open(aside.c_str(), O_RDONLY | O_CLOEXEC));
  [[maybe_unused]] const int kept = text_of(fd.get()) == text ? 0 : ::link(aside.c_str(), lock.c_str());
  ::unlink(aside.c_str());
}

/// The text of the lock would go where a link leads.
void refuse_irregular_lock(const fs::path& target, const fs::path& lock) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(lock, error);
  if (!fs::exists(status) || fs::is_regular_file(status)) return;
  throw core::OutputError(
      fmt::format("cannot write '{}': '{}', the name of its lock file, is taken by something that is not a "
                  "regular file; move it away, or choose another --output",
                  target.string(), lock.string()));
}

/// @return the descriptor that holds the lock, or -1 if the file vanished meanwhile and the caller must try
/// again
int try_lock(const fs::path& target, const fs::path& lock, FileLock::Method method) {
  bool created = true;
  int opened = ::open(lock.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (opened < 0 && errno == EEXIST) {
    created = false;
    refuse_irregular_lock(target, lock);
    opened = ::open(lock.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (opened < 0 && errno == ENOENT) return -1;
  }
  if (opened < 0) {
    const int error = errno;
    throw core::OutputError(
        fmt::format("cannot write '{}': its lock file '{}' cannot be {}: {}; choose an --output you "
                    "may write",
                    target.string(), lock.string(), created ? "created" : "opened", reason(error)));
  }
  Descriptor fd(opened);

  bool by_existence = method == FileLock::Method::existence_only;
  while (!by_existence && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) fail_held(target, lock, fd.get(), false);
    if (refuses_flock(errno))
      by_existence = true;
    else if (errno != EINTR) {
      throw core::OutputError(fmt::format("cannot lock '{}': {}", lock.string(), reason(errno)));
    }
  }
  if (by_existence && !created) {
    const std::string text = text_of(fd.get());
    if (!is_gone(text)) fail_held(target, lock, fd.get(), true);
    remove_left_over(lock, text);
    return -1;
  }
  // The holder before may have removed the file between open and flock: then this is a lock on nothing.
  if (!is_same_file(fd.get(), lock)) return -1;

  const std::string text = lock_text();
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), text.data(), text.size(), 0) < 0) {
    const int error = errno;
    ::unlink(lock.c_str());
    throw core::OutputError(fmt::format("cannot write '{}': {}", lock.string(), reason(error)));
  }
  return fd.release();
}

/// Where `path` leads, if a file can be published there.
fs::path checked_path(const fs::path& path) {
  if (!path.has_filename()) {
    throw core::OutputError(fmt::format("cannot write '{}': a file name is missing", path.string()));
  }
  const fs::path resolved = resolved_output(path);
  const std::string name = named(path, resolved);
  const fs::path directory = directory_of(resolved);
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) {
    throw core::OutputError(
        fmt::format("cannot write {}: directory '{}' does not exist; create it or choose another --output",
                    name, directory.string()));
  }
  if (!fs::is_directory(status)) {
    throw core::OutputError(
        fmt::format("cannot write {}: '{}' is not a directory", name, directory.string()));
  }
  const fs::file_status target = fs::status(resolved, error);
  if ((fs::exists(target) && !fs::is_regular_file(target)) || is_in_proc(resolved)) {
    throw core::OutputError(
        fmt::format("cannot write {}: it exists and is not a regular file; choose another --output", name));
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    throw core::OutputError(
        fmt::format("cannot write {}: no permission to write in directory '{}' ({}); choose another --output",
                    name, directory.string(), reason(errno)));
  }
  return resolved;
}

void sync_path(const fs::path& path, int flags) {
  const Descriptor fd(::open(path.c_str(), flags | O_CLOEXEC));
  // Some file systems know no fsync of a directory and say EINVAL; there is nothing more to be done on them.
  if (!fd.is_open() || (::fsync(fd.get()) != 0 && errno != EINVAL)) {
    throw core::OutputError(fmt::format("cannot make '{}' durable: {}", path.string(), reason(errno)));
  }
}

}  // namespace

FileLock::FileLock(const fs::path& target, Method method)
    : target_(target), method_(method), path_(target.string() + std::string(kLockEnding)) {
  acquire();
}

void FileLock::acquire() {
  // Each further round means that another run released its lock just then.
  while (fd_ < 0) fd_ = try_lock(target_, path_, method_);
}

void FileLock::renew() {
  if (fd_ >= 0 && is_same_file(fd_, path_)) return;
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  acquire();
}

FileLock::~FileLock() {
  release();
}

FileLock::FileLock(FileLock&& other) noexcept
    : target_(std::move(other.target_)),
      method_(other.method_),
      path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    target_ = std::move(other.target_);
    method_ = other.method_;
    path_ = std::move(other.path_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileLock::release() noexcept {
  if (fd_ < 0) return;
  // Before the descriptor closes: afterwards it might be the file of the next holder.
  if (is_same_file(fd_, path_)) ::unlink(path_.c_str());
  ::close(fd_);
  fd_ = -1;
}

std::optional<std::string> claim_holder(const fs::path& target) {
  const std::string lock = target.string() + std::string(kLockEnding);
  const Descriptor fd(::open(lock.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return std::nullopt;
  const std::string text = text_of(fd.get());
  if (is_gone(text)) return std::nullopt;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;  // left by a run that was killed
  return holder_of(text);
}

OutputTarget::OutputTarget(const fs::path& path, bool replace) : path_(checked_path(path)), lock_(path_) {
  if (!replace && fs::exists(path_)) {
    throw core::UsageError(
        fmt::format("output file '{}' exists; --force replaces it, --resume continues its run, or "
                    "choose another --output",
                    path.string()));
  }
}

fs::path OutputTarget::temporary_path() const {
  return path_.string() + std::string(kTemporaryEnding);
}

void OutputTarget::renew() const {
  const std::lock_guard lock(mutex_);
  lock_.renew();
}

void publish_file(const fs::path& temporary, const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw core::OutputError(
        fmt::format("cannot write '{}': something that is not a regular file has taken this name, and is "
                    "left alone; move "
                    "it away",
                    target.string()));
  }
  sync_path(temporary, O_RDONLY);
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    throw core::OutputError(
        fmt::format("cannot rename '{}' to '{}': {}", temporary.string(), target.string(), reason(errno)));
  }
  sync_path(directory_of(target), O_RDONLY | O_DIRECTORY);
}

}  // namespace gforbit::store
