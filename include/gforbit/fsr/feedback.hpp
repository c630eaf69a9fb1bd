/// Feedback functions of shift registers: polynomials in the cells x0..x{d-1} over GF(q), in one normal form.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::fsr {

/// Largest degree: a limit of memory for texts and tables, far beyond what can be factored.
inline constexpr int kMaxDegree = 1 << 20;

/// Largest number of terms that expressions with parentheses are multiplied out to. A text that lists its
/// terms may have more.
inline constexpr std::size_t kMaxExpandedTerms = 1 << 16;

/// One power of one cell: x{cell}^exponent, exponent in 1..q-1.
struct Factor {
  int cell;
  std::uint64_t exponent;
  auto operator<=>(const Factor&) const = default;
};

/// coefficient * product of factors; the coefficient is never 0, the cells increase. No factors: the constant
/// term.
struct Term {
  galois::Element coefficient;
  std::vector<Factor> factors;
  [[nodiscard]] std::uint64_t degree() const noexcept;  ///< sum of the exponents
  friend bool operator==(const Term&, const Term&) = default;
};

/// Over GF(2), of at most 63 cells: a product of factors x{i} and 1 + x{i}. It is 1 where, of its cells,
/// exactly those in `ones` are 1.
struct SignedProduct {
  std::uint64_t cells = 0;  ///< bit i: x{i} or 1 + x{i} is a factor; none: the constant 1
  std::uint64_t ones = 0;   ///< bit i: x{i} is a factor
  auto operator<=>(const SignedProduct&) const = default;
};

/// The sum of the terms at these values of the cells. Cost: a power for each factor.
/// @param cells  elements of `field`, more than any factor's cell
[[nodiscard]] galois::Element value_at(const galois::Field& field, std::span<const Term> terms,
                                       std::span<const galois::Element> cells);

enum class FeedbackKind : std::int8_t { linear = 0, affine = 1, nonlinear = 2 };

/// A polynomial function of d cells in normal form: x^q reduced to x, equal products of cells collected,
/// terms without value dropped, terms ordered by degree, then by cells. So two texts of one function give
/// equal objects, and a linear or affine function is recognized however it was written. Immutable.
///
/// Over GF(2), of at most 63 cells, a function whose normal form is too long may be kept as a sum of signed
/// products instead. Such a function is nonlinear, and x0 stands alone in the sum wherever the register is
/// nonsingular. Two texts of it need not give equal objects, but text() gives the same object again.
class Feedback {
 public:
  /// f = sum c_i x_i; the degree is the number of coefficients.
  /// @throws core::InputError  no coefficients or more than kMaxDegree, or one that is no element of the
  /// field (its index is named)
  static Feedback linear(const galois::Field& field, std::span<const std::uint64_t> coefficients);

  /// Reads an expression in x0..x{d-1}, `x0 + 2*x1^2*x3 + 1` or `x0 + (1+x1)*(1+x2)`; its grammar is in
  /// gforbit/expression/parser.hpp. Cost of a list of terms: O(n log n) for n characters.
  /// @throws core::InputError  with the position (1-based character) and what was expected there, the text
  /// around it (what was found in brackets), and for a cell out of range the valid range; degree out of
  /// 1..kMaxDegree; more than kMaxExpandedTerms terms, and no sum of as many signed products was found
  static Feedback parse(const galois::Field& field, int degree, std::string_view text);
  /// The same, where the highest cell says the degree.
  /// @throws core::InputError  also where the text has no cell
  static Feedback parse(const galois::Field& field, std::string_view text);

  /// The normal form of a sum of terms given in any order: equal products may repeat, the factors of a term
  /// need not be sorted, cells may repeat in it, exponents may be any number (0: the factor is 1),
  /// coefficients may be 0.
  /// @throws core::InputError  degree out of 1..kMaxDegree; a coefficient or a cell out of range
  static Feedback from_terms(const galois::Field& field, int degree, std::vector<Term> terms);

  /// A sum of signed products in any order over GF(2), of at most 63 cells. It is kept as such a sum, with
  /// fewer products where some are alike, unless it is affine.
  /// @return nullopt: it is not decided in reasonable time whether it is affine, or how it depends on x0
  static std::optional<Feedback> from_products(const galois::Field& field, int degree,
                                               std::vector<SignedProduct> products);

  [[nodiscard]] const galois::Field& field() const noexcept { return field_; }
  [[nodiscard]] int degree() const noexcept { return degree_; }  ///< d, the number of cells
  /// Whether there is the normal form; else there are products().
  [[nodiscard]] bool has_terms() const noexcept { return products_.empty(); }
  /// @throws std::logic_error  unless has_terms()
  [[nodiscard]] std::span<const Term> terms() const;
  [[nodiscard]] std::span<const SignedProduct> products() const noexcept { return products_; }
  [[nodiscard]] std::size_t length() const noexcept { return terms_.size() + products_.size(); }
  [[nodiscard]] bool reads_oldest() const;  ///< whether x0 occurs
  /// Whether x0 is a factor of one term alone, and that term has no other: so that f = g(x0) + h(x1, ...).
  [[nodiscard]] bool oldest_stands_alone() const;
  [[nodiscard]] FeedbackKind kind() const noexcept;
  /// c_0..c_{d-1}; of an affine function its linear part. Requires kind() != nonlinear (asserted).
  [[nodiscard]] std::vector<galois::Element> coefficients() const;
  [[nodiscard]] galois::Element constant() const noexcept;  ///< the value where all cells are 0
  /// Canonical text, accepted again by parse(): terms by degree then cells (the constant last); "0" for no
  /// terms.
  [[nodiscard]] std::string text() const;
  /// Value for the state (s_0..s_{d-1}); `state` has length d. The reference: simple, not fast.
  [[nodiscard]] galois::Element evaluate(std::span<const galois::Element> state) const;

  friend bool operator==(const Feedback&, const Feedback&) = default;

 private:
  Feedback(galois::Field field, int degree, std::vector<Term> normal_terms)
      : field_(std::move(field)), degree_(degree), terms_(std::move(normal_terms)) {}
  galois::Field field_;
  int degree_;
  std::vector<Term> terms_;
  std::vector<SignedProduct> products_;
};

}  // namespace gforbit::fsr
