// The order of x modulo an irreducible polynomial, from the factors of q^n - 1.
//
// If y^(a b) = 1 with coprime a and b, the order of y is the product of those of y^b (a divisor of a) and of
// y^a (a divisor of b). Cutting the pieces of q^n - 1 in halves again and again costs log2(pieces) powers
// with exponents of q^n - 1 bits in all, where a power for every prime would cost as many as there are
// primes. A composite piece that nobody has factored is a piece like any other: if its y is 1, the order does
// not contain any of its primes.
#include <cassert>
#include <stdexcept>

#include "gforbit/cycles/polynomial.hpp"
#include "polynomial_rings.hpp"

namespace gforbit::cycles {
namespace {

struct Piece {
  Integer value;  ///< a prime, or a composite number without known factors
  unsigned exponent;
  std::uint64_t index;  ///< of a composite: see CompositeFactor; 0: prime
  [[nodiscard]] Integer product() const {
    Integer result;
    fmpz_pow_ui(result, value, exponent);
    return result;
  }
};

std::vector<Piece> pieces_of(const Factorization& factors) {
  std::vector<Piece> pieces;
  for (const auto& [prime, exponent] : factors.primes) pieces.push_back({Integer(prime), exponent, 0});
  for (const auto& [value, index] : factors.composites) pieces.push_back({Integer(value), 1, index});
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
              core::StopSignal stop, Search search)
      : residues_(residues),
        one_(ring.constant(1)),
        factorizer_(factorizer),
        stop_(std::move(stop)),
        search_(search) {}

  /// Multiplies the order by that of y, which divides the product of the pieces. A composite piece that
  /// resists is noted, and the others are looked at. False: stopped.
  bool multiply_by_order(Poly y, std::span<const Piece> pieces) {
    if (y == one_) return true;
    if (pieces.size() == 1)
      return pieces[0].index == 0 ? prime_piece(y, pieces[0]) : composite_piece(y, pieces[0]);
    const auto cut = middle(pieces);
    const auto left = pieces.first(cut), right = pieces.subspan(cut);
    const auto of_left = power(residues_, y, product(right), stop_);
    if (!of_left || !multiply_by_order(*of_left, left)) return false;
    const auto of_right = power(residues_, y, product(left), stop_);
    return of_right && multiply_by_order(*of_right, right);
  }

  /// The product of what was found: a divisor of the order, or the order itself.
  [[nodiscard]] const Integer& order() const { return order_; }
  /// The product of the pieces that resisted.
  [[nodiscard]] const Integer& unknown() const { return unknown_; }
  /// The first of them; 0 for none.
  [[nodiscard]] const core::Natural& resisting() const { return resisting_; }

 private:
  bool prime_piece(Poly y, const Piece& piece) {
    for (unsigned i = 0; i < piece.exponent; ++i) {
      order_ = order_ * piece.value;
      auto next = power(residues_, y, piece.value, stop_);
      if (!next) return false;
      y = std::move(*next);
      if (y == one_) return true;
    }
    throw std::logic_error("order of a polynomial: x^(q^n - 1) is not 1 modulo an irreducible factor");
  }

  bool composite_piece(const Poly& y, const Piece& piece) {
    Factorization factors{{}, {{piece.value.natural(), piece.index}}};
    if (search_ == Search::until_stopped) factors = factorizer_.split(factors.composites[0], stop_);
    if (factors.complete()) return multiply_by_order(y, pieces_of(factors));
    if (resisting_ == 0) resisting_ = factors.composites.front().value;
    unknown_ = unknown_ * piece.value;
    return true;
  }

  const Residues& residues_;
  Poly one_;
  IntegerFactorizer& factorizer_;
  core::StopSignal stop_;
  Search search_;
  Integer order_{1}, unknown_{1};
  core::Natural resisting_ = 0;
};

}  // namespace

std::variant<core::Natural, ResistingFactor> order_of_irreducible(const galois::Field& field,
                                                                  std::span<const galois::Element> polynomial,
                                                                  IntegerFactorizer& factorizer,
                                                                  core::StopSignal stop, Search search) {
  assert(polynomial.size() >= 2 && polynomial.back() == 1 && polynomial.front() != 0);
  const auto n = polynomial.size() - 1;
  const auto m = static_cast<std::uint64_t>(field.extension_degree());
  const auto pieces = pieces_of(factorizer.power_minus_one(field.characteristic(), m * n));
  return with_ring(field, [&](const auto& ring) -> std::variant<core::Natural, ResistingFactor> {
    using Ring = std::remove_cvref_t<decltype(ring)>;
    const typename Ring::Residues residues(ring, ring.make(polynomial));
    OrderSearch<Ring> found(ring, residues, factorizer, stop, search);
    const bool done = pieces.empty() || found.multiply_by_order(residues.x(), pieces);
    if (done && found.resisting() == 0) return found.order().natural();
    const Integer multiple = done ? found.order() * found.unknown() : product(pieces);
    return ResistingFactor{found.resisting(), found.order().natural(), multiple.natural()};
  });
}

}  // namespace gforbit::cycles
