/// Expressions over the values of an item, worked out for a whole batch at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "gforbit/stream/batch.hpp"
#include "gforbit/stream/syntax.hpp"

namespace gforbit::stream {

/// Numbers of rows of a batch, increasing.
struct Rows {
  std::shared_ptr<std::uint32_t[]> numbers;
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::uint32_t> span() const noexcept { return {numbers.get(), size}; }
};

/// An expression bound to a schema. Integers stay integers under + - * % and comparisons (modulo 2^64); `/`
/// and functions give doubles; a comparison is 0 or 1. `x % n` has the sign of n; by 0 it is 0. Elements of a
/// field count as integers. The name `index` is the source index unless a column has it.
///
/// Functions: abs, sqrt, log, exp, floor, min, max, length (of a text or a vector of elements).
/// Immutable, thread-safe.
class Formula {
 public:
  /// @throws SyntaxError  unknown name or function, types that do not fit: points at the place in `text`
  Formula(std::string_view text, const Expression& expression, const Schema& schema);
  ~Formula();
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;

  [[nodiscard]] Type type() const noexcept;  ///< int64, float64 or text
  /// One value an item.
  [[nodiscard]] Column evaluate(const Batch& batch) const;

  /// The rows for which it is not 0, increasing. Not for a text.
  [[nodiscard]] Rows rows(const Batch& batch) const;

 private:
  struct Root;
  std::unique_ptr<const Root> root_;
};

}  // namespace gforbit::stream
