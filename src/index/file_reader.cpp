#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/json_error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/system.hpp"
#include "gforbit/galois/field.hpp"
#include "gforbit/index/checksum.hpp"
#include "gforbit/index/file.hpp"
#include "layout.hpp"
#include "parallel.hpp"

namespace gforbit::index {

/// A mapped file, and which of its blocks have been checked.
class BlockChecks {
 public:
  explicit BlockChecks(std::filesystem::path path) : path_(std::move(path)) {}
  ~BlockChecks() {
    if (base_ != nullptr) ::munmap(base_, size_);
  }
  BlockChecks(const BlockChecks&) = delete;
  BlockChecks& operator=(const BlockChecks&) = delete;

  void map() {
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(std::generic_category().message(errno));
    struct stat status {};
    const bool is_file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    size_ = is_file ? static_cast<std::uint64_t>(status.st_size) : 0;
    void* const base =
        size_ < kHeaderBytes ? MAP_FAILED : ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    if (!is_file) fail("it is not a regular file");
    if (size_ < kHeaderBytes) fail("it is no orbit index, or was cut");
    if (base == MAP_FAILED) fail(std::generic_category().message(errno));
    base_ = base;
  }

  [[nodiscard]] const std::byte* at(std::uint64_t offset) const {
    return static_cast<const std::byte*>(base_) + offset;
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Once header and table are known to be good.
  void use(std::uint64_t data_end, std::span<const std::uint32_t> checksums) {
    end_ = data_end;
    checksums_ = checksums;
    checked_ = std::vector<std::atomic<bool>>(checksums.size());
  }
  [[nodiscard]] std::uint64_t blocks() const noexcept { return checksums_.size(); }

  void check(std::uint64_t block) const {
    if (checked_[block].load(std::memory_order_relaxed)) return;
    const std::uint64_t begin = kHeaderBytes + block * kBlockBytes;
    const std::uint64_t end = std::min(end_, begin + kBlockBytes);
    if (crc32c({at(begin), end - begin}) != checksums_[block])
      fail(fmt::format("bytes {} to {} are damaged (their checksum is wrong)", begin, end - 1));
    checked_[block].store(true, std::memory_order_relaxed);
  }
  /// What lies at `place`, which was found to lie in the data.
  void touch(const void* place, std::size_t bytes) const {
    const auto offset = static_cast<std::uint64_t>(static_cast<const std::byte*>(place) - at(kHeaderBytes));
    for (std::uint64_t block = offset / kBlockBytes; block <= (offset + bytes - 1) / kBlockBytes; ++block)
      check(block);
  }

  /// An array in the data.
  template <class T>
  [[nodiscard]] std::span<const T> array(std::uint64_t offset, std::uint64_t n) const {
    if (offset < kHeaderBytes || offset > end_ || offset % alignof(T) != 0 || n > (end_ - offset) / sizeof(T))
      fail("a table lies outside the file");
    return {reinterpret_cast<const T*>(at(offset)), n};
  }
  template <class T>
  [[nodiscard]] std::span<const T> checked_array(std::uint64_t offset, std::uint64_t n) const {
    const auto values = array<T>(offset, n);
    if (!values.empty()) touch(values.data(), values.size_bytes());
    return values;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw core::InputError(fmt::format("'{}': {}", path_.string(), why));
  }

 private:
  std::filesystem::path path_;
  void* base_ = nullptr;
  std::uint64_t size_ = 0, end_ = 0;
  std::span<const std::uint32_t> checksums_;
  mutable std::vector<std::atomic<bool>> checked_;
};

void OrbitView::touch(const void* place, std::size_t bytes) const {
  checks_->touch(place, bytes);
}

namespace {

fsr::SystemForm system_form(const nlohmann::json& text) {
  fsr::SystemForm form;
  for (const auto& part : text.at("registers")) {
    fsr::SystemForm::Part& read = form.registers.emplace_back();
    read.name = part.at("name").get<std::string>();
    read.length = part.at("length").get<std::uint64_t>();
    read.feedback = part.at("feedback").get<std::string>();
    const nlohmann::json updates = part.value("updates", nlohmann::json::object());
    for (const auto& [cell, value] : updates.items()) {
      const auto place = core::parse_u64(cell);
      if (!place) throw core::InputError(fmt::format("{} is no number of a cell", core::quoted(cell, 40)));
      read.updates.emplace_back(*place, value.get<std::string>());
    }
  }
  if (text.contains("output")) form.output = text.at("output").get<std::string>();
  return form;
}

fsr::Register register_of(const nlohmann::json& text, const galois::Field& field) {
  if (text.contains("system")) return fsr::Register(fsr::System(field, system_form(text.at("system"))));
  return fsr::Register(
      fsr::Feedback::parse(field, text.at("degree").get<int>(), text.at("feedback").get<std::string>()));
}

/// @throws core::InputError  the text describes no register
IndexedRegister read_register(std::span<const char> chars, const DirectoryEntry& entry) {
  try {
    const auto text = nlohmann::json::parse(chars.begin(), chars.end());
    const auto order = text.at("field").get<std::uint64_t>();
    const auto modulus = text.at("modulus").get<std::vector<std::uint64_t>>();
    const galois::Field field =
        modulus.empty() ? galois::Field::of_order(order) : galois::Field::with_modulus(order, modulus);
    return {text.at("id").get<std::string>(), entry.row, register_of(text, field), entry.level};
  } catch (const nlohmann::json::exception& error) {
    throw core::InputError(std::string(core::json_reason(error.what())));
  }
}

}  // namespace

class IndexFile::Impl {
 public:
  explicit Impl(const std::filesystem::path& path) : checks(path) {
    checks.map();
    FileHeader header;
    std::memcpy(&header, checks.at(0), sizeof header);
    if (header.magic != kMagic) checks.fail("it is no orbit index");
    if (header.major != kFormatMajor) {
      checks.fail(
          fmt::format("it has format {}.{}, and this program reads {}.x: use another version of gforbit",
                      header.major, header.minor, kFormatMajor));
    }
    if (header.crc != crc32c(std::as_bytes(std::span(&header, 1)).first(sizeof header - sizeof header.crc)))
      checks.fail("the header is damaged (its checksum is wrong)");
    if (header.file_bytes != checks.size()) {
      checks.fail(
          fmt::format("it has {} bytes, and its header says {}: it was cut, or something was appended",
                      checks.size(), header.file_bytes));
    }
    read_tables(header);
  }

  BlockChecks checks;
  std::span<const DirectoryEntry> directory;

 private:
  void read_tables(const FileHeader& header) {
    const std::uint64_t end = header.checksums;
    if (end < kHeaderBytes || end > checks.size())
      checks.fail("the table of checksums lies outside the file");
    const std::uint64_t blocks = (end - kHeaderBytes + kBlockBytes - 1) / kBlockBytes;
    if (checks.size() - end != blocks * sizeof(std::uint32_t) || end % sizeof(std::uint32_t) != 0)
      checks.fail("the table of checksums has a wrong size");
    const std::span sums(reinterpret_cast<const std::uint32_t*>(checks.at(end)), blocks);
    if (crc32c(std::as_bytes(sums)) != header.checksums_crc) checks.fail("the table of checksums is damaged");
    checks.use(end, sums);
    directory = checks.checked_array<DirectoryEntry>(header.directory, header.registers);
    if (directory.empty()) checks.fail("it has no register");
  }
};

IndexFile::IndexFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
IndexFile::~IndexFile() = default;
IndexFile::IndexFile(IndexFile&&) noexcept = default;

std::size_t IndexFile::size() const noexcept {
  return impl_->directory.size();
}

std::uint64_t IndexFile::bytes() const noexcept {
  return impl_->checks.size();
}

IndexedRegister IndexFile::register_at(std::size_t number) const {
  const DirectoryEntry& entry = impl_->directory[number];
  const auto chars = impl_->checks.checked_array<char>(entry.text, entry.text_bytes);
  const auto read = [&] {
    try {
      return read_register(chars, entry);
    } catch (const core::InputError& error) {
      impl_->checks.fail(fmt::format("the text of register {} is malformed: {}", number + 1, error.what()));
    }
  };
  IndexedRegister of = read();
  if (of.reg.enumerable_state_count() != entry.states) impl_->checks.fail("its number of states is not q^d");
  return of;
}

OrbitView IndexFile::view(std::size_t number) const {
  const DirectoryEntry& entry = impl_->directory[number];
  const BlockChecks& checks = impl_->checks;
  if (entry.kind != static_cast<std::uint32_t>(Kind::nonsingular) &&
      entry.kind != static_cast<std::uint32_t>(Kind::singular))
    checks.fail("a register is neither nonsingular nor singular");
  OrbitView view;
  view.checks_ = &checks;
  view.nonsingular_ = entry.kind == static_cast<std::uint32_t>(Kind::nonsingular);
  view.states_ = entry.states;
  view.marks_ = entry.marks;
  if (entry.marks == 0 || entry.marks > entry.states || entry.marks >= std::uint64_t{1} << 32)
    checks.fail("a number of distinguished states is out of range");
  view.cycles_ = checks.array<IndexedCycle>(entry.cycle_table, entry.cycles);
  view.positions_ = checks.array<std::uint64_t>(entry.positions, entry.marks);
  view.cycle_of_ = checks.array<std::uint32_t>(entry.cycle_of, entry.marks);
  if (!view.nonsingular_) view.distances_ = checks.array<std::uint32_t>(entry.distances, entry.marks);
  view.order_ = checks.array<std::uint32_t>(entry.order, entry.ordered);
  return view;
}

void IndexFile::check_blocks(int threads) const {
  for_pieces(impl_->checks.blocks(), 16, threads, [&](std::uint64_t block, std::uint64_t end) {
    for (; block < end; ++block) impl_->checks.check(block);
  });
}

}  // namespace gforbit::index
