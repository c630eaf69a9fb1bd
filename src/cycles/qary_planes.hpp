/// GF(3) and GF(4) in two planes of bits: 512 states in a pair of vectors of 512 bits.
///
/// GF(3): (n, s) with n = 1 for the elements that are not 0 and s = 1 for the element 2. A product is (n n',
/// n n' (s ^ s')), 2 x is (n, n & ~s). With t = ~(n ^ s ^ s') the sum is ((n | n') & ~(t n n'), t ? s & ~n' :
/// n' & ~s): three functions of three bits, each one instruction with AVX-512. GF(4): the digits (a, b) of a
/// + b w, w^2 = w + 1. A sum is the XOR of both planes.
#pragma once

#include <cstdint>

#include "qary_machine.hpp"

namespace gforbit::cycles::qary {

/// Common to both: layout and the tape. `Field` has add, multiply, scale, power of pairs.
template <class Isa, template <class> class Field>
struct Planes {
  using Vec = typename Isa::Vec;
  static constexpr int kPlanes = 2;
  static constexpr int kLanes = 8 * sizeof(Vec);
  static constexpr int kMaskWords = kLanes / 64;
  static constexpr bool kAffine = false, kLookup = false;
  using F = Field<Isa>;
  using Pair = typename F::Pair;

  struct Block {
    Pair v[kBlock];
  };

  static Vec support(const Vec* cell) { return cell[0] | cell[1]; }
  static Vec common(Vec a, Vec b) { return a & b; }
  static void zero_lanes(Vec v, std::uint64_t* mask) { *reinterpret_cast<Vec*>(mask) = ~v; }

  template <class Make>
  [[gnu::always_inline]] static void make(Block& to, Make make_one) {
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) to.v[i] = make_one(i);
  }

  /// Vector by vector, in registers: an initialiser would fill memory.
  [[gnu::always_inline]] static void clear(Block& block) {
    make(block, [](int) { return Pair{}; });
  }

  /// use(power) with a cell's power 1, 2 or 3 as a function.
  template <class Use>
  [[gnu::always_inline]] static void with_power(std::uint32_t exponent, const Vec* cell, Use use) {
    if (exponent == 1) {
      use([=](int i) { return Pair{cell[2 * i], cell[2 * i + 1]}; });
    } else if (exponent == 2) {
      use([=](int i) { return F::square({cell[2 * i], cell[2 * i + 1]}); });
    } else {
      use([=](int i) { return F::support({cell[2 * i], cell[2 * i + 1]}); });
    }
  }

  template <class Term>
  [[gnu::always_inline]] static void add(Block& sum, const Instruction& in, Term term) {
    if (in.starts) return make(sum, term);
    make(sum, [&](int i) { return F::add(sum.v[i], term(i)); });
  }

  /// The block of new cells whose first pair is at `at`.
  [[gnu::always_inline]] static void evaluate(const Lanes& lanes, Vec* at) {
    Block sum, product;
    clear(sum);
    clear(product);
    const Instruction* const end = lanes.instructions + lanes.instruction_count;
    for (const Instruction* in = lanes.instructions; in != end; ++in) {
      const Vec* const cell = at + 2 * in->cell;
      switch (in->op) {
        case Op::add_cell:
          add(sum, *in, [&](int i) { return Pair{cell[2 * i], cell[2 * i + 1]}; });
          break;
        case Op::add_constant:
          add(sum, *in, [&](int) { return F::broadcast(in->constant); });
          break;
        case Op::first:
          with_power(in->constant, cell, [&](auto power) { make(product, power); });
          break;
        case Op::times:
          with_power(in->constant, cell, [&](auto power) {
            make(product, [&](int i) { return F::multiply(product.v[i], power(i)); });
          });
          break;
        case Op::scale:
          if (in->constant == 2) {
            make(product, [&](int i) { return F::twice(product.v[i]); });
          } else {
            make(product, [&](int i) { return F::twice(F::twice(product.v[i])); });
          }
          break;
        case Op::add_product:
          add(sum, *in, [&](int i) { return product.v[i]; });
          break;
        default:
          break;
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) {
      at[2 * i] = sum.v[i].first;
      at[2 * i + 1] = sum.v[i].second;
    }
  }
};

/// first: not 0; second: is 2.
template <class Isa>
struct Trits {
  using Vec = typename Isa::Vec;
  struct Pair {
    Vec first, second;
  };
  static Pair broadcast(std::uint32_t c) { return {Isa::all(c != 0), Isa::all(c == 2)}; }
  static Pair add(Pair x, Pair y) {
    const Vec t = Isa::not_xor3(x.first, x.second, y.second);
    return {Isa::or_unless_all(x.first, y.first, t), Isa::choose_difference(t, x.second, y.first)};
  }
  static Pair multiply(Pair x, Pair y) {
    const Vec both = x.first & y.first;
    return {both, Isa::and_xor(both, x.second, y.second)};
  }
  static Pair twice(Pair x) { return {x.first, x.first & ~x.second}; }
  static Pair square(Pair x) { return {x.first, Vec{}}; }
  static Pair support(Pair x) { return x; }  // x^3 = x
};

/// first + second w.
template <class Isa>
struct Quads {
  using Vec = typename Isa::Vec;
  struct Pair {
    Vec first, second;
  };
  static Pair broadcast(std::uint32_t c) { return {Isa::all((c & 1) != 0), Isa::all((c & 2) != 0)}; }
  static Pair add(Pair x, Pair y) { return {x.first ^ y.first, x.second ^ y.second}; }
  static Pair multiply(Pair x, Pair y) {
    const Vec high = x.second & y.second;
    const Vec cross = Isa::xor_and(high, x.first, y.second);
    return {Isa::xor_and(high, x.first, y.first), Isa::xor_and(cross, x.second, y.first)};
  }
  static Pair twice(Pair x) { return {x.second, x.first ^ x.second}; }  // times w
  static Pair square(Pair x) { return {x.first ^ x.second, x.second}; }
  static Pair support(Pair x) { return {x.first | x.second, Vec{}}; }  // x^3 = 1
};

}  // namespace gforbit::cycles::qary
