/// Units of the search and their results as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gforbit/core/bytes.hpp"
#include "gforbit/search/examine.hpp"

namespace gforbit::job_search {

/// What a rank must know of a family to work on any of its functions.
struct UnitBody {
  int degree = 0;
  search::Form form{{1}};
  std::uint64_t first = 0;              ///< of the point 0: the rank, or the number of the sample
  std::optional<std::uint64_t> seed{};  ///< of samples

  [[nodiscard]] core::Bytes bytes() const;
  /// @throws core::CorruptRecord
  [[nodiscard]] static UnitBody read(std::span<const std::byte> bytes);
};

[[nodiscard]] core::Bytes tally_bytes(const search::Tally& tally);
/// @throws core::CorruptRecord
[[nodiscard]] search::Tally read_tally(std::span<const std::byte> bytes);

}  // namespace gforbit::job_search
