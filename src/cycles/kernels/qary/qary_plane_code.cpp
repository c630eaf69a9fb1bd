#include "qary_plane_code.hpp"

#include <bit>
#include <cassert>
#include <vector>

#include "qary_machine.hpp"

namespace gforbit::cycles::qary {

namespace {

using galois::Element;
using galois::Field;

/// Coefficients low to high, of the modulus that the kernels know.
std::vector<Element> kernel_modulus(const Field& field) {
  if (field.order() == 9) return {1, 0, 1};
  const auto m = static_cast<std::size_t>(field.extension_degree());
  std::vector<Element> coefficients(m + 1, 0);
  for (std::size_t i = 0; i < m; ++i) coefficients[i] = static_cast<Element>(kPlaneModulus[m] >> i & 1);
  coefficients[m] = 1;
  return coefficients;
}

/// The element of `field` that is this polynomial at x.
Element value_at(const Field& field, const std::vector<Element>& polynomial, Element x) {
  Element value = 0;
  for (auto c = polynomial.rbegin(); c != polynomial.rend(); ++c) {
    // The prime field's elements are the integers below p.
    value = field.add(field.multiply(value, x), *c);
  }
  return value;
}

/// A root of the kernels' modulus: what their x is in the user's field.
Element root_of_kernel_modulus(const Field& field) {
  const auto modulus = kernel_modulus(field);
  Element root = 0;
  while (value_at(field, modulus, root) != 0) ++root;
  return root;
}

std::uint8_t trit_code(Element digit) {
  return static_cast<std::uint8_t>(digit == 0 ? 0 : digit == 1 ? 1 : 3);
}

/// The code of a polynomial.
std::uint8_t code_of(const std::vector<Element>& coefficients, std::uint64_t p) {
  const int bits = p == 3 ? 2 : 1;
  unsigned code = 0;
  int shift = 0;
  for (const Element c : coefficients) {
    code |= static_cast<unsigned>(p == 3 ? trit_code(c) : c) << shift;
    shift += bits;
  }
  return static_cast<std::uint8_t>(code);
}

}  // namespace

bool has_planes(const Field& field) {
  const std::uint64_t q = field.order();
  return q == 3 || q == 5 || q == 7 || q == 9 || (std::has_single_bit(q) && q >= 4 && q <= 256);
}

PlaneCode plane_code(const Field& field) {
  assert(has_planes(field));
  const std::uint64_t q = field.order(), p = field.characteristic();
  const int m = field.extension_degree();
  PlaneCode result;
  const Element root = m == 1 ? 0 : root_of_kernel_modulus(field);
  for (std::uint64_t n = 0; n < q; ++n) {
    // The polynomial whose coefficients are the digits of n, in the kernels' field and in the user's.
    std::vector<Element> digits;
    std::uint64_t rest = n;
    for (int i = 0; i < m; ++i, rest /= p) digits.push_back(rest % p);
    const Element element = m == 1 ? n : value_at(field, digits, root);
    const std::uint8_t code = p > 3 ? static_cast<std::uint8_t>(n) : code_of(digits, p);
    result.code.at(element) = code;
    result.element.at(code) = static_cast<std::uint8_t>(element);
  }
  return result;
}

}  // namespace gforbit::cycles::qary
