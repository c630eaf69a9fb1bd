/// The rows of a batch that a run has (--part), and which of them ask for the same work (--coalesce).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/config/common.hpp"

namespace gforbit::skeleton {

/// Rows [first, end) of a whole batch.
struct PartRows {
  std::uint64_t first = 0, end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - first; }
};

/// @param n     rows of the whole batch
/// @param what  a row of it: "register"
/// @throws core::UsageError  there are fewer rows than parts
void require_parts(config::Part part, std::uint64_t n, std::string_view what);

/// Slice I of N. @throws as require_parts()
[[nodiscard]] PartRows part_rows(config::Part part, std::uint64_t n, std::string_view what);

/// For each key the number of the first equal one.
/// @param keys  fewer than 2^32
[[nodiscard]] std::vector<std::uint32_t> first_equal(std::span<const std::string> keys);

/// Memory: 4 bytes a row, 8 with parts. Rows are numbered from 0 in this run.
class BatchRows {
 public:
  BatchRows() = default;
  /// @param first_equal  by row of the whole batch: the first row that asks for the same work; empty: each
  ///                     its own
  BatchRows(std::vector<std::uint32_t> first_equal, PartRows part);
  /// @param keys  of the rows of the whole batch; rows with equal keys ask for the same work
  /// @throws      as part_rows()
  BatchRows(std::span<const std::string> keys, const config::CommonOptions& options, std::string_view what);

  [[nodiscard]] std::uint64_t size() const noexcept { return part_.size(); }
  /// In the whole batch.
  [[nodiscard]] PartRows part() const noexcept { return part_; }
  /// The first row of this run that asks for the same work as `row`, perhaps itself.
  [[nodiscard]] std::uint64_t first_equal(std::uint64_t row) const {
    return first_.empty() ? row : first_[row];
  }
  /// The same in rows of the whole batch: it may be in an earlier part.
  [[nodiscard]] std::uint64_t first_equal_of_batch(std::uint64_t row) const {
    return first_of_batch_.empty() ? part_.first + first_equal(row) : first_of_batch_[row];
  }
  /// For the column coalesced_into: the first equal row; -1: it is the row itself.
  [[nodiscard]] std::int64_t coalesced_into(std::uint64_t row) const {
    return first_equal(row) == row ? -1 : static_cast<std::int64_t>(first_equal(row));
  }

 private:
  PartRows part_;
  std::vector<std::uint32_t> first_;           ///< empty: each row is its own
  std::vector<std::uint32_t> first_of_batch_;  ///< empty: there is one part, or each row is its own
};

}  // namespace gforbit::skeleton
