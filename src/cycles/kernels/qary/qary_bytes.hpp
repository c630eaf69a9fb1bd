/// Bytes as lanes: fields up to GF(256), 64 states in a vector of 512 bits.
///
/// A function of one cell (a coefficient times a power of it) is a look into a table. With the byte
/// permutations of AVX-512 VBMI any table of 256 entries costs four instructions; elsewhere 16 entries a
/// shuffle, so a function that is additive (x -> c x) is composed from its values on both halves of the byte;
/// over GF(2^m) it is a matrix, for which GFNI has an instruction. Without shuffles (SSE2) tables are looked
/// up a lane at a time.
///
/// Products add logarithms. For q <= 16 the logarithm of 0 is 240, which stays at least 128 when others are
/// added to it (see kMostFactors in qary_tape.cpp), and a shuffle gives 0 for such an index. For larger q the
/// smallest factor is kept aside: it is 0 where one of them is.
///
/// Sums: XOR in characteristic 2; for primes add, and subtract q where that leaves less (as unsigned
/// numbers); fields such as GF(9) add tables of digits with space for carries and look up the element at the
/// end (Sum::packed).
#pragma once

#include <cstdint>

#include "qary_machine.hpp"

namespace gforbit::cycles::qary {

template <class Isa>
struct Bytes {
  using Vec = typename Isa::Vec;
  using Element = std::uint8_t;
  static constexpr int kPlanes = 1;
  static constexpr int kLanes = sizeof(Vec);
  static constexpr int kMaskWords = 1;
  static constexpr bool kAffine = Isa::kAffine;
  static constexpr bool kLookup = Isa::kLookup;

  struct Block {
    Vec v[kBlock];
  };

  static Vec broadcast(std::uint32_t value) { return Vec{} + static_cast<Element>(value); }
  static Vec support(const Vec* cell) { return *cell; }
  static Vec common(Vec a, Vec b) { return Isa::min(a, b); }
  /// Not zero where the digit is not less than that of a batch.
  struct Edge {
    Vec below;
    explicit Edge(const LeaderBatch& batch) : below(broadcast(batch.digit - 1)) {}
    Vec operator()(const Vec* cell) const { return Isa::subtract_saturated(*cell, below); }
  };
  static void zero_lanes(Vec v, std::uint64_t* mask) { *mask = Isa::zero_lanes(v); }

  template <class Make>
  [[gnu::always_inline]] static void make(Block& to, Make make_one) {
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) to.v[i] = make_one(i);
  }

  /// a + b modulo q <= 128.
  [[gnu::always_inline]] static Vec add_low(Vec a, Vec b, Vec q) {
    const Vec sum = a + b;
    return Isa::min(sum, sum - q);
  }
  /// a - b modulo n <= 255, 0 <= a < n, 0 <= b <= n.
  [[gnu::always_inline]] static Vec subtract(Vec a, Vec b, Vec n) {
    return a - b + (static_cast<Vec>(a < b) & n);
  }

  /// Vector by vector, in registers: an initializer would fill memory.
  [[gnu::always_inline]] static void clear(Block& block) {
    make(block, [](int) { return Vec{}; });
  }

  /// sum += term(i), or sum = term(i) where the sum starts.
  template <Sum kSum, class Term>
  [[gnu::always_inline]] static void add(Block& sum, bool starts, Vec q, Term term) {
    if (starts) return make(sum, term);
    make(sum, [&](int i) -> Vec {
      if constexpr (kSum == Sum::exclusive_or) return sum.v[i] ^ term(i);
      if constexpr (kSum == Sum::low) return add_low(sum.v[i], term(i), q);
      if constexpr (kSum == Sum::high) return subtract(sum.v[i], q - term(i), q);
      return sum.v[i] + term(i);
    });
  }

  /// look(function of a vector): `entries` of the table matter.
  template <class Look>
  [[gnu::always_inline]] static void with_table(const std::uint8_t* table, int entries, Look look) {
    if (entries == 16) {
      look([small = Isa::table16(table)](Vec v) { return Isa::lookup16(small, v); });
    } else if (entries == 128) {
      look([half = Isa::table128(table)](Vec v) { return Isa::lookup128(half, v); });
    } else {
      look([whole = Isa::table256(table)](Vec v) { return Isa::lookup256(whole, v); });
    }
  }

  /// The block of new cells whose first vector is at `at`. Only the sum and the product are carried from one
  /// instruction to the next, so that they stay in registers.
  template <Sum kSum>
  [[gnu::always_inline]] static void evaluate_as(const Lanes& lanes, Vec* at) {
    const Vec q = broadcast(lanes.arithmetic.order), one_less = q - 1;
    const int entries = lanes.arithmetic.cell_table;
    Block sum, product, least;
    clear(sum);
    clear(product);
    clear(least);
    const Instruction* const end = lanes.instructions + lanes.instruction_count;
    for (const Instruction* in = lanes.instructions; in != end; ++in) {
      const Vec* const cell = at + in->cell;
      const std::uint8_t* const table = lanes.tables + static_cast<std::int64_t>(in->table) * kTableSize;
      switch (in->op) {
        case Op::add_cell:
          add<kSum>(sum, in->starts, q, [&](int i) { return cell[i]; });
          break;
        case Op::add_constant:
          add<kSum>(sum, in->starts, q, [c = broadcast(in->constant)](int) { return c; });
          break;
        case Op::add_lookup:
          with_table(table, entries,
                     [&](auto f) { add<kSum>(sum, in->starts, q, [&](int i) { return f(cell[i]); }); });
          break;
        case Op::add_nibbles: {
          const auto low = Isa::table16(table), high = Isa::table16(table + 16);
          add<kSum>(sum, in->starts, q, [&](int i) { return Isa::lookup16(low, cell[i] & 15); });
          add<kSum>(sum, false, q, [&](int i) { return Isa::lookup16(high, cell[i] >> 4); });
          break;
        }
        case Op::add_affine:
          if constexpr (kAffine && kSum == Sum::exclusive_or) {
            const auto matrix = Isa::matrix(table);
            add<kSum>(sum, in->starts, q, [&](int i) { return Isa::affine(cell[i], matrix); });
          }
          break;
        case Op::log:
          with_table(table, entries, [&](auto f) { make(product, [&](int i) { return f(cell[i]); }); });
          if (entries != 16) make(least, [&](int i) { return cell[i]; });
          break;
        case Op::log_value: {
          const std::uint8_t* const zeros = lanes.tables + std::int64_t{kTableSize} * in->constant;
          with_table(table, entries, [&](auto f) { make(product, [&](int i) { return f(cell[i]); }); });
          with_table(zeros, entries, [&](auto f) { make(least, [&](int i) { return f(cell[i]); }); });
          break;
        }
        case Op::log_next_value: {
          const std::uint8_t* const zeros = lanes.tables + std::int64_t{kTableSize} * in->constant;
          with_table(table, entries, [&](auto f) {
            make(product, [&](int i) { return subtract(product.v[i], f(cell[i]), one_less); });
          });
          with_table(zeros, entries,
                     [&](auto f) { make(least, [&](int i) { return Isa::min(least.v[i], f(cell[i])); }); });
          break;
        }
        case Op::log_next:
          if (entries == 16) {
            const auto f = Isa::table16(table);
            make(product, [&](int i) {
              const Vec logs = Isa::add_saturated(product.v[i], Isa::lookup16(f, cell[i]));
              return Isa::min(logs, logs - one_less);
            });
          } else {
            with_table(table, entries, [&](auto f) {
              make(product, [&](int i) { return subtract(product.v[i], f(cell[i]), one_less); });
            });
            make(least, [&](int i) { return Isa::min(least.v[i], cell[i]); });
          }
          break;
        case Op::map:
          with_table(table, entries, [&](auto f) { make(product, [&](int i) { return f(product.v[i]); }); });
          break;
        case Op::add_product:
          if (entries == 16) {
            const auto f = Isa::table16(table);
            add<kSum>(sum, in->starts, q, [&](int i) { return Isa::lookup16(f, product.v[i]); });
          } else {
            with_table(table, entries, [&](auto f) {
              add<kSum>(sum, in->starts, q,
                        [&](int i) { return f(product.v[i]) & static_cast<Vec>(least.v[i] != 0); });
            });
          }
          break;
        case Op::reduce:
          with_table(table, kTableSize, [&](auto f) { make(sum, [&](int i) { return f(sum.v[i]); }); });
          break;
        case Op::fold:
          // The total is built where it belongs.
          with_table(table, kTableSize, [&](auto f) {
#pragma GCC unroll 8
            for (int i = 0; i < kBlock; ++i) at[i] = in->starts ? f(sum.v[i]) : at[i] + f(sum.v[i]);
          });
          break;
        default:
          break;
      }
    }
    if constexpr (kSum != Sum::packed) {
#pragma GCC unroll 8
      for (int i = 0; i < kBlock; ++i) at[i] = sum.v[i];
    }
  }

  [[gnu::always_inline]] static void evaluate(const Lanes& lanes, Vec* at) {
    switch (lanes.arithmetic.sum) {
      case Sum::exclusive_or:
        return evaluate_as<Sum::exclusive_or>(lanes, at);
      case Sum::low:
        return evaluate_as<Sum::low>(lanes, at);
      case Sum::high:
        return evaluate_as<Sum::high>(lanes, at);
      case Sum::packed:
        return evaluate_as<Sum::packed>(lanes, at);
    }
  }
};

}  // namespace gforbit::cycles::qary
