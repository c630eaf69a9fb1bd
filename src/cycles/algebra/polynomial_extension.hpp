// Polynomials over GF(p^m), m > 1, by FLINT's fq_nmod_poly with the field's own modulus, which need not be
// primitive (FLINT's faster Zech logarithms would ask for that). The operations are those named in
// polynomial_gf2.hpp.
#pragma once

#include <flint/fq_nmod_poly.h>

#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/galois/field.hpp"
#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {

/// An fq_nmod_poly with the lifetime of a C++ value; it must not outlive its context.
class ExtensionPoly {
 public:
  explicit ExtensionPoly(const fq_nmod_ctx_struct* context) : context_(context) {
    fq_nmod_poly_init(value_, context_);
  }
  ExtensionPoly(const ExtensionPoly& other) : ExtensionPoly(other.context_) {
    fq_nmod_poly_set(value_, other.value_, context_);
  }
  ExtensionPoly(ExtensionPoly&& other) noexcept : ExtensionPoly(other.context_) {
    fq_nmod_poly_swap(value_, other.value_, context_);
  }
  ExtensionPoly& operator=(ExtensionPoly other) noexcept {
    fq_nmod_poly_swap(value_, other.value_, context_);
    return *this;
  }
  ~ExtensionPoly() { fq_nmod_poly_clear(value_, context_); }

  operator fq_nmod_poly_struct*() noexcept { return value_; }  // NOLINT(google-explicit-constructor)
  operator const fq_nmod_poly_struct*() const noexcept {
    return value_;
  }  // NOLINT(google-explicit-constructor)
  friend bool operator==(const ExtensionPoly& a, const ExtensionPoly& b) {
    return fq_nmod_poly_equal(a.value_, b.value_, a.context_) != 0;
  }

 private:
  const fq_nmod_ctx_struct* context_;
  fq_nmod_poly_t value_;
};

class ExtensionRing {
 public:
  using Poly = ExtensionPoly;

  explicit ExtensionRing(const galois::Field& field);

  const std::uint64_t q, p;
  const unsigned digits;
  static constexpr int kLongestBlock = 16;

  [[nodiscard]] Poly make(std::span<const galois::Element> coefficients) const;
  [[nodiscard]] std::vector<galois::Element> coefficients(const Poly& a) const;
  [[nodiscard]] Poly constant(galois::Element c) const { return make(std::span(&c, 1)); }
  [[nodiscard]] int degree(const Poly& a) const {
    return static_cast<int>(fq_nmod_poly_degree(a, context()));
  }
  [[nodiscard]] Poly minus(const Poly& a, const Poly& b) const { return made(fq_nmod_poly_sub, a, b); }
  [[nodiscard]] Poly gcd(const Poly& a, const Poly& b) const { return made(fq_nmod_poly_gcd, a, b); }
  [[nodiscard]] Poly quotient(const Poly& a, const Poly& b) const;
  [[nodiscard]] Poly remainder(const Poly& a, const Poly& b) const { return made(fq_nmod_poly_rem, a, b); }
  [[nodiscard]] Poly derivative(const Poly& a) const { return made(fq_nmod_poly_derivative, a); }
  [[nodiscard]] Poly root(const Poly& a) const;
  [[nodiscard]] Poly random(int n, std::mt19937_64& random) const;

  class Residues;

 private:
  struct CloseContext {
    void operator()(fq_nmod_ctx_struct* context) const {
      fq_nmod_ctx_clear(context);
      delete context;
    }
  };

  [[nodiscard]] const fq_nmod_ctx_struct* context() const { return context_.get(); }
  template <class Function, class... Arguments>
  [[nodiscard]] Poly made(Function&& function, Arguments&&... arguments) const {
    Poly result(context());
    function(result, arguments..., context());
    return result;
  }

  galois::Field field_;
  std::unique_ptr<fq_nmod_ctx_struct, CloseContext> context_;
};

class ExtensionRing::Residues {
 public:
  Residues(const ExtensionRing& ring, Poly f);
  [[nodiscard]] const Poly& modulus() const { return f_; }
  [[nodiscard]] Poly x() const {
    const galois::Element x[] = {0, 1};
    return reduced(ring_.make(x));
  }
  [[nodiscard]] Poly reduced(const Poly& a) const { return ring_.remainder(a, f_); }
  [[nodiscard]] Poly times(const Poly& a, const Poly& b) const {
    return ring_.made(fq_nmod_poly_mulmod_preinv, a, b, f_, inverse_);
  }
  [[nodiscard]] Poly square(const Poly& a) const { return times(a, a); }
  /// A sparse modulus is not reduced by any faster.
  [[nodiscard]] static bool is_sparse() { return false; }

 private:
  const ExtensionRing& ring_;
  Poly f_, inverse_;  ///< inverse_: of the reversed f_ as a power series
};

}  // namespace gforbit::cycles
