/// Items on their way: immutable records of named values with the index of the source item they come from,
/// held by columns. A batch is shared by all terms that read it; slices of it share its storage.
///
/// An item that is made of several (a window, a sum) has the index of the last of them, so the indices that
/// leave a term never decrease and no term has to wait for an index that is still to come.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/galois/field.hpp"
#include "gforbit/stream/blocks.hpp"
#include "gforbit/stream/elements.hpp"

namespace gforbit::stream {

enum class Type : std::uint8_t {
  int64,
  float64,
  text,
  element,   ///< of a field
  elements,  ///< a vector of elements of a field
  uint64
};

/// "int64", "float64", "text", "element", "elements", "uint64"
[[nodiscard]] std::string_view type_name(Type type) noexcept;

struct ColumnType {
  std::string name;
  Type type{};
  std::optional<galois::Field> field{};  ///< of element and elements
  /// Values may be missing. Of float64 a missing value is NaN, whatever this says.
  bool nullable = false;

  friend bool operator==(const ColumnType&, const ColumnType&) = default;
};

/// The names and types of the values of an item, in order.
class Schema {
 public:
  Schema() = default;
  /// @throws core::InputError  two columns of one name
  explicit Schema(std::vector<ColumnType> columns);

  [[nodiscard]] std::size_t size() const noexcept { return columns_.size(); }
  [[nodiscard]] const ColumnType& operator[](std::size_t i) const { return columns_[i]; }
  [[nodiscard]] const std::vector<ColumnType>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const noexcept;
  /// @throws core::InputError  no such column; those that there are are named
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  /// "value: element, p_value: float64"
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Schema&, const Schema&) = default;

 private:
  std::vector<ColumnType> columns_;
};

/// Which columns of a schema are meant, by position.
using ColumnSet = std::vector<bool>;

/// Values from some place of a shared array on.
template <class T>
struct Slice {
  using value_type = T;
  std::shared_ptr<const T> begin;  ///< it owns the whole array
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return begin.get()[i]; }
  [[nodiscard]] Slice from(std::size_t first) const noexcept { return {{begin, begin.get() + first}}; }
};

template <class T, class Allocator>
[[nodiscard]] Slice<T> make_slice(std::vector<T, Allocator> values) {
  const auto owner = std::make_shared<const std::vector<T, Allocator>>(std::move(values));
  return {{owner, owner->data()}};
}
/// Of a block that is filled.
template <class T>
[[nodiscard]] Slice<T> make_slice(std::shared_ptr<T[]> values) {
  T* const begin = values.get();
  return {{std::move(values), begin}};
}

using AnyColumn = std::variant<Slice<std::int64_t>, Slice<double>, Slice<std::string>, Elements,
                               Slice<Elements>, Slice<std::uint64_t>>;

/// The values of one column, one alternative a Type, in its order, and which of them are missing.
struct Column : AnyColumn {
  Slice<std::uint8_t> nulls{};  ///< 1: missing, and the value is anything; none: nothing is missing

  Column() = default;
  template <class T>
  requires(std::constructible_from<AnyColumn, T> && !std::same_as<std::remove_cvref_t<T>, Column>)
      Column(T&& values)
      : AnyColumn(std::forward<T>(values)) {}  // NOLINT: a column of these values
  [[nodiscard]] bool has_nulls() const noexcept { return nulls.begin != nullptr; }
  [[nodiscard]] bool is_null(std::size_t row) const noexcept { return has_nulls() && nulls[row] != 0; }
};

/// A missing value.
struct Null {
  friend bool operator==(Null, Null) = default;
};
/// One value; elements of a field as integers.
using Value = std::variant<std::int64_t, double, std::string, Elements, std::uint64_t, Null>;

/// Source indices of the items of a batch, never decreasing: first, first + 1, ..., or a list.
class Indices {
 public:
  Indices() = default;
  static Indices counting(std::uint64_t first) { return Indices(first, {}); }
  static Indices list(std::vector<std::uint64_t> values) { return Indices(0, make_slice(std::move(values))); }
  static Indices list(std::shared_ptr<std::uint64_t[]> values) {
    return Indices(0, make_slice(std::move(values)));
  }
  [[nodiscard]] std::uint64_t operator[](std::size_t i) const noexcept {
    return values_.begin ? values_[i] : first_ + i;
  }
  [[nodiscard]] bool is_counting() const noexcept { return !values_.begin; }
  /// Whether the first `n` of both are the same, and each of them occurs once.
  [[nodiscard]] bool are_those_of(const Indices& other, std::size_t n) const noexcept;
  [[nodiscard]] Indices slice(std::size_t first) const {
    return is_counting() ? counting(first_ + first) : Indices(0, values_.from(first));
  }

 private:
  Indices(std::uint64_t first, Slice<std::uint64_t> values) : first_(first), values_(std::move(values)) {}
  std::uint64_t first_ = 0;
  Slice<std::uint64_t> values_;
};

/// Items of one schema. The columns are as long as `size` at least.
struct Batch {
  std::size_t size = 0;
  Indices indices;
  std::vector<Column> columns;

  [[nodiscard]] Value value(std::size_t column, std::size_t row) const;
  [[nodiscard]] Batch slice(std::size_t first, std::size_t n) const;
  /// The given rows, in the given order.
  [[nodiscard]] Batch gather(std::span<const std::uint32_t> rows) const;
  /// About what the batch keeps in memory.
  [[nodiscard]] std::uint64_t bytes() const noexcept;
};

/// All items of `parts` in order; the parts have equal schemas. At least one part.
[[nodiscard]] Batch concatenate(std::span<const Batch> parts);

/// The rows [first, first + n) of one of several batches.
struct RowRun {
  std::size_t part = 0;
  std::size_t first = 0, n = 0;
};
/// All rows of the runs in order; the parts have equal schemas and rows. At least one run. What merging many
/// streams of few rows each needs: no slices are made.
[[nodiscard]] Batch concatenate(std::span<const Batch> parts, std::span<const RowRun> runs);

/// Rows of a batch from one on.
struct RowsFrom {
  const Batch* batch = nullptr;
  std::size_t first = 0;
};
/// The first rows of all parts, then the second ones, ..., `n` of each; the n-th ones have the same index.
/// The parts have equal schemas; at least one part.
[[nodiscard]] Batch interleave(std::span<const RowsFrom> parts, std::size_t n);

/// A row as JSON: {"x": 1, "name": "a"}. A missing value and NaN are null, infinities the texts "Infinity"
/// and
/// "-Infinity".
/// @param most_elements  of vectors; others are left out
[[nodiscard]] std::string text_of_row(const Schema& schema, const Batch& batch, std::size_t row,
                                      std::uint64_t most_elements = UINT64_MAX);

void put_batch(core::ByteWriter& out, const Batch& batch);
[[nodiscard]] Batch get_batch(core::ByteReader& in);

/// Makes a batch row by row.
class BatchBuilder {
 public:
  explicit BatchBuilder(const Schema& schema);
  /// The values must have the types of the schema, or be missing.
  void add(std::uint64_t index, std::vector<Value> values) { add(index, std::span(values)); }
  /// The values are moved from.
  void add(std::uint64_t index, std::span<Value> values);
  [[nodiscard]] std::size_t size() const noexcept { return indices_.size(); }
  [[nodiscard]] Batch take();

 private:
  struct ColumnBuilder {
    std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>, ElementsBuilder,
                 std::vector<Elements>, std::vector<std::uint64_t>>
        values{};
    std::vector<std::uint8_t> nulls{};  ///< up to the last one that is missing
  };
  std::vector<ColumnBuilder> columns_;
  std::vector<std::uint64_t> indices_;
};

}  // namespace gforbit::stream
