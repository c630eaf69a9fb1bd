/// Expressions over the values of an item, worked out for a whole batch at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/stream/batch.hpp"
#include "gforbit/stream/syntax.hpp"

namespace gforbit::stream {

/// Numbers of rows of a batch, increasing.
struct Rows {
  std::shared_ptr<std::uint32_t[]> numbers;
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::uint32_t> span() const noexcept { return {numbers.get(), size}; }
};

/// An item for which an expression has no result.
struct RowError {
  std::uint32_t row = 0;
  std::string message;
};

/// An expression bound to a schema; docs/streams.md has the language. Integers stay integers, exactly; what
/// does not fit, and a division by 0, is an error of the item. A comparison is 0 or 1. Elements of a field
/// count as integers. The name `index` is the source index unless a column has it. What is missing makes the
/// result missing. Immutable, thread-safe.
class Formula {
 public:
  /// @throws SyntaxError  unknown name or function, types that do not fit: points at the place in `text`
  Formula(std::string_view text, const Expression& expression, const Schema& schema);
  ~Formula();
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;

  [[nodiscard]] Type type() const noexcept;  ///< int64, float64, text or uint64
  [[nodiscard]] bool is_nullable() const noexcept;
  [[nodiscard]] bool may_fail() const noexcept;
  /// Adds the columns that it reads.
  void add_columns(ColumnSet& columns) const;

  /// One value an item. @param errors  appended, by increasing row; what stands there is anything
  [[nodiscard]] Column evaluate(const Batch& batch, std::vector<RowError>& errors) const;

  /// The rows for which it holds: not 0, and not missing. Not for a text.
  [[nodiscard]] Rows rows(const Batch& batch, std::vector<RowError>& errors) const;

 private:
  struct Root;
  std::unique_ptr<const Root> root_;
};

/// The language of expressions, for the help.
[[nodiscard]] std::string expression_help();

}  // namespace gforbit::stream
