/// The fields whose cells are planes of bits. A field here is any one of its order: its elements are coded as
/// qary_plane_code.hpp says, so the representation is the one that multiplies best, whatever the modulus of
/// the user's field.
///
/// A function of three bits is one instruction with AVX-512; these are what a step costs.
#pragma once

#include <cstdint>

#include "qary_machine.hpp"

namespace gforbit::cycles::qary {

/// A function of three planes, given by what it does to bits.
template <class Isa, class Rule>
[[gnu::always_inline]] inline typename Isa::Vec combine(typename Isa::Vec a, typename Isa::Vec b,
                                                        typename Isa::Vec c, Rule) {
  constexpr int kTruth = [] {
    int truth = 0;
    for (int i = 0; i < 8; ++i)
      truth |= static_cast<int>(Rule{}((i & 4) != 0, (i & 2) != 0, (i & 1) != 0)) << i;
    return truth;
  }();
  return Isa::template function<kTruth>(a, b, c);
}

/// The planes of a constant.
template <class Isa, class Value>
[[gnu::always_inline]] inline Value constant_planes(std::uint32_t code) {
  constexpr int kPlanes = sizeof(Value) / sizeof(typename Isa::Vec);
  Value x;
#pragma GCC unroll 8
  for (int p = 0; p < kPlanes; ++p) x.v[p] = Isa::all((code >> p & 1) != 0);
  return x;
}

/// A field whose sums are values and whose products can be multiplied with each other. `Base` has constant,
/// plus, product, multiply, value_of and normal, which ends a sum.
template <class Base>
struct PlainSums : Base {
  using typename Base::Product;
  using typename Base::Value;
  using Sum = Value;
  static Value value(const Sum& x) { return Base::normal(x); }
  static void add(Sum& sum, bool starts, const Value& x) { sum = starts ? x : Base::plus(sum, x); }
  static void add_product(Sum& sum, bool starts, const Product& x) { add(sum, starts, Base::value_of(x)); }
  static void add_times(Sum& sum, bool starts, const Product& x, const Value& y) {
    add_product(sum, starts, times(x, y));
  }
  static void add_scaled(Sum& sum, bool starts, const Value& x, std::uint32_t code) {
    add_product(sum, starts, scale(Base::product(x), code));
  }
  static Product times(const Product& x, const Value& y) { return Base::multiply(x, Base::product(y)); }
  static Product square(const Product& x) { return Base::multiply(x, x); }
  static Value shifted(const Value& x, std::uint32_t code) {
    return Base::normal(Base::plus(x, Base::constant(code)));
  }
  static Product scale(const Product& x, std::uint32_t code) { return times(x, Base::constant(code)); }
};

/// What is common to fields whose products are values.
template <class Isa, class V>
struct ValueProducts {
  using Value = V;
  using Product = V;
  static Value constant(std::uint32_t code) { return constant_planes<Isa, Value>(code); }
  static Product product(const Value& x) { return x; }
  static Value value_of(const Product& x) { return x; }
  static Value normal(const Value& x) { return x; }
};

/// GF(3): v[0] = 1 for the elements that are not 0, v[1] = 1 for the element 2. A sum takes three
/// instructions, a product two.
template <class Isa>
struct Trit {
  using Vec = typename Isa::Vec;
  Vec v[2];

  friend Trit operator+(const Trit& x, const Trit& y) {
    const Vec t = combine<Isa>(x.v[0], x.v[1], y.v[1], [](bool a, bool b, bool c) { return a == (b != c); });
    return {
        {combine<Isa>(x.v[0], y.v[0], t, [](bool a, bool b, bool c) { return (a || b) && !(a && b && c); }),
         combine<Isa>(t, x.v[1], y.v[0], [](bool a, bool b, bool c) { return a ? b && !c : c && !b; })}};
  }
  friend Trit operator*(const Trit& x, const Trit& y) {
    const Vec both = x.v[0] & y.v[0];
    return {{both, combine<Isa>(both, x.v[1], y.v[1], [](bool a, bool b, bool c) { return a && b != c; })}};
  }
  friend Trit operator-(const Trit& x) { return {{x.v[0], x.v[0] & ~x.v[1]}}; }
};

template <class Isa>
struct TritField : ValueProducts<Isa, Trit<Isa>> {
  using Value = Trit<Isa>;
  static constexpr int kPlanes = 2, kAtOnce = 4;
  static Value plus(const Value& x, const Value& y) { return x + y; }
  static Value multiply(const Value& x, const Value& y) { return x * y; }
};
template <class Isa>
using Trits = PlainSums<TritField<Isa>>;

/// GF(9) = GF(3)[i], i^2 = -1: two planes of the real, two of the imaginary part.
template <class Isa>
struct Nine {
  typename Isa::Vec v[4];
  [[nodiscard]] Trit<Isa> real() const { return {{v[0], v[1]}}; }
  [[nodiscard]] Trit<Isa> imaginary() const { return {{v[2], v[3]}}; }
};

template <class Isa>
struct NineField : ValueProducts<Isa, Nine<Isa>> {
  using Value = Nine<Isa>;
  static constexpr int kPlanes = 4, kAtOnce = 2;
  static Value make(const Trit<Isa>& real, const Trit<Isa>& imaginary) {
    return {{real.v[0], real.v[1], imaginary.v[0], imaginary.v[1]}};
  }
  static Value plus(const Value& x, const Value& y) {
    return make(x.real() + y.real(), x.imaginary() + y.imaginary());
  }
  static Value multiply(const Value& x, const Value& y) {
    return make(x.real() * y.real() + -(x.imaginary() * y.imaginary()),
                x.real() * y.imaginary() + x.imaginary() * y.real());
  }
};
template <class Isa>
using Nines = PlainSums<NineField<Isa>>;

/// Sum of two numbers of three bits: three bits and the carry.
template <class Isa>
struct SumOfThreeBits {
  using Vec = typename Isa::Vec;
  Vec s0, s1, s2, carry;
  SumOfThreeBits(const Vec (&x)[3], const Vec (&y)[3]) {
    constexpr auto odd = [](bool a, bool b, bool c) { return a != (b != c); };
    constexpr auto most = [](bool a, bool b, bool c) { return a ? b || c : b && c; };
    s0 = x[0] ^ y[0];
    const Vec c0 = x[0] & y[0];
    s1 = combine<Isa>(x[1], y[1], c0, odd);
    const Vec c1 = combine<Isa>(x[1], y[1], c0, most);
    s2 = combine<Isa>(x[2], y[2], c1, odd);
    carry = combine<Isa>(x[2], y[2], c1, most);
  }
};

/// GF(5): three binary digits. Products add logarithms base 2, two bits, beside the bit "not 0". A sum takes
/// eleven instructions, a product of two cells with its way back nine.
template <class Isa>
struct QuintField {
  using Vec = typename Isa::Vec;
  struct Value {
    Vec v[3];
  };
  struct Product {
    Vec low, high, nonzero;  ///< 1, 2, 4, 3 have the logarithms 0, 1, 2, 3
  };
  static constexpr int kPlanes = 3, kAtOnce = 2;
  static Value constant(std::uint32_t code) { return constant_planes<Isa, Value>(code); }
  static Value plus(const Value& x, const Value& y) {
    const SumOfThreeBits<Isa> s(x.v, y.v);  // 0..8
    return {
        {s.carry | combine<Isa>(s.s2, s.s1, s.s0,
                                [](bool four, bool two, bool one) { return four ? two && !one : one; }),
         s.carry | combine<Isa>(s.s2, s.s1, s.s0,
                                [](bool four, bool two, bool one) { return two && (!four || one); }),
         combine<Isa>(s.s2, s.s1, s.s0, [](bool four, bool two, bool one) { return four && !two && !one; })}};
  }
  static Product product(const Value& x) {
    return {x.v[1],
            combine<Isa>(x.v[2], x.v[1], x.v[0],
                         [](bool four, bool two, bool one) { return four || (two && one); }),
            combine<Isa>(x.v[2], x.v[1], x.v[0], [](bool a, bool b, bool c) { return a || b || c; })};
  }
  static Product multiply(const Product& x, const Product& y) {
    const Vec carry = x.low & y.low;
    return {x.low ^ y.low,
            combine<Isa>(x.high, y.high, carry, [](bool a, bool b, bool c) { return a != (b != c); }),
            x.nonzero & y.nonzero};
  }
  static Value value_of(const Product& x) {
    return {{combine<Isa>(x.nonzero, x.high, x.low, [](bool n, bool h, bool l) { return n && h == l; }),
             x.nonzero & x.low,
             combine<Isa>(x.nonzero, x.high, x.low, [](bool n, bool h, bool l) { return n && h && !l; })}};
  }
  static Value normal(const Value& x) { return x; }
};
template <class Isa>
using Quints = PlainSums<QuintField<Isa>>;

/// GF(7): three binary digits; in sums all ones is 0, too, since a carry out is worth 8 = 1 and goes around.
/// Products: x = +-2^k with k modulo 3, a bit and a trit beside the bit "not 0".
template <class Isa>
struct SeptField {
  using Vec = typename Isa::Vec;
  struct Value {
    Vec v[3];
  };
  struct Product {
    Vec negative, nonzero;
    Trit<Isa> exponent;
  };
  static constexpr int kPlanes = 3, kAtOnce = 2;
  static Value constant(std::uint32_t code) { return constant_planes<Isa, Value>(code); }
  static Value plus(const Value& x, const Value& y) {
    const SumOfThreeBits<Isa> s(x.v, y.v);
    const Vec around = s.s0 & s.carry;
    return {{s.s0 ^ s.carry, s.s1 ^ around,
             combine<Isa>(s.s2, s.s1, around, [](bool a, bool b, bool c) { return a != (b && c); })}};
  }
  static Product product(const Value& x) {
    const auto digits = [&](auto rule) { return combine<Isa>(x.v[2], x.v[1], x.v[0], rule); };
    return {digits([](bool a, bool b, bool c) { return a ? b != c : b && c; }),         // 6, 5, 3
            digits([](bool a, bool b, bool c) { return a || b || c; }),                 //
            {{digits([](bool a, bool b, bool) { return a != b; }),                      // 2, 5, 4, 3
              digits([](bool a, bool b, bool c) { return a ? !b && !c : b && c; })}}};  // 4, 3
  }
  static Product multiply(const Product& x, const Product& y) {
    return {x.negative ^ y.negative, x.nonzero & y.nonzero, x.exponent + y.exponent};
  }
  static Value value_of(const Product& x) {
    // The elements 1, 2, 4 for the exponents 0, 1, 2, and 6, 5, 3 with the sign.
    const auto digit = [&](auto rule) {
      return x.nonzero & combine<Isa>(x.negative, x.exponent.v[0], x.exponent.v[1], rule);
    };
    return {{digit([](bool negative, bool not0, bool) { return negative == not0; }),
             digit([](bool negative, bool not0, bool is2) { return negative != (not0 && !is2); }),
             digit([](bool negative, bool, bool is2) { return negative != is2; })}};
  }
  static Value normal(const Value& x) {
    const Vec all = combine<Isa>(x.v[0], x.v[1], x.v[2], [](bool a, bool b, bool c) { return a && b && c; });
    return {{x.v[0] & ~all, x.v[1] & ~all, x.v[2] & ~all}};
  }
};
template <class Isa>
using Septs = PlainSums<SeptField<Isa>>;

/// GF(2^m), m = kBits: the coefficients of polynomials. Sums have 2 m - 1 of them, and products are added to
/// them as they are, an instruction for two coefficients; the modulus takes its part only at the end.
template <class Isa, int kBits>
struct BinaryField {
  using Vec = typename Isa::Vec;
  struct Value {
    Vec v[kBits];
  };
  using Product = Value;
  struct Sum {
    Vec v[2 * kBits - 1];
  };
  static constexpr int kPlanes = kBits, kAtOnce = kBits <= 2 ? 4 : kBits <= 4 ? 2 : 1;

  static Value constant(std::uint32_t code) { return constant_planes<Isa, Value>(code); }
  static Product product(const Value& x) { return x; }
  static Value shifted(const Value& x, std::uint32_t code) {
    Value sum = constant(code);
#pragma GCC unroll 8
    for (int i = 0; i < kBits; ++i) sum.v[i] ^= x.v[i];
    return sum;
  }

  // A sum is zeros before it starts.
  static void add(Sum& sum, bool, const Value& x) {
#pragma GCC unroll 8
    for (int i = 0; i < kBits; ++i) sum.v[i] ^= x.v[i];
  }
  static void add_product(Sum& sum, bool starts, const Product& x) {
    add(sum, starts, x);
  }
  static void add_times(Sum& sum, bool, const Product& x, const Value& y) {
#pragma GCC unroll 8
    for (int i = 0; i < kBits; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < kBits; ++j) {
        sum.v[i + j] =
            combine<Isa>(sum.v[i + j], x.v[j], y.v[i], [](bool a, bool b, bool c) { return a != (b && c); });
      }
    }
  }
  static void add_scaled(Sum& sum, bool, const Value& x, std::uint32_t code) {
#pragma GCC unroll 8
    for (int i = 0; i < kBits; ++i) {
      if ((code >> i & 1) == 0) continue;
#pragma GCC unroll 8
      for (int j = 0; j < kBits; ++j) sum.v[i + j] ^= x.v[j];
    }
  }
  static Value value(Sum sum) {
#pragma GCC unroll 8
    for (int i = 2 * kBits - 2; i >= kBits; --i) {
#pragma GCC unroll 8
      for (int j = 0; j < kBits; ++j) {
        if ((kPlaneModulus[kBits] >> j & 1) != 0) sum.v[i - kBits + j] ^= sum.v[i];
      }
    }
    Value x;
#pragma GCC unroll 8
    for (int i = 0; i < kBits; ++i) x.v[i] = sum.v[i];
    return x;
  }
  static Product times(const Product& x, const Value& y) {
    Sum sum{};
    add_times(sum, true, x, y);
    return value(sum);
  }
  static Product square(const Product& x) {
    Sum sum{};
#pragma GCC unroll 8
    for (int i = 0; i < kBits; ++i) sum.v[2 * i] = x.v[i];
    return value(sum);
  }
  static Product scale(const Product& x, std::uint32_t code) {
    Sum sum{};
    add_scaled(sum, true, x, code);
    return value(sum);
  }
};
/// BinaryField of one size, as Planes takes it.
template <int kBits>
struct Binary {
  template <class Isa>
  using Field = BinaryField<Isa, kBits>;
};

}  // namespace gforbit::cycles::qary
