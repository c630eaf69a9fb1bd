// The feedback of a register with q > 2, compiled for state indices.
//
// Reading a cell is a division by q^cell and one by q; both are multiplications (divider.hpp), or shifts
// where q is a power of two, and only cells that occur are read. What follows depends on q:
//   q <= 256: all terms of one cell become one table of q values; a product of functions of several cells
//             (cell_products.hpp) is one table lookup a function (the first holds the coefficient too) and
//             one in the multiplication table between them;
//   larger:   the arithmetic of Field.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/core/divider.hpp"
#include "gforbit/fsr/cell_products.hpp"

namespace gforbit::fsr {

class DigitStep {
 public:
  /// At most 2^63 states.
  explicit DigitStep(const Feedback& feedback);

  [[nodiscard]] galois::Element feedback(std::uint64_t state) const noexcept;
  /// floor(state / q)
  [[nodiscard]] std::uint64_t without_oldest(std::uint64_t state) const noexcept {
    return is_power_of_two_ ? state >> bits_ : by_q_.quotient(state);
  }

 private:
  static constexpr std::size_t kMaxCells = 39;  // 3^39 < 2^63 < 3^40
  using Digits = std::uint64_t[kMaxCells];
  enum class Sum { exclusive_or, modular, table };

  struct Cell {
    core::Divider by_place;  // q^cell
    int shift;               // the same for q a power of two
  };
  struct Lookup {
    std::uint32_t slot;    // in cells_
    std::uint32_t offset;  // in tables_
  };
  struct Function {
    std::uint32_t slot;
    CellFunction of;
  };
  /// coefficient (large q only) * factors [first, last) of lookups_ or functions_
  struct Product {
    galois::Element coefficient;
    std::size_t first, last;
  };

  void compile_small(std::span<const CellProduct> sum, const std::vector<std::uint32_t>& slot_of);
  void compile_large(std::span<const CellProduct> sum, const std::vector<std::uint32_t>& slot_of);
  void read(std::uint64_t state, Digits& digits) const noexcept;
  [[nodiscard]] galois::Element small_value(const Digits& digits) const noexcept;
  [[nodiscard]] galois::Element large_value(const Digits& digits) const noexcept;

  galois::Field field_;
  std::uint64_t q_;
  bool is_power_of_two_;
  int bits_;  // log2 q, for q a power of two
  core::Divider by_q_;
  std::vector<Cell> cells_;  // those that occur, increasing
  std::vector<Product> products_;
  galois::Element constant_ = 0;

  // q <= 256
  bool small_;
  Sum sum_ = Sum::exclusive_or;
  std::vector<Lookup> singles_;         // terms of one cell, at most one a cell
  std::vector<Lookup> lookups_;         // factors of products
  std::vector<std::uint8_t> tables_;    // values by digit, q each
  std::vector<std::uint8_t> multiply_;  // [q][q], only where there are products
  std::vector<std::uint8_t> add_;       // [q][q], only for Sum::table
  // larger q
  std::vector<Function> functions_;
};

}  // namespace gforbit::fsr
