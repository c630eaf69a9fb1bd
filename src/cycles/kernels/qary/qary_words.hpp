/// Elements of 16 or 32 bits as lanes: primes below 2^31 and fields GF(2^m).
///
/// Primes multiply by Montgomery's method: multiply(x, y) = x y / R modulo q, R = 2^16 or 2^32. Cells are
/// kept as they are; a product of n cells lacks n - 1 factors R, and the coefficient by which it is scaled at
/// the end brings them. GF(2^m) multiplies bit by bit.
#pragma once

#include <cstdint>

#include "qary_machine.hpp"

namespace gforbit::cycles::qary {

template <class Isa>
struct Words {
  using Element = typename Isa::Element;
  using Vec = typename Isa::Vec;
  static constexpr int kPlanes = 1;
  static constexpr int kLanes = sizeof(Vec) / sizeof(Element);
  static constexpr int kMaskWords = 1;
  static constexpr bool kAffine = false, kLookup = false;
  static constexpr int kBits = 8 * sizeof(Element);

  struct Block {
    Vec v[kBlock];
  };

  static Vec broadcast(std::uint32_t value) { return Vec{} + static_cast<Element>(value); }
  static Vec support(const Vec* cell) { return *cell; }
  static Vec min(Vec a, Vec b) { return a < b ? a : b; }
  static Vec common(Vec a, Vec b) { return min(a, b); }
  /// Not zero where the digit is not less than that of a batch.
  struct Edge {
    Vec below;
    explicit Edge(const LeaderBatch& batch) : below(broadcast(batch.digit - 1)) {}
    Vec operator()(const Vec* cell) const { return *cell - min(*cell, below); }
  };
  static void zero_lanes(Vec v, std::uint64_t* mask) { *mask = Isa::zero_lanes(v); }

  template <class Make>
  [[gnu::always_inline]] static void make(Block& to, Make make_one) {
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) to.v[i] = make_one(i);
  }

  /// Vector by vector, in registers: an initializer would fill memory.
  [[gnu::always_inline]] static void clear(Block& block) {
    make(block, [](int) { return Vec{}; });
  }

  /// x y / R modulo the prime q: the low half of x y is cancelled by a multiple of q.
  [[gnu::always_inline]] static Vec montgomery(Vec x, Vec y, Vec q, Vec inverse) {
    const Vec high = Isa::multiply_high(x, y);
    const Vec cancelled = Isa::multiply_high(x * y * inverse, q);
    return high - cancelled + (static_cast<Vec>(high < cancelled) & q);
  }

  /// All ones where the top bit of an element is set.
  [[gnu::always_inline]] static Vec top_bit(Vec v) {
    using Signed = decltype(v < v);
    return (Vec)((Signed)v >> (kBits - 1));
  }

  /// x y in GF(2^m), by Horner's rule on the bits of y. All are moved to the upper end of the element, where
  /// the next bit of y and what leaves the sum are signs.
  [[gnu::always_inline]] static Vec carryless(Vec x, Vec y, const Arithmetic& field) {
    const int empty = kBits - field.bits;
    const Vec modulus = broadcast(field.modulus) << empty;
    x <<= empty;
    y <<= empty;
    Vec sum{};
    for (int bit = 0; bit < field.bits; ++bit, y += y) {
      sum = (sum + sum) ^ (top_bit(sum) & modulus) ^ (top_bit(y) & x);
    }
    return sum >> empty;
  }

  template <class Factor>
  [[gnu::always_inline]] static void multiply(Block& product, const Arithmetic& field, Factor factor) {
    if (field.bits != 0) {
      make(product, [&](int i) { return carryless(product.v[i], factor(i), field); });
    } else {
      const Vec q = broadcast(field.order), inverse = broadcast(field.inverse);
      make(product, [&](int i) { return montgomery(product.v[i], factor(i), q, inverse); });
    }
  }

  template <Sum kSum>
  [[gnu::always_inline]] static Vec plus(Vec a, Vec b, Vec q) {
    if constexpr (kSum == Sum::exclusive_or) return a ^ b;
    if constexpr (kSum == Sum::low) return min(a + b, a + b - q);
    const Vec rest = q - b;
    return a - rest + (static_cast<Vec>(a < rest) & q);
  }

  /// use(a function that adds two vectors), as the field does.
  template <class Use>
  [[gnu::always_inline]] static void with_plus(const Arithmetic& field, Use use) {
    const Vec q = broadcast(field.order);
    switch (field.sum) {
      case Sum::exclusive_or:
        return use([&](Vec a, Vec b) { return plus<Sum::exclusive_or>(a, b, q); });
      case Sum::low:
        return use([&](Vec a, Vec b) { return plus<Sum::low>(a, b, q); });
      default:
        return use([&](Vec a, Vec b) { return plus<Sum::high>(a, b, q); });
    }
  }

  template <class Term>
  [[gnu::always_inline]] static void add(Block& sum, const Instruction& in, const Arithmetic& field,
                                         Term term) {
    if (in.starts) return make(sum, term);
    with_plus(field, [&](auto plus_of) { make(sum, [&](int i) { return plus_of(sum.v[i], term(i)); }); });
  }

  /// The block of new cells whose first vector is at `at`.
  [[gnu::always_inline]] static void evaluate(const Lanes& lanes, Vec* at) {
    const Arithmetic& field = lanes.arithmetic;
    Block sum, product;
    clear(sum);
    clear(product);
    const Instruction* const end = lanes.instructions + lanes.instruction_count;
    for (const Instruction* in = lanes.instructions; in != end; ++in) {
      const Vec* const cell = at + in->cell;
      const auto of_cell = [&](int i) { return cell[i]; };
      const Vec constant = broadcast(in->constant);
      switch (in->op) {
        case Op::add_cell:
          add(sum, *in, field, of_cell);
          break;
        case Op::add_constant:
          add(sum, *in, field, [&](int) { return constant; });
          break;
        case Op::first:
          make(product, of_cell);
          break;
        case Op::times:
          multiply(product, field, of_cell);
          break;
        case Op::first_shifted:
          with_plus(field,
                    [&](auto plus_of) { make(product, [&](int i) { return plus_of(cell[i], constant); }); });
          break;
        case Op::times_shifted:
          with_plus(field, [&](auto plus_of) {
            multiply(product, field, [&](int i) { return plus_of(cell[i], constant); });
          });
          break;
        case Op::square:
          multiply(product, field, [&](int i) { return product.v[i]; });
          break;
        case Op::scale:
          multiply(product, field, [&](int) { return constant; });
          break;
        case Op::add_product:
          add(sum, *in, field, [&](int i) { return product.v[i]; });
          break;
        default:
          break;
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) at[i] = sum.v[i];
  }
};

}  // namespace gforbit::cycles::qary
