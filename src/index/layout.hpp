/// The layout of an index file, little-endian; docs/index.md describes it. Private to the module.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace gforbit::index {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

inline constexpr std::array<char, 8> kMagic{'g', 'f', 'o', 'r', 'b', 'i', 't', '\x1a'};
inline constexpr std::uint64_t kHeaderBytes = 4096, kBlockBytes = 65536, kAlignment = 64;

struct FileHeader {
  std::array<char, 8> magic = kMagic;
  std::uint32_t major = 0, minor = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t registers = 0;      ///< entries of the directory
  std::uint64_t directory = 0;      ///< offset
  std::uint64_t checksums = 0;      ///< offset: CRC-32C of each block from kHeaderBytes to here
  std::uint32_t checksums_crc = 0;  ///< of the table of checksums
  std::uint32_t unused = 0;
  std::array<char, 4036> zeros{};
  std::uint32_t crc = 0;  ///< of all that is before it
};
static_assert(sizeof(FileHeader) == kHeaderBytes);

enum class Kind : std::uint32_t { nonsingular = 1, singular = 2 };

struct DirectoryEntry {
  std::uint64_t row = 0;
  std::uint64_t text = 0, text_bytes = 0;  ///< the register, in JSON
  std::uint64_t states = 0, marks = 0, cycles = 0, ordered = 0;
  // Offsets.
  std::uint64_t cycle_table = 0;  ///< representative, period, first: uint64 each
  std::uint64_t positions = 0;    ///< uint64 by mark
  std::uint64_t cycle_of = 0;     ///< uint32 by mark
  std::uint64_t distances = 0;    ///< uint32 by mark; 0: the register is nonsingular
  std::uint64_t order = 0;        ///< uint32
  std::uint32_t kind = 0;
  std::uint32_t level = 0;
  std::array<std::uint64_t, 3> zeros{};
};
static_assert(sizeof(DirectoryEntry) == 128);

}  // namespace gforbit::index
