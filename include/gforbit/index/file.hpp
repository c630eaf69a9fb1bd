/// The file of an orbit index. docs/index.md has its layout.
///
///     IndexWriter file("a.gfi");
///     file.add({.id = "1", .row = 0, .reg = reg}, orbits);
///     file.commit();
///
///     const IndexFile index("a.gfi");
///     const Locator locator(index.register_at(0), index.view(0));
///     const Place place = locator.locate(state);
///
/// A header, then data in blocks of 64 KiB with a CRC-32C each. The reader maps the file into memory and
/// checks a block when it is touched for the first time, so that one look-up reads a few blocks of a large
/// file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gforbit/fsr/register.hpp"
#include "gforbit/index/orbits.hpp"

namespace gforbit::index {

inline constexpr std::uint32_t kFormatMajor = 1, kFormatMinor = 0;

/// The register that a part of the file belongs to.
struct IndexedRegister {
  std::string id;
  std::uint64_t row = 0;  ///< of the batch
  fsr::Register reg;
  std::uint32_t level = 0;  ///< vector level that walked the segments: the value of a cycles::SimdLevel
};

/// Bytes of the parts of a file that belong to one register, at most; those of its cycles come on top.
[[nodiscard]] std::uint64_t index_bytes(std::uint64_t marks, bool nonsingular) noexcept;

class IndexWriter {
 public:
  /// Whether a file can be written there. @throws core::OutputError  it cannot: it is something else than a
  /// regular file, there is no folder, ...
  static void check(const std::filesystem::path& path);

  /// Begins the file beside its name. @throws core::OutputError
  explicit IndexWriter(const std::filesystem::path& path);
  /// Without commit() nothing stays.
  ~IndexWriter();
  IndexWriter(const IndexWriter&) = delete;
  IndexWriter& operator=(const IndexWriter&) = delete;

  /// @throws core::OutputError  the disk is full, ...
  void add(const IndexedRegister& of, const Orbits& orbits);
  /// The register shares the part of an earlier one. @param number  of the call of add() for that one
  void add_equal(const IndexedRegister& of, std::size_t number);
  [[nodiscard]] std::size_t size() const noexcept;
  /// The file is complete and durable under its name. @throws core::OutputError
  void commit();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Checks the blocks of a file as they are touched. Thread-safe.
class BlockChecks;

/// The table of one register in a file: as Orbits, but with a check of every block that is touched.
class OrbitView {
 public:
  [[nodiscard]] std::uint64_t states() const noexcept { return states_; }
  [[nodiscard]] std::uint64_t marks() const noexcept { return marks_; }
  [[nodiscard]] bool nonsingular() const noexcept { return nonsingular_; }
  [[nodiscard]] std::uint64_t n_cycles() const noexcept { return cycles_.size(); }
  [[nodiscard]] std::uint64_t n_ordered() const noexcept { return order_.size(); }
  /// Both are of one file, and of registers that share all their tables there.
  [[nodiscard]] bool same_tables(const OrbitView& other) const noexcept {
    const auto same = [](const auto& a, const auto& b) {
      return a.data() == b.data() && a.size() == b.size();
    };
    return states_ == other.states_ && nonsingular_ == other.nonsingular_ && same(cycles_, other.cycles_) &&
           same(positions_, other.positions_) && same(cycle_of_, other.cycle_of_) &&
           same(distances_, other.distances_) && same(order_, other.order_);
  }

  // Numbers within range (asserted). @throws core::InputError  the block does not have its checksum
  [[nodiscard]] IndexedCycle cycle(std::uint64_t row) const { return get(cycles_, row); }
  [[nodiscard]] std::uint64_t position(std::uint64_t mark) const { return get(positions_, mark); }
  [[nodiscard]] std::uint32_t cycle_of(std::uint64_t mark) const { return get(cycle_of_, mark); }
  [[nodiscard]] std::uint32_t distance(std::uint64_t mark) const {
    return nonsingular_ ? 0 : get(distances_, mark);
  }
  [[nodiscard]] std::uint32_t ordered(std::uint64_t place) const { return get(order_, place); }
  /// Where the marks of a cycle end in the order.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t row) const {
    return row + 1 < cycles_.size() ? cycle(row + 1).first : order_.size();
  }

 private:
  friend class IndexFile;
  template <class T>
  [[nodiscard]] T get(std::span<const T> column, std::uint64_t i) const;
  void touch(const void* place, std::size_t bytes) const;

  std::uint64_t states_ = 0, marks_ = 0;
  bool nonsingular_ = true;
  std::span<const IndexedCycle> cycles_;
  std::span<const std::uint64_t> positions_;
  std::span<const std::uint32_t> cycle_of_, distances_, order_;
  const BlockChecks* checks_ = nullptr;
};

class IndexFile {
 public:
  /// Reads header and directory. @throws core::InputError  no such file, no index, of a newer version, cut or
  /// damaged
  explicit IndexFile(const std::filesystem::path& path);
  ~IndexFile();
  IndexFile(IndexFile&&) noexcept;
  IndexFile& operator=(IndexFile&&) = delete;

  [[nodiscard]] std::size_t size() const noexcept;  ///< registers
  /// @throws core::InputError  the text describes no register
  [[nodiscard]] IndexedRegister register_at(std::size_t number) const;
  /// Lives as long as the file. @throws core::InputError  its parts do not lie in the file
  [[nodiscard]] OrbitView view(std::size_t number) const;
  /// Checks every block. @throws core::InputError  one does not have its checksum
  void check_blocks(int threads) const;
  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

template <class T>
T OrbitView::get(std::span<const T> column, std::uint64_t i) const {
  touch(&column[i], sizeof(T));
  return column[i];
}

}  // namespace gforbit::index
