/// Going through a table row by row without holding it: memory is one block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::report {

/// Rows per block: large enough that a read is worth its call, small enough for texts of any length.
inline constexpr std::uint64_t kBlockRows = std::uint64_t{1} << 16;

/// Calls `action(block, first)` for every block of the table; `first` is the number of the block's first row.
/// @throws core::InputError  the table cannot be read
template <class Action>
void for_each_block(const store::ResultReader& reader, const std::string& table, Action&& action,
                    std::uint64_t block_rows = kBlockRows) {
  const std::uint64_t n = reader.n_rows(table);
  for (std::uint64_t first = 0; first < n; first += block_rows)
    action(reader.read(table, first, block_rows), first);
}

/// Makes sure that the file has the table `expected` with at least its columns, of its types: what follows
/// may then use them by name. Later minor versions may have more.
/// @throws core::InputError  it has not
void require_table(const store::ResultReader& reader, const store::TableSpec& expected);

/// Takes the rows of a table that is sorted by its uint64 column `group`, one group after the other.
class GroupedRows {
 public:
  /// @throws core::InputError  no such table, or the column is missing or not uint64
  GroupedRows(const store::ResultReader& reader, std::string table, const std::string& group = "register");

  /// Calls `action(block, row)` for each row of the group; groups must be asked for in increasing order.
  /// @throws core::InputError  rows of an earlier group come now: the table is not sorted
  template <class Action>
  void take(std::uint64_t group, Action&& action) {
    while (has_row() && current_group() <= group) {
      if (current_group() < group) fail_unsorted();
      action(static_cast<const store::Table&>(block_), row_);
      ++row_;
    }
  }

 private:
  [[nodiscard]] bool has_row();
  [[nodiscard]] std::uint64_t current_group() const { return groups_[row_]; }
  [[noreturn]] void fail_unsorted() const;
  [[nodiscard]] store::Table read_block();

  const store::ResultReader& reader_;
  std::string table_;
  std::string group_;
  std::uint64_t n_rows_;
  std::uint64_t next_ = 0;             ///< first row after the block
  std::vector<std::uint64_t> groups_;  ///< of the block
  std::size_t row_ = 0;                ///< in the block
  store::Table block_;                 ///< last: reading it sets the others
};

/// The fields of a row as text: what every format that people and scripts read is made of.
class RowFormat {
 public:
  explicit RowFormat(const store::TableSpec& spec);

  /// The field as plain text: numbers in full, flags as their meanings, texts as they are.
  [[nodiscard]] std::string text(const store::Table& block, std::size_t column, std::size_t row) const;
  /// The field as a JSON value. A count whose exact value is not in the column (its `_decimal` twin has
  /// another value, or none) is null.
  [[nodiscard]] std::string json(const store::Table& block, std::size_t column, std::size_t row) const;
  /// `"name": value, ...` of all columns, without braces.
  [[nodiscard]] std::string json_members(const store::Table& block, std::size_t row) const;

 private:
  static constexpr std::size_t kNoTwin = ~std::size_t{0};
  std::vector<std::string> keys_;   ///< names as JSON texts
  std::vector<std::size_t> twins_;  ///< column of NAME_decimal, or kNoTwin
};

/// `text` as a JSON string with its quotes; bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace gforbit::report
