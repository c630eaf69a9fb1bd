#include "gforbit/store/output_place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <streambuf>
#include <string_view>
#include <system_error>
#include <utility>

#include "failure.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/store/output_target.hpp"

namespace gforbit::store {

namespace fs = std::filesystem;

namespace {

/// As many as Linux follows.
constexpr int kMostLinks = 40;

fs::path directory_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

/// The number N of /proc/self/fd/N, however it is called; -1 for everything else.
int own_descriptor(const fs::path& path) {
  std::error_code error;
  const fs::path own = fs::canonical("/proc/self/fd", error);
  if (error || fs::canonical(directory_of(path), error) != own) return -1;
  const auto number = core::parse_u64(path.filename().string());
  return number && *number < 1 << 20 ? static_cast<int>(*number) : -1;
}

[[noreturn]] void fail(const std::string& name, std::string_view why) {
  throw core::OutputError(fmt::format("cannot write {}: {}", name, why));
}

}  // namespace

bool is_in_proc(const fs::path& path) {
  struct statfs folder {};
  return ::statfs(directory_of(path).c_str(), &folder) == 0 && folder.f_type == PROC_SUPER_MAGIC;
}

fs::path resolved_output(const fs::path& path) {
  fs::path at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    std::error_code error;
    if (fs::symlink_status(at, error).type() != fs::file_type::symlink || is_in_proc(at)) return at;
    const fs::path next = fs::read_symlink(at, error);
    if (error)
      fail(fmt::format("'{}'", path.string()),
           fmt::format("the link '{}': {}", at.string(), error.message()));
    at = next.is_absolute() ? next : at.parent_path() / next;
  }
  fail(fmt::format("'{}'", path.string()), "its symbolic links form a circle");
}

std::string named(const fs::path& path, const fs::path& resolved) {
  return path == resolved ? fmt::format("'{}'", path.string())
                          : fmt::format("'{}' (a link to '{}')", path.string(), resolved.string());
}

int create_temporary(const fs::path& path) {
  std::error_code error;
  const fs::file_status left_over = fs::symlink_status(path, error);
  if (fs::exists(left_over) && !fs::is_regular_file(left_over)) {
    fail(fmt::format("'{}'", path.string()),
         "something that is not a regular file has this name; move it away, or choose another output");
  }
  // Removed and made anew: what else has this file by a hard link keeps its contents.
  if (fs::exists(left_over)) ::unlink(path.c_str());
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) fail(fmt::format("'{}'", path.string()), reason(errno));
  return fd;
}

/// Bytes to a descriptor; errors are exceptions that name the file.
class TextOutput::Buffer final : public std::streambuf {
 public:
  Buffer(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
    setp(block_.data(), block_.data() + block_.size());
  }
  ~Buffer() override { close(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 protected:
  int_type overflow(int_type c) override {
    write_block();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    write_block();
    return 0;
  }

 private:
  void write_block() {
    std::string_view rest(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(block_.data(), block_.data() + block_.size());  // before anything is thrown: never written twice
    while (!rest.empty()) {
      const auto put = ::write(fd_, rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail(name_, reason(errno));
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  int fd_;
  std::string name_;
  std::array<char, std::size_t{1} << 16> block_{};
};

bool TextOutput::is_direct(const fs::path& path) {
  const fs::path resolved = resolved_output(path);
  const std::string name = named(path, resolved);
  if (const int fd = own_descriptor(resolved); fd >= 0) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) fail(name, "it is not open for writing");
    return true;
  }
  std::error_code error;
  const fs::file_status status = fs::status(resolved, error);
  if (is_in_proc(resolved)) fail(name, "it is no file of a directory");
  if (fs::is_fifo(status) || fs::is_character_file(status)) {
    if (::access(resolved.c_str(), W_OK) != 0) fail(name, reason(errno));
    return true;
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) fail(name, "it exists and is not a regular file");
  const fs::path folder = directory_of(resolved);
  if (!fs::is_directory(folder, error)) fail(name, fmt::format("there is no folder '{}'", folder.string()));
  return false;
}

TextOutput::TextOutput(const fs::path& path) : path_(resolved_output(path)) {
  int fd = -1;
  if (!is_direct(path)) {
    temporary_ = path_.string() + ".tmp";
    fd = create_temporary(temporary_);
  } else if (const int own = own_descriptor(path_); own >= 0) {
    fd = ::fcntl(own, F_DUPFD_CLOEXEC, 0);  // shares its position: what was written before stays
  } else {
    fd = ::open(path_.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
  }
  const std::string name = temporary_.empty() ? named(path, path_) : fmt::format("'{}'", temporary_.string());
  if (fd < 0) fail(name, reason(errno));
  buffer_ = std::make_unique<Buffer>(fd, name);
  stream_ = std::make_unique<std::ostream>(buffer_.get());
  stream_->exceptions(std::ios::badbit);
}

TextOutput::~TextOutput() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

std::ostream& TextOutput::stream() noexcept {
  return *stream_;
}

void TextOutput::commit() {
  stream_->flush();
  buffer_->close();
  if (!temporary_.empty()) publish_file(temporary_, path_);
  temporary_.clear();
}

}  // namespace gforbit::store
