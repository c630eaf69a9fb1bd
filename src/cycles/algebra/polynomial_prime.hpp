// Polynomials over GF(p) by FLINT's nmod_poly. The operations are those named in polynomial_gf2.hpp.
#pragma once

#include <flint/nmod_poly.h>

#include <algorithm>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::cycles {

/// An nmod_poly with the lifetime of a C++ value.
class PrimePoly {
 public:
  explicit PrimePoly(std::uint64_t p) { nmod_poly_init(value_, p); }
  PrimePoly(const PrimePoly& other) : PrimePoly(other.value_->mod.n) { nmod_poly_set(value_, other.value_); }
  PrimePoly(PrimePoly&& other) noexcept : PrimePoly(other.value_->mod.n) {
    nmod_poly_swap(value_, other.value_);
  }
  PrimePoly& operator=(PrimePoly other) noexcept {
    nmod_poly_swap(value_, other.value_);
    return *this;
  }
  ~PrimePoly() { nmod_poly_clear(value_); }

  operator nmod_poly_struct*() noexcept { return value_; }              // NOLINT(google-explicit-constructor)
  operator const nmod_poly_struct*() const noexcept { return value_; }  // NOLINT(google-explicit-constructor)
  friend bool operator==(const PrimePoly& a, const PrimePoly& b) {
    return nmod_poly_equal(a.value_, b.value_) != 0;
  }

 private:
  nmod_poly_t value_;
};

class PrimeRing {
 public:
  using Poly = PrimePoly;

  explicit PrimeRing(const galois::Field& field) : q(field.order()), p(field.order()) {}

  const std::uint64_t q, p;
  static constexpr unsigned digits = 1;
  static constexpr int kLongestBlock = 16;

  [[nodiscard]] Poly make(std::span<const galois::Element> coefficients) const {
    Poly a(p);
    for (std::size_t i = coefficients.size(); i > 0; --i) {
      nmod_poly_set_coeff_ui(a, static_cast<slong>(i - 1), coefficients[i - 1]);
    }
    return a;
  }
  [[nodiscard]] static std::vector<galois::Element> coefficients(const Poly& a) {
    std::vector<galois::Element> result(static_cast<std::size_t>(degree(a) + 1));
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] = nmod_poly_get_coeff_ui(a, static_cast<slong>(i));
    return result;
  }
  [[nodiscard]] Poly constant(galois::Element c) const { return make(std::span(&c, 1)); }
  [[nodiscard]] static int degree(const Poly& a) { return static_cast<int>(nmod_poly_degree(a)); }
  [[nodiscard]] Poly minus(const Poly& a, const Poly& b) const { return made(nmod_poly_sub, a, b); }
  [[nodiscard]] Poly gcd(const Poly& a, const Poly& b) const { return made(nmod_poly_gcd, a, b); }
  [[nodiscard]] Poly quotient(const Poly& a, const Poly& b) const { return made(nmod_poly_div, a, b); }
  [[nodiscard]] Poly remainder(const Poly& a, const Poly& b) const { return made(nmod_poly_rem, a, b); }
  [[nodiscard]] Poly derivative(const Poly& a) const { return made(nmod_poly_derivative, a); }
  [[nodiscard]] Poly root(const Poly& a) const { return made(nmod_poly_deflate, a, p); }
  [[nodiscard]] Poly random(int n, std::mt19937_64& random) const {
    std::uniform_int_distribution<std::uint64_t> element(0, p - 1);
    std::vector<galois::Element> coefficients(static_cast<std::size_t>(n));
    for (auto& c : coefficients) c = element(random);
    return make(coefficients);
  }

  class Residues;

 private:
  template <class Function, class... Arguments>
  [[nodiscard]] Poly made(Function&& function, Arguments&&... arguments) const {
    Poly result(p);
    function(result, arguments...);
    return result;
  }
};

class PrimeRing::Residues {
 public:
  Residues(const PrimeRing& ring, Poly f) : ring_(ring), f_(std::move(f)), inverse_(ring.p) {
    nmod_poly_reverse(inverse_, f_, nmod_poly_length(f_));
    nmod_poly_inv_series(inverse_, inverse_, nmod_poly_length(f_));
  }
  [[nodiscard]] const Poly& modulus() const { return f_; }
  [[nodiscard]] Poly x() const {
    const galois::Element x[] = {0, 1};
    return reduced(ring_.make(x));
  }
  [[nodiscard]] Poly reduced(const Poly& a) const { return ring_.remainder(a, f_); }
  [[nodiscard]] Poly times(const Poly& a, const Poly& b) const {
    Poly result(ring_.p);
    nmod_poly_mulmod_preinv(result, a, b, f_, inverse_);
    return result;
  }
  [[nodiscard]] Poly square(const Poly& a) const { return times(a, a); }
  /// A sparse modulus is not reduced by any faster.
  [[nodiscard]] static bool is_sparse() { return false; }

 private:
  const PrimeRing& ring_;
  Poly f_, inverse_;  ///< inverse_: of the reversed f_ as a power series
};

}  // namespace gforbit::cycles
