/// Tables in memory: what the jobs fill, the writer stores and the reader returns. Plain data, no HDF5.
///
/// A table is a set of equally long typed columns, because that is what a result file holds and what an
/// analyst's data frame is. The specification carries the texts of the schema, so a file documents itself.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace gforbit::store {

enum class ColumnType {
  uint64,
  int64,
  int32,
  int8,
  uint8,
  float64,
  fixed_text,  ///< identifiers and decimal numbers: in the file as wide as the longest value
  text         ///< free text: in the file of variable length
};

/// "uint64", "fixed_text", ...
[[nodiscard]] std::string_view name_of(ColumnType type) noexcept;

struct ColumnSpec {
  std::string name;
  std::string long_name;  ///< what the numbers mean, with the fill value if there is one
  std::string units;      ///< empty: none
  ColumnType type{};
  std::vector<std::string> flag_meanings =
      {};  ///< names of the categories 0..n-1 of an int8 column, without blanks

  friend bool operator==(const ColumnSpec&, const ColumnSpec&) = default;
};

struct TableSpec {
  std::string path;  ///< in the file, without a leading slash: "results/registers"
  std::string title;
  std::vector<ColumnSpec> columns;

  friend bool operator==(const TableSpec&, const TableSpec&) = default;
};

/// An attribute and the type of its value as docs/file-format.md names it: "uint8", "text", "list of int8",
/// ...
struct AttributeSpec {
  std::string name;
  std::string type;

  friend bool operator==(const AttributeSpec&, const AttributeSpec&) = default;
};

/// The values of one column. Both kinds of text are strings here.
using ColumnData = std::variant<std::vector<std::uint64_t>, std::vector<std::int64_t>,
                                std::vector<std::int32_t>, std::vector<std::int8_t>,
                                std::vector<std::uint8_t>, std::vector<double>, std::vector<std::string>>;

/// A specification and its values. Wrong names, types and counts are errors of the program:
/// core::InternalError. Not thread-safe while it is changed.
class Table {
 public:
  /// @throws core::InternalError  two columns of one name, no columns, or flag meanings on a column that is
  /// not int8
  explicit Table(TableSpec spec);

  [[nodiscard]] const TableSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::size_t n_columns() const noexcept { return data_.size(); }
  /// Position of the column `name`. Cost: linear in the number of columns.
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  [[nodiscard]] bool has_column(std::string_view name) const noexcept;

  /// The values of a column; T is the element type of the column's ColumnType (std::string for texts).
  template <class T>
  [[nodiscard]] std::vector<T>& column(std::string_view name) {
    const std::size_t i = index_of(name);
    auto* const values = std::get_if<std::vector<T>>(&data_[i]);
    if (values == nullptr) fail_type(i);
    return *values;
  }
  template <class T>
  [[nodiscard]] const std::vector<T>& column(std::string_view name) const {
    const std::size_t i = index_of(name);
    const auto* const values = std::get_if<std::vector<T>>(&data_[i]);
    if (values == nullptr) fail_type(i);
    return *values;
  }
  [[nodiscard]] const ColumnData& data(std::size_t column) const { return data_.at(column); }
  [[nodiscard]] ColumnData& data(std::size_t column) { return data_.at(column); }

  /// Appends one row: a value for every column in order. Integers of any type and enums are accepted where
  /// the value fits the column, numbers for float64, whatever converts to std::string for texts. All or
  /// nothing.
  template <class... Values>
  void append(Values&&... values) {
    if (sizeof...(Values) != data_.size()) fail_count(sizeof...(Values));
    const auto row = std::tuple<Values&&...>(std::forward<Values>(values)...);
    append_checked(row, std::index_sequence_for<Values...>{});
  }

  /// Appends the rows [first, first + n) of a table with equal columns.
  void append_rows(const Table& other, std::size_t first, std::size_t n);
  /// Removes the first `n` rows.
  void drop_front(std::size_t n);

  /// Common length of the columns.
  /// @throws core::InternalError  the columns are not equally long
  [[nodiscard]] std::size_t n_rows() const;

 private:
  template <class Row, std::size_t... I>
  void append_checked(const Row& row, std::index_sequence<I...>) {
    (check_value(I, std::get<I>(row)), ...);
    (push_value(I, std::get<I>(row)), ...);
  }

  template <class Value>
  void check_value(std::size_t i, const Value& value) const {
    std::visit(
        [&]<class T>(const std::vector<T>&) {
          if constexpr (std::is_enum_v<Value>) {
            if constexpr (!std::integral<T>)
              fail_type(i);
            else
              check_range<T>(i, static_cast<std::underlying_type_t<Value>>(value));
          } else if constexpr (std::integral<T>) {
            if constexpr (!std::integral<Value>)
              fail_type(i);
            else
              check_range<T>(i, value);
          } else if constexpr (std::floating_point<T>) {
            if constexpr (!std::integral<Value> && !std::floating_point<Value>) fail_type(i);
          } else if constexpr (!std::convertible_to<const Value&, std::string_view>) {
            fail_type(i);
          }
        },
        data_[i]);
  }

  template <class T, class Value>
  void check_range(std::size_t i, Value value) const {
    if constexpr (!std::same_as<Value, bool>) {
      // A character type is an integer to the language, but not to std::cmp_*: widen it first.
      if (!std::in_range<T>(+value)) fail_range(i, fmt::format("{}", +value));
    }
  }

  template <class Value>
  void push_value(std::size_t i, const Value& value) {
    std::visit(
        [&]<class T>(std::vector<T>& values) {
          if constexpr (std::is_arithmetic_v<T> && (std::is_arithmetic_v<Value> || std::is_enum_v<Value>)) {
            values.push_back(static_cast<T>(value));
          } else if constexpr (std::same_as<T, std::string> &&
                               std::convertible_to<const Value&, std::string_view>) {
            values.emplace_back(std::string_view(value));
          }
        },
        data_[i]);
  }

  [[noreturn]] void fail_count(std::size_t given) const;
  [[noreturn]] void fail_type(std::size_t column) const;
  [[noreturn]] void fail_range(std::size_t column, const std::string& value) const;

  TableSpec spec_;
  std::vector<ColumnData> data_;
};

}  // namespace gforbit::store
