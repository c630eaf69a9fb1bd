// Random polynomials over fields of all kinds, for the tests of the algebraic method.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::testing_support {

/// GF(2); small and large primes; extensions with Conway moduli, with one whose root is not primitive, and of
/// 2^32 elements.
inline std::vector<galois::Field> sample_fields() {
  using galois::Field;
  std::vector<Field> fields;
  for (const std::uint64_t q : {2ull, 3ull, 4ull, 5ull, 8ull, 9ull, 13ull, 25ull, 27ull, 49ull, 64ull, 81ull,
                                256ull, 257ull, 65537ull, 4294967291ull}) {
    fields.push_back(Field::of_order(q));
  }
  const std::vector<std::uint64_t> aes{1, 1, 0, 1, 1, 0, 0, 0, 1}, not_primitive{1, 0, 1};
  fields.push_back(Field::with_modulus(256, aes));
  fields.push_back(Field::with_modulus(9, not_primitive));
  std::vector<std::uint64_t> binary(33, 0);
  for (const int i : {0, 1, 2, 22, 32}) binary[static_cast<std::size_t>(i)] = 1;
  fields.push_back(Field::with_modulus(std::uint64_t{1} << 32, binary));
  return fields;
}

inline galois::Element minus_one(const galois::Field& field) {
  return field.negate(1);
}

/// Monic, of this degree; low to high.
inline std::vector<galois::Element> random_monic(std::mt19937_64& random, const galois::Field& field,
                                                 int degree) {
  std::vector<galois::Element> f(static_cast<std::size_t>(degree) + 1, 1);
  for (int i = 0; i < degree; ++i) f[static_cast<std::size_t>(i)] = random() % field.order();
  return f;
}

inline std::vector<galois::Element> product(const galois::Field& field, const std::vector<galois::Element>& a,
                                            const std::vector<galois::Element>& b) {
  std::vector<galois::Element> c(a.size() + b.size() - 1, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) c[i + j] = field.add(c[i + j], field.multiply(a[i], b[j]));
  }
  return c;
}

}  // namespace gforbit::testing_support
