// The order of x modulo an irreducible polynomial, from the factors of q^n - 1.
//
// If y^(a b) = 1 with coprime a and b, the order of y is the product of those of y^b (a divisor of a) and of
// y^a (a divisor of b). Cutting the pieces of q^n - 1 in halves again and again costs log2(pieces) powers
// with exponents of q^n - 1 bits in all, where a power for every prime would cost as many as there are
// primes. A composite piece that is not factored is treated as any other: if its y is 1, the order does
// not contain any of its primes.
#include <fmt/format.h>

#include <cassert>
#include <stdexcept>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "polynomial_rings.hpp"

namespace gforbit::cycles {
namespace {

struct Piece {
  Integer value;  ///< a prime, or a number without known factors
  unsigned exponent = 1;
  bool proven = true;                             ///< of a prime: see PrimePower
  std::optional<CompositeFactor> composite = {};  ///< the same number
  [[nodiscard]] Integer product() const {
    Integer result;
    fmpz_pow_ui(result, value, exponent);
    return result;
  }
};

std::vector<Piece> pieces_of(const Factorization& factors) {
  std::vector<Piece> pieces;
  for (const auto& [prime, exponent, proven] : factors.primes)
    pieces.push_back({Integer(prime), exponent, proven});
  for (const auto& composite : factors.composites)
    pieces.push_back({Integer(composite.value), 1, true, composite});
  return pieces;
}

Integer product(std::span<const Piece> pieces) {
  Integer result(1);
  for (const auto& piece : pieces) result = result * piece.product();
  return result;
}

/// Where to cut so that both sides have about as many bits; at least one piece a side.
std::size_t middle(std::span<const Piece> pieces) {
  std::uint64_t all = 0, left = 0;
  for (const auto& piece : pieces) all += piece.value.bits() * piece.exponent;
  std::size_t cut = 0;
  while (cut < pieces.size() - 1 && (cut == 0 || 2 * left < all)) {
    left += pieces[cut].value.bits() * pieces[cut].exponent;
    ++cut;
  }
  return cut;
}

template <class Ring>
class OrderSearch {
 public:
  using Poly = typename Ring::Poly;
  using Residues = typename Ring::Residues;

  OrderSearch(const Ring& ring, const Residues& residues, IntegerFactorizer& factorizer,
              const AlgebraControl& control, Search search)
      : residues_(residues),
        one_(ring.constant(1)),
        factorizer_(factorizer),
        control_(control),
        search_(search) {}

  /// Multiplies the order by that of y, which divides the product of the pieces. A composite piece that
  /// resists is noted, and the others are looked at. False: stopped.
  bool multiply_by_order(Poly y, std::span<const Piece> pieces) {
    if (y == one_) return true;
    if (pieces.size() == 1)
      return pieces[0].composite ? composite_piece(y, pieces[0]) : prime_piece(y, pieces[0]);
    const auto cut = middle(pieces);
    const auto left = pieces.first(cut), right = pieces.subspan(cut);
    const auto of_left = power(residues_, y, product(right), control_);
    if (!of_left || !multiply_by_order(*of_left, left)) return false;
    const auto of_right = power(residues_, y, product(left), control_);
    return of_right && multiply_by_order(*of_right, right);
  }

  /// What was found: the order, or a divisor of it.
  [[nodiscard]] const Integer& order() const { return order_; }
  /// The product of the pieces that resisted.
  [[nodiscard]] const Integer& unknown() const { return unknown_; }
  /// The first of them.
  [[nodiscard]] const std::optional<CompositeFactor>& resisting() const { return resisting_; }
  [[nodiscard]] const std::vector<core::Natural>& probable_primes() const { return probable_primes_; }

 private:
  /// The order of y is a power of the prime other than 1, and it divides that of the piece.
  bool prime_piece(Poly y, const Piece& piece) {
    if (!piece.proven) probable_primes_.push_back(piece.value.natural());
    order_ = order_ * piece.value;
    for (unsigned i = 1; i < piece.exponent; ++i) {
      auto next = power(residues_, y, piece.value, control_);
      if (!next) return false;
      y = std::move(*next);
      if (y == one_) return true;
      order_ = order_ * piece.value;
    }
    return true;
  }

  bool composite_piece(const Poly& y, const Piece& piece) {
    if (search_ == Search::until_stopped) {
      const Factorization factors = factorizer_.divide(*piece.composite, control_);
      if (factors.composites != std::vector{*piece.composite})
        return multiply_by_order(y, pieces_of(factors));
    }
    if (!resisting_) resisting_ = piece.composite;
    unknown_ = unknown_ * piece.value;
    return true;
  }

  const Residues& residues_;
  Poly one_;
  IntegerFactorizer& factorizer_;
  const AlgebraControl& control_;
  Search search_;
  Integer order_{1}, unknown_{1};
  std::optional<CompositeFactor> resisting_;
  std::vector<core::Natural> probable_primes_;
};

/// x^(q^n) = x, as modulo every irreducible polynomial of degree n: all else rests on it. False: stopped.
template <class Ring>
bool check_field(const Ring& ring, const typename Ring::Residues& residues, const Integer& elements,
                 const AlgebraControl& control) {
  const auto x = residues.x();
  const auto back = power(residues, x, elements, control);
  if (!back) return false;
  if (*back == x) return true;
  throw core::CertificateError(fmt::format("order of a polynomial of degree {}: it is not irreducible",
                                           ring.degree(residues.modulus())));
}

}  // namespace

std::variant<PolynomialOrder, ResistingFactor> order_of_irreducible(
    const galois::Field& field, std::span<const galois::Element> polynomial, IntegerFactorizer& factorizer,
    const AlgebraControl& control, Search search) {
  assert(polynomial.size() >= 2 && polynomial.back() == 1 && polynomial.front() != 0);
  const auto n = polynomial.size() - 1;
  const auto m = static_cast<std::uint64_t>(field.extension_degree());
  const auto pieces = pieces_of(factorizer.power_minus_one(field.characteristic(), m * n, control));
  control.doing(fmt::format("computing the order of a factor of degree {}", n), [&] {
    return fmt::format("{} factor{} of {}^{} - 1", pieces.size(), pieces.size() == 1 ? "" : "s",
                       field.characteristic(), m * n);
  });
  return with_ring(field, [&](const auto& ring) -> std::variant<PolynomialOrder, ResistingFactor> {
    using Ring = std::remove_cvref_t<decltype(ring)>;
    const typename Ring::Residues residues(ring, ring.make(polynomial));
    OrderSearch<Ring> found(ring, residues, factorizer, control, search);
    const bool done = check_field(ring, residues, Integer::power(field.order(), n), control) &&
                      (pieces.empty() || found.multiply_by_order(residues.x(), pieces));
    if (done && !found.resisting()) return PolynomialOrder{found.order().natural(), found.probable_primes()};
    const Integer multiple = done ? found.order() * found.unknown() : product(pieces);
    return ResistingFactor{found.resisting(), found.order().natural(), multiple.natural()};
  });
}

}  // namespace gforbit::cycles
