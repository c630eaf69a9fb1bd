#include "polynomial_extension.hpp"

#include <algorithm>
#include <cassert>

#include "polynomial_prime.hpp"

namespace gforbit::cycles {
namespace {

/// An element of the field in FLINT's form, freed when it leaves scope.
class ExtensionElement {
 public:
  explicit ExtensionElement(const fq_nmod_ctx_struct* context) : context_(context) {
    fq_nmod_init(value_, context_);
  }
  ~ExtensionElement() { fq_nmod_clear(value_, context_); }
  ExtensionElement(const ExtensionElement&) = delete;
  ExtensionElement& operator=(const ExtensionElement&) = delete;
  operator nmod_poly_struct*() { return value_; }  // NOLINT(google-explicit-constructor)

  /// The digits of an element are the coefficients of 1, a, a^2, ... in both forms.
  void set(galois::Element element, std::uint64_t p) {
    fq_nmod_zero(value_, context_);
    for (slong i = 0; element != 0; ++i, element /= p) nmod_poly_set_coeff_ui(value_, i, element % p);
  }
  [[nodiscard]] galois::Element get(std::uint64_t p) const {
    galois::Element element = 0;
    for (slong i = nmod_poly_degree(value_); i >= 0; --i)
      element = element * p + nmod_poly_get_coeff_ui(value_, i);
    return element;
  }

 private:
  const fq_nmod_ctx_struct* context_;
  fq_nmod_t value_;
};

}  // namespace

ExtensionRing::ExtensionRing(const galois::Field& field)
    : q(field.order()),
      p(field.characteristic()),
      digits(static_cast<unsigned>(field.extension_degree())),
      field_(field) {
  assert(digits > 1);
  const PrimePoly modulus = PrimeRing(galois::Field::of_order(p)).make(field.modulus());
  auto context = std::make_unique<fq_nmod_ctx_struct>();
  fq_nmod_ctx_init_modulus(context.get(), modulus, "a");
  context_.reset(context.release());
}

ExtensionRing::Poly ExtensionRing::make(std::span<const galois::Element> coefficients) const {
  Poly a(context());
  ExtensionElement c(context());
  for (std::size_t i = coefficients.size(); i > 0; --i) {
    c.set(coefficients[i - 1], p);
    fq_nmod_poly_set_coeff(a, static_cast<slong>(i - 1), c, context());
  }
  return a;
}

std::vector<galois::Element> ExtensionRing::coefficients(const Poly& a) const {
  std::vector<galois::Element> result(static_cast<std::size_t>(degree(a) + 1));
  ExtensionElement c(context());
  for (std::size_t i = 0; i < result.size(); ++i) {
    fq_nmod_poly_get_coeff(c, a, static_cast<slong>(i), context());
    result[i] = c.get(p);
  }
  return result;
}

ExtensionRing::Poly ExtensionRing::quotient(const Poly& a, const Poly& b) const {
  Poly result(context()), rest(context());
  fq_nmod_poly_divrem(result, rest, a, b, context());
  assert(degree(rest) < 0);
  return result;
}

/// (sum a_i x^(p i)) = (sum a_i^(1/p) x^i)^p, and a^(1/p) = a^(q/p).
ExtensionRing::Poly ExtensionRing::root(const Poly& a) const {
  const auto from = coefficients(a);
  std::vector<galois::Element> to;
  for (std::size_t i = 0; i < from.size(); i += p) to.push_back(field_.power(from[i], q / p));
  return make(to);
}

ExtensionRing::Poly ExtensionRing::random(int n, std::mt19937_64& random) const {
  std::uniform_int_distribution<std::uint64_t> element(0, q - 1);
  std::vector<galois::Element> coefficients(static_cast<std::size_t>(n));
  for (auto& c : coefficients) c = element(random);
  return make(coefficients);
}

ExtensionRing::Residues::Residues(const ExtensionRing& ring, Poly f)
    : ring_(ring), f_(std::move(f)), inverse_(ring.context()) {
  const slong length = fq_nmod_poly_length(f_, ring_.context());
  fq_nmod_poly_reverse(inverse_, f_, length, ring_.context());
  fq_nmod_poly_inv_series_newton(inverse_, inverse_, length, ring_.context());
}

}  // namespace gforbit::cycles
