// Lines through pread(2) on one descriptor: sequential and random reads share one block, and the file
// position is never moved.
#include "gforbit/config/line_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "gforbit/core/digest.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::config {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;
constexpr std::size_t kJumpBlock = std::size_t{1} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void fail_to_read(const std::string& name, int error) {
  throw core::InputError(fmt::format("cannot read '{}': {}", name, std::strerror(error)));
}

[[noreturn]] void fail_to_spool(const std::string& name, const std::string& directory, int error) {
  throw core::EnvironmentError(
      fmt::format("cannot keep a copy of {} in '{}' (set TMPDIR to another folder): {}", name, directory,
                  std::strerror(error)));
}

// What temp_directory_path() looked at when it fails, which returns nothing then.
std::string named_temporary_folder() {
  for (const char* const variable : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"}) {
    if (const char* const folder = std::getenv(variable)) return folder;
  }
  return "/tmp";
}

// @return how many bytes; 0 at the end of the file
std::size_t read_some(int descriptor, const std::string& name, std::uint64_t offset, std::span<char> to) {
  for (;;) {
    const auto got = ::pread(descriptor, to.data(), to.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) fail_to_read(name, errno);
  }
}

// @param directory  set to that of the file
int open_unlinked(const std::string& name, std::string& directory) {
  std::error_code error;
  directory = std::filesystem::temp_directory_path(error).string();
  if (error) fail_to_spool(name, named_temporary_folder(), error.value());
  std::string path = directory + "/gforbit-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) fail_to_spool(name, directory, errno);
  ::unlink(path.c_str());
  return descriptor;
}

// Copies what `read` gives to an unlinked file, not much further than `longest` bytes or the end of a line
// that is too long; a failure loses no descriptor.
int spool(const LineFile::Read& read, const std::string& name, std::uint64_t longest,
          std::uint64_t longest_line) {
  std::string directory;
  int copy = -1;
  try {
    copy = open_unlinked(name, directory);
    std::string block(kBlock, '\0');
    std::uint64_t of_line = 0;
    for (std::uint64_t copied = 0; copied <= longest && of_line <= longest_line;) {
      const std::size_t got = read(block);
      if (got == 0) break;
      copied += got;
      const auto end = std::string_view(block.data(), got).rfind('\n');
      of_line = end == std::string_view::npos ? of_line + got : got - end - 1;
      for (std::string_view rest(block.data(), got); !rest.empty();) {
        const auto put = ::write(copy, rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) fail_to_spool(name, directory, errno);
        rest.remove_prefix(static_cast<std::size_t>(put));
      }
    }
  } catch (...) {
    if (copy >= 0) ::close(copy);
    throw;
  }
  return copy;
}

// The same of a descriptor, which is closed on return.
int spool(int source, const std::string& name, std::uint64_t longest, std::uint64_t longest_line) {
  const auto read = [&](std::span<char> block) {
    for (;;) {
      const auto got = ::read(source, block.data(), block.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) fail_to_read(name, errno);
    }
  };
  const auto close = [source] {
    if (source != STDIN_FILENO) ::close(source);
  };
  try {
    const int copy = spool(read, name, longest, longest_line);
    close();
    return copy;
  } catch (...) {
    close();
    throw;
  }
}

}  // namespace

int open_unlinked(const std::string& name) {
  std::string directory;
  return open_unlinked(name, directory);
}

LineFile::LineFile(const std::string& path, std::uint64_t longest) : LineFile(path, longest, kLongestLine) {}

LineFile::LineFile(const std::string& path, std::uint64_t longest, std::uint64_t longest_line)
    : name_(path == "-" ? "standard input" : path) {
  const int opened = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) fail_to_read(name_, errno);
  struct stat status {};
  if (::fstat(opened, &status) != 0) fail_to_read(name_, errno);
  if (S_ISDIR(status.st_mode)) {
    if (opened != STDIN_FILENO) ::close(opened);
    fail_to_read(name_, EISDIR);
  }
  // Standard input is copied even if it is a file: other processes may share its position.
  descriptor_ = S_ISREG(status.st_mode) && opened != STDIN_FILENO
                    ? opened
                    : spool(opened, name_, longest, longest_line);
}

LineFile::LineFile(std::string name, const Read& read, std::uint64_t longest_line)
    : name_(std::move(name)), descriptor_(spool(read, name_, kAll, longest_line)) {}

LineFile LineFile::of_descriptor(std::string name, int descriptor) {
  LineFile file;
  file.name_ = std::move(name);
  file.descriptor_ = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (file.descriptor_ < 0) fail_to_read(file.name_, errno);
  return file;
}

LineFile LineFile::again() const {
  return of_descriptor(name_, descriptor_);
}

LineFile::~LineFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

LineFile::LineFile(LineFile&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      block_(std::move(other.block_)),
      block_offset_(other.block_offset_),
      text_(std::move(other.text_)),
      end_(other.end_),
      next_offset_(other.next_offset_),
      next_number_(other.next_number_) {}

LineFile& LineFile::operator=(LineFile&& other) noexcept {
  LineFile moved(std::move(other));
  std::swap(name_, moved.name_);
  std::swap(descriptor_, moved.descriptor_);
  std::swap(block_, moved.block_);
  std::swap(block_offset_, moved.block_offset_);
  std::swap(text_, moved.text_);
  std::swap(end_, moved.end_);
  std::swap(next_offset_, moved.next_offset_);
  std::swap(next_number_, moved.next_number_);
  return *this;
}

// Makes block_ start at or before `offset`; the number of bytes it holds from there on, 0 at the end of the
// file.
std::size_t LineFile::read_block(std::uint64_t offset) {
  if (offset >= block_offset_ && offset - block_offset_ < block_.size()) {
    return block_.size() - static_cast<std::size_t>(offset - block_offset_);
  }
  // Sequential reads get a large block, random reads need one line.
  block_.resize(offset == block_offset_ + block_.size() ? kBlock : kJumpBlock);
  try {
    block_.resize(read_some(descriptor_, name_, offset, block_));
  } catch (...) {
    block_.clear();
    throw;
  }
  block_offset_ = offset;
  return block_.size();
}

// Sets line_ and end_; text_ holds a line that is in several blocks.
void LineFile::read_line(std::uint64_t offset) {
  if (offset >= block_offset_ && offset - block_offset_ < block_.size()) {  // the short way of most lines
    const auto begin = static_cast<std::size_t>(offset - block_offset_);
    const char* const first = block_.data() + begin;
    const auto* const last = static_cast<const char*>(std::memchr(first, '\n', block_.size() - begin));
    if (last != nullptr) {
      const auto size = static_cast<std::size_t>(last - first);
      end_ = offset + size + 1;
      line_ = {first, size - (size > 0 && *(last - 1) == '\r' ? 1 : 0)};
      return;
    }
  }
  text_.clear();
  end_ = offset;
  for (bool has_end = false; !has_end;) {
    const std::size_t available = read_block(end_);
    if (available == 0) break;
    const auto rest = std::string_view(block_).substr(block_.size() - available);
    const auto cut = rest.find('\n');
    has_end = cut != std::string_view::npos;
    line_ = rest.substr(0, cut);
    if (text_.size() + line_.size() > kLongestLine) fail_long(next_number_);
    end_ += line_.size() + (has_end ? 1 : 0);
    if (has_end && text_.empty()) break;
    text_ += line_;
    line_ = text_;
  }
  if (end_ == offset) line_ = {};
  if (line_.ends_with('\r')) line_.remove_suffix(1);
}

void LineFile::fail_long(std::uint64_t number) const {
  throw core::InputError(fmt::format("{}:{}: the line is longer than {} bytes: are its line ends missing?",
                                     name_, number, kLongestLine));
}

bool LineFile::next(Line& line) {
  if (next_offset_ == 0 && next_number_ == 1) {
    read_block(0);
    if (block_.starts_with(kByteOrderMark)) next_offset_ = kByteOrderMark.size();
  }
  read_line(next_offset_);
  if (end_ == next_offset_) return false;
  line = {next_offset_, next_number_, line_};
  next_offset_ = end_;
  ++next_number_;
  return true;
}

void LineFile::go_to(const Line& line) {
  next_offset_ = line.offset;
  next_number_ = line.number;
}

std::size_t LineFile::read(std::uint64_t offset, std::span<char> to) const {
  std::size_t done = 0;
  while (done < to.size()) {
    const std::size_t got = read_some(descriptor_, name_, offset + done, to.subspan(done));
    if (got == 0) break;
    done += got;
  }
  return done;
}

std::uint64_t LineFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail_to_read(name_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

std::string LineFile::digest() {
  core::Sha256 sha;
  for (std::uint64_t offset = 0; const std::size_t available = read_block(offset); offset += available) {
    sha.update(std::string_view(block_).substr(block_.size() - available));
  }
  return sha.hex();
}

std::uint64_t LineFile::count_lines() {
  std::uint64_t lines = 1;
  for (std::uint64_t offset = 0; const std::size_t available = read_block(offset); offset += available) {
    lines += static_cast<std::uint64_t>(
        std::count(block_.end() - static_cast<std::ptrdiff_t>(available), block_.end(), '\n'));
  }
  return lines;
}

std::string_view LineFile::at(std::uint64_t offset) {
  read_line(offset);
  return line_;
}

}  // namespace gforbit::config
