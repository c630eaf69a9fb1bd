#include "gforbit/store/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "failure.hpp"
#include "gforbit/core/digest.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/store/output_target.hpp"

namespace gforbit::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "gforbit journal\n";
constexpr std::size_t kDigestDigits = 16;
constexpr std::uint32_t kHeaderType = 0xffffffff;

struct Preamble {
  std::array<char, 16> magic{};
  std::uint32_t version = kJournalVersion;
  std::uint32_t zero = 0;
};
static_assert(sizeof(Preamble) == 24 && kMagic.size() == 16);

struct Frame {
  std::uint64_t length = 0;
  std::uint32_t type = 0;
  std::uint32_t zero = 0;
  std::array<char, kDigestDigits> digest{};
};
static_assert(sizeof(Frame) == 32);
constexpr std::size_t kDigested = 16;  // length, type and what is unused

std::array<char, kDigestDigits> digest_of(const Frame& frame, std::span<const std::byte> payload) {
  core::Sha256 sha;
  sha.update(std::as_bytes(std::span(&frame, 1)).first<kDigested>());
  sha.update(payload);
  const std::string hex = sha.hex();
  std::array<char, kDigestDigits> digest{};
  std::copy_n(hex.begin(), kDigestDigits, digest.begin());
  return digest;
}

Frame frame_of(std::uint32_t type, std::span<const std::byte> payload) {
  Frame frame{.length = payload.size(), .type = type};
  frame.digest = digest_of(frame, payload);
  return frame;
}

/// Writes all bytes; 0 or the error.
int write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return 0;
}

int write_record(int fd, std::uint32_t type, std::span<const std::byte> payload) {
  const Frame frame = frame_of(type, payload);
  if (const int error = write_all(fd, std::as_bytes(std::span(&frame, 1)))) return error;
  return write_all(fd, payload);
}

[[noreturn]] void fail_write(const fs::path& path, int error) {
  throw core::OutputError(fmt::format("cannot write the checkpoint '{}': {}", path.string(), reason(error)));
}

/// Every write goes to the end of the file, wherever that is: one that was cut meanwhile is too short
/// afterwards, and has no hole.
void append_only(int fd, const fs::path& path) {
  if (::fcntl(fd, F_SETFL, O_APPEND) != 0) fail_write(path, errno);
}

[[noreturn]] void fail_changed(const fs::path& path) {
  throw core::OutputError(fmt::format(
      "cannot write the checkpoint '{}': another process has cut or overwritten it, and later results "
      "cannot follow what is left",
      path.string()));
}

}  // namespace

// ---- reading
// ----------------------------------------------------------------------------------------------------

JournalReader::JournalReader(const fs::path& path)
    : JournalReader(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

JournalReader::JournalReader(fs::path path, int fd) : path_(std::move(path)), fd_(fd) {
  try {
    read_header();
  } catch (...) {
    if (fd_ >= 0) ::close(fd_);
    throw;
  }
}

JournalReader::JournalReader(JournalReader&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_(other.size_),
      position_(other.position_),
      offset_(other.offset_),
      header_(std::move(other.header_)),
      damage_(std::move(other.damage_)) {}

void JournalReader::read_header() {
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    throw core::InputError(fmt::format("cannot read the checkpoint '{}': {}", path_.string(), reason(errno)));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  Preamble preamble;
  if (!fill(&preamble, sizeof preamble) || std::string_view(preamble.magic.data(), 16) != kMagic ||
      preamble.version == 0) {
    throw core::InputError(fmt::format(
        "'{}' is no checkpoint of gforbit; remove it, or choose another --output", path_.string()));
  }
  if (preamble.version > kJournalVersion) {
    throw core::InputError(fmt::format(
        "the checkpoint '{}' has version {}, this gforbit knows versions up to {}: resume it with the newer "
        "gforbit that wrote it, or start again with --force",
        path_.string(), preamble.version, kJournalVersion));
  }
  offset_ = sizeof preamble;
  JournalRecord header;
  if (!next(header) || header.type != kHeaderType) {
    throw core::InputError(
        fmt::format("the header of the checkpoint '{}' is damaged{}{}: start again with --force",
                    path_.string(), damage_.empty() ? "" : ", ", damage_));
  }
  const auto* const text = reinterpret_cast<const char*>(header.payload.data());
  header_.assign(text, header.payload.size());
}

JournalReader::~JournalReader() {
  if (fd_ >= 0) ::close(fd_);
}

/// The next `bytes` of the file; false at its end.
bool JournalReader::fill(void* to, std::uint64_t bytes) {
  auto* at = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const auto got = ::pread(fd_, at, bytes, static_cast<off_t>(position_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw core::InputError(
          fmt::format("cannot read the checkpoint '{}': {}", path_.string(), reason(errno)));
    }
    if (got == 0) return false;
    at += got;
    bytes -= static_cast<std::uint64_t>(got);
    position_ += static_cast<std::uint64_t>(got);
  }
  return true;
}

bool JournalReader::next(JournalRecord& record) {
  if (offset_ == size_) return false;
  const auto torn = [&](std::string_view what) {
    damage_ = fmt::format("{} at byte {} of {}", what, offset_, size_);
    return false;
  };
  Frame frame;
  if (size_ - offset_ < sizeof frame || !fill(&frame, sizeof frame)) return torn("a torn record");
  if (frame.length > size_ - offset_ - sizeof frame) return torn("a torn record");
  record.type = frame.type;
  record.payload.resize(frame.length);
  if (!fill(record.payload.data(), frame.length)) return torn("a torn record");
  if (frame.digest != digest_of(frame, record.payload)) return torn("a damaged record");
  offset_ += sizeof frame + frame.length;
  return true;
}

void JournalReader::read(const std::function<void(const JournalRecord&)>& take) {
  for (JournalRecord record; next(record);) take(record);
}

// ---- looking
// ----------------------------------------------------------------------------------------------------

namespace {

/// A file that is read wherever one likes.
class Mapped {
 public:
  explicit Mapped(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd >= 0 && ::fstat(fd, &status) == 0) {
      size_ = static_cast<std::size_t>(status.st_size);
      if (size_ > 0) at_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    const int error = errno;
    const bool failed = fd < 0 || at_ == MAP_FAILED;
    if (fd >= 0) ::close(fd);
    if (failed)
      throw core::InputError(
          fmt::format("cannot read the checkpoint '{}': {}", path.string(), reason(error)));
  }
  ~Mapped() {
    if (at_ != nullptr) ::munmap(at_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(at_), size_};
  }

 private:
  void* at_ = nullptr;
  std::size_t size_ = 0;
};

/// A whole record begins where `bytes` do.
bool begins_with_record(std::span<const std::byte> bytes) {
  Frame frame;
  if (bytes.size() < sizeof frame) return false;
  std::memcpy(&frame, bytes.data(), sizeof frame);
  if (frame.zero != 0 || frame.length > bytes.size() - sizeof frame) return false;
  const bool digits = std::ranges::all_of(
      frame.digest, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return digits && frame.digest == digest_of(frame, bytes.subspan(sizeof frame, frame.length));
}

}  // namespace

bool may_hold_records(const fs::path& path) {
  const Mapped file(path);
  std::span<const std::byte> bytes = file.bytes();
  if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; })) return false;
  const auto magic = std::as_bytes(std::span(kMagic));
  if (!std::ranges::equal(bytes.first(std::min(bytes.size(), magic.size())),
                          magic.first(std::min(bytes.size(), magic.size()))))
    return true;
  Preamble preamble;
  if (bytes.size() < sizeof preamble) return false;
  std::memcpy(&preamble, bytes.data(), sizeof preamble);
  if (preamble.version > kJournalVersion) return true;
  for (bytes = bytes.subspan(sizeof preamble); !bytes.empty(); bytes = bytes.subspan(1)) {
    if (begins_with_record(bytes)) return true;
  }
  return false;
}

// ---- writing
// ----------------------------------------------------------------------------------------------------

Journal::Journal(fs::path path, int fd, std::uint64_t bytes)
    : path_(std::move(path)), fd_(fd), bytes_(bytes) {}

Journal::~Journal() {
  close();
}

void Journal::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  if (fd_ >= 0 && !temporary_.empty()) ::unlink(temporary_.c_str());
  fd_ = -1;
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      bytes_(other.bytes_),
      times_written_anew_(other.times_written_anew_) {}

Journal& Journal::operator=(Journal&& other) noexcept {
  if (this == &other) return *this;
  close();
  path_ = std::move(other.path_);
  temporary_ = std::move(other.temporary_);
  fd_ = std::exchange(other.fd_, -1);
  bytes_ = other.bytes_;
  times_written_anew_ = other.times_written_anew_;
  return *this;
}

Journal Journal::create(const fs::path& path, const std::string& header) {
  Journal journal = replacement(path, header);
  journal.publish();
  return journal;
}

Journal Journal::replacement(const fs::path& path, const std::string& header) {
  const fs::path temporary = path.string() + ".tmp";
  Journal journal(path, create_temporary(temporary), 0);
  append_only(journal.fd_, temporary);
  journal.temporary_ = temporary;
  Preamble preamble;
  std::copy(kMagic.begin(), kMagic.end(), preamble.magic.begin());
  const auto text = std::as_bytes(std::span(header));
  int error = write_all(journal.fd_, std::as_bytes(std::span(&preamble, 1)));
  if (error == 0) error = write_record(journal.fd_, kHeaderType, text);
  if (error != 0) fail_write(path, error);
  journal.bytes_ = sizeof preamble + sizeof(Frame) + text.size();
  return journal;
}

void Journal::publish() {
  const fs::path temporary = std::exchange(temporary_, {});
  try {
    publish_file(temporary, path_);
  } catch (...) {
    std::error_code unknown;
    if (fs::exists(temporary, unknown)) temporary_ = temporary;
    throw;
  }
}

Journal Journal::reopen(const fs::path& path, std::uint64_t good_bytes) {
  Journal journal(path, ::open(path.c_str(), O_RDWR | O_CLOEXEC), good_bytes);
  if (journal.fd_ < 0 || ::ftruncate(journal.fd_, static_cast<off_t>(good_bytes)) != 0)
    fail_write(path, errno);
  append_only(journal.fd_, path);
  return journal;
}

void Journal::append(std::span<const JournalRecord> records) {
  if (!temporary_.empty()) return write(records);
  require_contents();
  if (!has_its_name()) write_anew();
  write(records);
  // Written and durable, but perhaps in a file that was cut or has lost its name meanwhile.
  require_contents();
  if (!has_its_name()) write_anew();
}

/// The records behind what there is. Durable, unless publish() is still to come.
void Journal::write(std::span<const JournalRecord> records) {
  std::uint64_t bytes = bytes_;
  int error = 0;
  for (const JournalRecord& record : records) {
    error = write_record(fd_, record.type, record.payload);
    if (error != 0) break;
    bytes += sizeof(Frame) + record.payload.size();
  }
  if (error == 0 && temporary_.empty() && ::fdatasync(fd_) != 0) error = errno;
  if (error != 0) {
    // Back to the last good end, so that the next attempt does not follow half a record. Should this fail
    // too, a reader finds the torn record and stops before it; what comes later would be lost with it.
    if (::ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) error = errno;
    fail_write(path_, error);
  }
  bytes_ = bytes;
}

bool Journal::has_its_name() const noexcept {
  struct stat open_file {};
  struct stat named_file {};
  return ::fstat(fd_, &open_file) == 0 && ::stat(path_.c_str(), &named_file) == 0 &&
         open_file.st_ino == named_file.st_ino && open_file.st_dev == named_file.st_dev;
}

bool Journal::is_in_place() const noexcept {
  struct stat status {};
  return has_its_name() && ::fstat(fd_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == bytes_;
}

/// The file holds what was written to it, and ends there.
void Journal::require_contents() {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail_write(path_, errno);
  if (static_cast<std::uint64_t>(status.st_size) == bytes_) return;
  try {
    JournalReader written = reader();
    for (JournalRecord record; written.good_bytes() < bytes_ && written.next(record);) continue;
    if (written.good_bytes() != bytes_) fail_changed(path_);
  } catch (const core::InputError&) {
    fail_changed(path_);
  }
  if (::ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) fail_write(path_, errno);
}

/// A copy under the name that this file has lost.
void Journal::write_anew() {
  Journal copy = this->copy();
  copy.publish();
  if (!copy.has_its_name()) {
    throw core::OutputError(fmt::format(
        "cannot write the checkpoint '{}': another process removes or replaces it", path_.string()));
  }
  *this = std::move(copy);
  ++times_written_anew_;
}

/// A replacement with the same contents.
Journal Journal::copy() const try {
  JournalReader written = reader();
  Journal same = replacement(path_, written.header());
  for (JournalRecord record; written.next(record);) same.write(std::span(&record, 1));
  if (same.bytes_ != bytes_) fail_changed(path_);
  same.times_written_anew_ = times_written_anew_;
  return same;
} catch (const core::InputError&) {
  fail_changed(path_);
}

JournalReader Journal::reader() const {
  return {path_, ::fcntl(fd_, F_DUPFD_CLOEXEC, 0)};
}

void Journal::remove() noexcept {
  if (has_its_name()) ::unlink(path_.c_str());
}

}  // namespace gforbit::store
