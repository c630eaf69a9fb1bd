#include "gforbit/store/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "failure.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::store {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;
constexpr std::size_t kJumpBlock = std::size_t{1} << 13;

}  // namespace

Spool::Spool(const std::filesystem::path& folder)
    : folder_(folder.empty() ? std::string(".") : folder.string()) {
  std::string path = folder_ + "/gforbit-XXXXXX";
  fd_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd_ < 0) fail("make a file for", errno);
  ::unlink(path.c_str());
  unwritten_.reserve(kBlock);
}

Spool::~Spool() {
  ::close(fd_);
}

std::uint64_t Spool::append(std::span<const std::byte> record) {
  const std::uint64_t offset = bytes();
  const std::uint64_t length = record.size();
  const auto head = std::as_bytes(std::span(&length, 1));
  unwritten_.insert(unwritten_.end(), head.begin(), head.end());
  unwritten_.insert(unwritten_.end(), record.begin(), record.end());
  if (unwritten_.size() >= kBlock) flush();
  return offset;
}

core::Bytes Spool::read(std::uint64_t offset) {
  std::uint64_t length = 0;
  read_bytes(offset, std::as_writable_bytes(std::span(&length, 1)));
  core::Bytes record(length);
  read_bytes(offset + sizeof length, record);
  return record;
}

void Spool::flush() {
  for (std::span<const std::byte> rest = unwritten_; !rest.empty();) {
    const auto put = ::pwrite(fd_, rest.data(), rest.size(),
                              static_cast<off_t>(written_ + unwritten_.size() - rest.size()));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("write", errno);
    rest = rest.subspan(static_cast<std::size_t>(put));
  }
  written_ += unwritten_.size();
  unwritten_.clear();
}

void Spool::read_bytes(std::uint64_t offset, std::span<std::byte> to) {
  if (offset + to.size() > written_) flush();
  while (!to.empty()) {
    if (offset < block_offset_ || offset >= block_offset_ + block_.size()) {
      // Sequential reads get a large block, random reads need a few records.
      block_.resize(offset == block_offset_ + block_.size() ? kBlock : kJumpBlock);
      ssize_t got = 0;
      do {
        got = ::pread(fd_, block_.data(), block_.size(), static_cast<off_t>(offset));
      } while (got < 0 && errno == EINTR);
      const int error = got < 0 ? errno : EIO;
      block_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      block_offset_ = offset;
      if (got <= 0) fail("read", error);
    }
    const auto at = static_cast<std::size_t>(offset - block_offset_);
    const std::size_t n = std::min(to.size(), block_.size() - at);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(at), n, to.begin());
    to = to.subspan(n);
    offset += n;
  }
}

void Spool::fail(const char* what, int error) const {
  throw core::OutputError(
      fmt::format("cannot {} the finished rows in '{}': {}{}", what, folder_, reason(error),
                  remedy(error).empty() ? "" : "; then run the same command with --resume"));
}

}  // namespace gforbit::store
