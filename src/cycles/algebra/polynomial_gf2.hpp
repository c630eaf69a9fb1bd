// Polynomials over GF(2), 64 coefficients a word: ten times faster than one word a coefficient, and binary
// registers are the longest that people use.
//
// This and its two siblings (polynomial_prime.hpp, polynomial_extension.hpp) offer one set of operations,
// which the algorithms of polynomial_split.hpp and polynomial_order.cpp are written in:
//
//   Ring     make, coefficients, constant, degree (-1 for 0), minus, gcd (monic), quotient (exact),
//   remainder, derivative,
//            root (the p-th root of a polynomial in x^p), random (degree < n); q, p, digits (m where q =
//            p^m), kLongestBlock (see polynomial_split.hpp)
//   Residues the ring modulo a polynomial f of degree >= 1: times, square, reduced, x, modulus, is_sparse
//
// Each operation takes a bounded time; loops over them poll the stop token in between.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::cycles {

class BinaryRing {
 public:
  /// Bit i of the sequence of words is the coefficient of x^i; the last word is not 0.
  using Poly = std::vector<std::uint64_t>;

  static constexpr std::uint64_t q = 2, p = 2;
  static constexpr unsigned digits = 1;
  static constexpr int kLongestBlock = 512;

  [[nodiscard]] static Poly make(std::span<const galois::Element> coefficients);
  [[nodiscard]] static std::vector<galois::Element> coefficients(const Poly& a);
  [[nodiscard]] static Poly constant(galois::Element c) { return c == 0 ? Poly{} : Poly{1}; }
  [[nodiscard]] static int degree(const Poly& a);
  [[nodiscard]] static Poly minus(const Poly& a, const Poly& b);
  [[nodiscard]] static Poly gcd(Poly a, Poly b);
  [[nodiscard]] static Poly quotient(Poly a, const Poly& b);
  [[nodiscard]] static Poly remainder(Poly a, const Poly& b);
  [[nodiscard]] static Poly derivative(const Poly& a);
  [[nodiscard]] static Poly root(const Poly& a);
  [[nodiscard]] static Poly random(int n, std::mt19937_64& random);

  class Residues;
};

class BinaryRing::Residues {
 public:
  Residues(const BinaryRing& ring, Poly f);
  [[nodiscard]] const Poly& modulus() const { return f_; }
  [[nodiscard]] Poly x() const { return reduced(Poly{2}); }
  [[nodiscard]] Poly reduced(Poly a) const;
  [[nodiscard]] Poly times(const Poly& a, const Poly& b) const;
  [[nodiscard]] Poly square(const Poly& a) const;
  /// The modulus has so few terms that powers cost much less than products.
  [[nodiscard]] bool is_sparse() const { return !exponents_.empty(); }

 private:
  [[nodiscard]] Poly reduced_by_inverse(Poly a) const;

  Poly f_;
  int degree_;
  std::vector<std::size_t> exponents_;  ///< of f_ below its degree, increasing; empty: reduced by inverse_
  Poly inverse_;                        ///< x^(2 degree) div f_
};

}  // namespace gforbit::cycles
