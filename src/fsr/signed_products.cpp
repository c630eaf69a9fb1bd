#include "gforbit/fsr/signed_products.hpp"

#include <bit>
#include <cassert>
#include <unordered_set>

#include "signed_sum.hpp"

namespace gforbit::fsr {
namespace {

/// A search costs little beside the steps of registers of this degree, and pays only with so many terms.
constexpr int kLeastDegree = 16;
constexpr std::size_t kFewestTerms = 8;
/// By which a product must make the sum shorter: sums of few short products share cells and tables.
constexpr std::size_t kLeastGain = 7;

std::uint64_t mask_of(const Term& term) {
  std::uint64_t cells = 0;
  for (const Factor& factor : term.factors) cells |= std::uint64_t{1} << factor.cell;
  return cells;
}

bool is_nonlinear(std::uint64_t monomial) {
  return std::popcount(monomial) > 1;
}

/// Finds signed products in a sum of monomials. Where all monomials of a product are in the sum, x_i is
/// complemented if its largest one without x_i is there, too; that is tried with each monomial, the largest
/// first. Some may be missing, because they are canceled by others: these are added instead. Linear terms
/// cost nothing and do not count.
class ProductSearch {
 public:
  explicit ProductSearch(std::span<const Term> terms) {
    for (const Term& term : terms) monomials_.insert(mask_of(term));
  }

  /// @param terms  in the order of the normal form
  std::vector<SignedProduct> run(std::span<const Term> terms) {
    std::vector<SignedProduct> found;
    for (auto term = terms.rbegin(); term != terms.rend(); ++term) {
      const SignedProduct product = largest_at(mask_of(*term));
      if (gain(product) < kLeastGain) continue;
      for_each_monomial(product, [&](std::uint64_t monomial) { toggle(monomial); });
      found.push_back(product);
    }
    return found;
  }

  [[nodiscard]] const std::unordered_set<std::uint64_t>& monomials() const { return monomials_; }

 private:
  [[nodiscard]] SignedProduct largest_at(std::uint64_t monomial) const {
    if (!monomials_.contains(monomial)) return {monomial, monomial};
    std::uint64_t ones = 0;
    for (std::uint64_t rest = monomial; rest != 0; rest &= rest - 1) {
      const std::uint64_t cell = rest & (~rest + 1);
      if (!monomials_.contains(monomial ^ cell)) ones |= cell;
    }
    return {monomial, ones};
  }

  /// By how many terms the sum becomes shorter.
  [[nodiscard]] std::size_t gain(const SignedProduct& product) const {
    const int complements = std::popcount(product.cells & ~product.ones);
    if (complements >= 32 || std::size_t{1} << complements > 2 * monomials_.size()) return 0;
    std::size_t present = 0, missing = 0;
    for_each_monomial(product, [&](std::uint64_t monomial) {
      if (is_nonlinear(monomial)) ++(monomials_.contains(monomial) ? present : missing);
    });
    return present > missing + 1 ? present - missing - 1 : 0;
  }

  void toggle(std::uint64_t monomial) {
    if (!monomials_.insert(monomial).second) monomials_.erase(monomial);
  }

  std::unordered_set<std::uint64_t> monomials_;
};

}  // namespace

std::vector<SignedProduct> signed_products(const Feedback& feedback) {
  assert(feedback.field().order() == 2 && feedback.degree() <= kMostSignedCells);
  if (!feedback.has_terms()) return {feedback.products().begin(), feedback.products().end()};
  const std::span<const Term> terms = feedback.terms();
  std::vector<SignedProduct> sum;
  if (feedback.degree() >= kLeastDegree && terms.size() >= kFewestTerms) {
    ProductSearch search(terms);
    sum = search.run(terms);
    if (!sum.empty()) {
      for (const std::uint64_t monomial : search.monomials()) sum.push_back({monomial, monomial});
      sort_for_text(sum);
      return sum;
    }
  }
  for (const Term& term : terms) sum.push_back({mask_of(term), mask_of(term)});
  return sum;
}

std::uint64_t cells_of(std::span<const SignedProduct> products) noexcept {
  std::uint64_t cells = 0;
  for (const SignedProduct& product : products) cells |= product.cells;
  return cells;
}

}  // namespace gforbit::fsr
