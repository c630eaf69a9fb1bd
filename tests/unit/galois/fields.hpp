// The fields that the tests of this room run over: every kind of arithmetic inside Field, at its borders.
#pragma once

#include <cstdint>
#include <ostream>
#include <random>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::galois::test {

struct FieldCase {
  std::uint64_t q;
  std::vector<std::uint64_t> modulus;  // empty: the default

  [[nodiscard]] Field make() const {
    return modulus.empty() ? Field::of_order(q) : Field::with_modulus(q, modulus);
  }
  friend std::ostream& operator<<(std::ostream& out, const FieldCase& c) {
    return out << "GF(" << c.q << ") modulus '" << c.make().modulus_text() << "'";
  }
};

inline const std::vector<FieldCase> kFieldCases = {
    {2, {}},
    {3, {}},
    {5, {}},
    {257, {}},
    {65537, {}},
    {2147483647, {}},
    {4294967291, {}},
    {4, {}},
    {8, {}},
    {9, {}},
    {9, {1, 0, 1}},  // a has order 4
    {16, {}},
    {16, {1, 1, 1, 1, 1}},  // a has order 5
    {25, {}},
    {27, {}},
    {243, {}},
    {256, {}},
    {256, {1, 1, 0, 1, 1, 0, 0, 0, 1}},  // 0x11B: a has order 51
    {343, {}},
    {6561, {}},
    {65536, {}},
    {63001, {}},  // 251^2, the largest odd order with logarithms that is a square
    {66049, {}},  // 257^2, the first without
    {131072, {}},
    {std::uint64_t{1} << 32, {}},
    {3486784401, {}},  // 3^20, the longest digit vectors
    {1073741789 /* prime */, {}},
};

/// A random element, with 0, 1 and q - 1 more often than chance has them.
class RandomElements {
 public:
  RandomElements(const Field& field, std::uint64_t seed) : q_(field.order()), engine_(seed) {}
  Element operator()() {
    switch (engine_() % 16) {
      case 0:
        return 0;
      case 1:
        return 1;
      case 2:
        return q_ - 1;
      default:
        return std::uniform_int_distribution<std::uint64_t>(0, q_ - 1)(engine_);
    }
  }
  Element nonzero() {
    for (;;) {
      if (const Element a = (*this)(); a != 0) return a;
    }
  }
  std::uint64_t word() { return engine_(); }

 private:
  std::uint64_t q_;
  std::mt19937_64 engine_;
};

}  // namespace gforbit::galois::test
