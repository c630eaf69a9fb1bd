/// Bytes that a run keeps on disk instead of in memory until it writes its output: a file without a name
/// beside the output, which vanishes with the process however that ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "gforbit/core/bytes.hpp"

namespace gforbit::store {

/// Not thread-safe. Memory: two blocks of 256 KiB and the largest record.
class Spool {
 public:
  /// @throws core::OutputError  nothing can be written in `folder`
  explicit Spool(const std::filesystem::path& folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// @return where the record is; below 2^56
  /// @throws core::OutputError  the disk is full, ...
  std::uint64_t append(std::span<const std::byte> record);
  /// The record that append() put at `offset`. Reading in about the order of writing is fast.
  /// @throws core::OutputError  it cannot be read
  [[nodiscard]] core::Bytes read(std::uint64_t offset);

  [[nodiscard]] std::uint64_t bytes() const noexcept { return written_ + unwritten_.size(); }

 private:
  void flush();
  void read_bytes(std::uint64_t offset, std::span<std::byte> to);
  [[noreturn]] void fail(const char* what, int error) const;

  std::string folder_;
  int fd_ = -1;
  std::uint64_t written_ = 0;  ///< bytes in the file
  core::Bytes unwritten_;      ///< what follows them
  core::Bytes block_;          ///< bytes of the file from block_offset_ on
  std::uint64_t block_offset_ = 0;
};

}  // namespace gforbit::store
