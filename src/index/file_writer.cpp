#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/index/checksum.hpp"
#include "gforbit/index/file.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/store/output_target.hpp"
#include "layout.hpp"

namespace gforbit::index {

namespace {

std::string text_of(const IndexedRegister& of) {
  const galois::Field& field = of.reg.field();
  const auto modulus = field.modulus();
  nlohmann::ordered_json text;
  text["id"] = core::as_utf8(of.id);
  text["field"] = field.order();
  text["modulus"] = std::vector<std::uint64_t>(modulus.begin(), modulus.end());
  text["degree"] = of.reg.degree();
  if (of.reg.system() != nullptr) {
    text["system"] = nlohmann::ordered_json::parse(of.reg.text());
  } else {
    text["feedback"] = of.reg.text();
  }
  return text.dump();
}

}  // namespace

std::uint64_t index_bytes(std::uint64_t marks, bool nonsingular) noexcept {
  // Position, cycle and place in the order; of singular registers also the distance.
  const std::uint64_t data = marks * (nonsingular ? 16 : 20);
  return kHeaderBytes + data + data / kBlockBytes * sizeof(std::uint32_t) + sizeof(DirectoryEntry);
}

/// The file as it grows, with the checksum of each block that is full.
class IndexWriter::Impl {
 public:
  explicit Impl(const std::filesystem::path& path)
      : path_(store::resolved_output(path)),
        temporary_(path_.string() + std::string(store::kTemporaryEnding)) {
    fd_ = store::create_temporary(temporary_);
    const FileHeader none{};  // no magic yet: what is cut is no index
    write(std::vector<std::byte>(sizeof none).data(), sizeof none);
  }
  ~Impl() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void add(const IndexedRegister& of, const Orbits& orbits) {
    DirectoryEntry entry;
    entry.states = orbits.states;
    entry.marks = orbits.marks;
    entry.cycles = orbits.cycles.size();
    entry.ordered = orbits.order.size();
    entry.kind = static_cast<std::uint32_t>(orbits.nonsingular ? Kind::nonsingular : Kind::singular);
    entry.cycle_table = put(std::span(orbits.cycles));
    entry.positions = put(std::span(orbits.positions));
    entry.cycle_of = put(std::span(orbits.cycle_of));
    if (!orbits.nonsingular) entry.distances = put(std::span(orbits.distances));
    entry.order = put(std::span(orbits.order));
    add_entry(of, entry);
  }
  void add_equal(const IndexedRegister& of, std::size_t number) { add_entry(of, directory_.at(number)); }
  [[nodiscard]] std::size_t size() const noexcept { return directory_.size(); }

  void commit() {
    FileHeader header;
    header.major = kFormatMajor;
    header.minor = kFormatMinor;
    header.registers = directory_.size();
    header.directory = put(std::span(std::as_const(directory_)));
    header.checksums = bytes_;
    if (block_bytes_ > 0) checksums_.push_back(block_crc_);
    const auto sums = std::as_bytes(std::span(std::as_const(checksums_)));
    header.checksums_crc = crc32c(sums);
    write(sums.data(), sums.size());
    header.file_bytes = bytes_ + sums.size();
    header.crc = crc32c(std::as_bytes(std::span(&header, 1)).first(sizeof header - sizeof header.crc));
    if (::lseek(fd_, 0, SEEK_SET) != 0) fail();
    write(&header, sizeof header);
    if (::close(std::exchange(fd_, -1)) != 0) fail();
    store::publish_file(temporary_, path_);
    temporary_.clear();
  }

 private:
  void add_entry(const IndexedRegister& of, DirectoryEntry entry) {
    const std::string text = text_of(of);
    entry.row = of.row;
    entry.level = of.level;
    entry.text = put(std::span(text));
    entry.text_bytes = text.size();
    directory_.push_back(entry);
  }

  /// @return the offset
  template <class T>
  std::uint64_t put(std::span<const T> values) {
    constexpr std::array<std::byte, kAlignment> kZeros{};
    append(std::span(kZeros).first((kAlignment - bytes_ % kAlignment) % kAlignment));
    const std::uint64_t offset = bytes_;
    append(std::as_bytes(values));
    return offset;
  }

  void append(std::span<const std::byte> data) {
    write(data.data(), data.size());
    bytes_ += data.size();
    while (!data.empty()) {
      const auto part = data.first(std::min<std::uint64_t>(data.size(), kBlockBytes - block_bytes_));
      block_crc_ = crc32c(part, block_crc_);
      block_bytes_ += part.size();
      if (block_bytes_ == kBlockBytes) {
        checksums_.push_back(std::exchange(block_crc_, 0));
        block_bytes_ = 0;
      }
      data = data.subspan(part.size());
    }
  }

  void write(const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t put = ::write(fd_, at, size);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail();
      at += put;
      size -= static_cast<std::size_t>(put);
    }
  }

  [[noreturn]] void fail() const {
    const int error = errno;
    throw core::OutputError(
        fmt::format("cannot write '{}': {}{}", temporary_.string(), std::generic_category().message(error),
                    error == ENOSPC ? " (free disk space, or give --index-states fewer)" : ""));
  }

  std::filesystem::path path_, temporary_;
  int fd_ = -1;
  std::uint64_t bytes_ = kHeaderBytes;
  std::uint32_t block_crc_ = 0;
  std::uint64_t block_bytes_ = 0;  ///< in the block that is not full
  std::vector<std::uint32_t> checksums_;
  std::vector<DirectoryEntry> directory_;
};

void IndexWriter::check(const std::filesystem::path& path) {
  if (store::TextOutput::is_direct(path))
    throw core::OutputError(fmt::format(
        "cannot write '{}': an index must be a regular file: give --index another name", path.string()));
}

IndexWriter::IndexWriter(const std::filesystem::path& path) {
  check(path);
  impl_ = std::make_unique<Impl>(path);
}
IndexWriter::~IndexWriter() = default;

void IndexWriter::add(const IndexedRegister& of, const Orbits& orbits) {
  impl_->add(of, orbits);
}
void IndexWriter::add_equal(const IndexedRegister& of, std::size_t number) {
  impl_->add_equal(of, number);
}
std::size_t IndexWriter::size() const noexcept {
  return impl_->size();
}
void IndexWriter::commit() {
  impl_->commit();
}

}  // namespace gforbit::index
