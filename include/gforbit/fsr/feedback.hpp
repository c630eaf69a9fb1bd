/// Feedback functions of shift registers: polynomials in the cells x0..x{d-1} over GF(q), in one normal form.
#pragma once

#include <compare>
#include <cstdint>
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

/// The sum of the terms at these values of the cells. Cost: a power for each factor.
/// @param cells  elements of `field`, more than any factor's cell
[[nodiscard]] galois::Element value_at(const galois::Field& field, std::span<const Term> terms,
                                       std::span<const galois::Element> cells);

enum class FeedbackKind : std::int8_t { linear = 0, affine = 1, nonlinear = 2 };

/// A polynomial function of d cells in normal form: x^q reduced to x, equal products of cells collected,
/// terms without value dropped, terms ordered by degree, then by cells. So two texts of one function give
/// equal objects, and a linear or affine function is recognized however it was written. Immutable.
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
  /// 1..kMaxDegree; more than kMaxExpandedTerms terms
  static Feedback parse(const galois::Field& field, int degree, std::string_view text);
  /// The same, where the highest cell says the degree.
  /// @throws core::InputError  also where the text has no cell
  static Feedback parse(const galois::Field& field, std::string_view text);

  /// The normal form of a sum of terms given in any order: equal products may repeat, the factors of a term
  /// need not be sorted, cells may repeat in it, exponents may be any number (0: the factor is 1),
  /// coefficients may be 0.
  /// @throws core::InputError  degree out of 1..kMaxDegree; a coefficient or a cell out of range
  static Feedback from_terms(const galois::Field& field, int degree, std::vector<Term> terms);

  [[nodiscard]] const galois::Field& field() const noexcept { return field_; }
  [[nodiscard]] int degree() const noexcept { return degree_; }  ///< d, the number of cells
  [[nodiscard]] std::span<const Term> terms() const noexcept { return terms_; }
  [[nodiscard]] FeedbackKind kind() const noexcept;
  /// c_0..c_{d-1}; of an affine function its linear part. Requires kind() != nonlinear (asserted).
  [[nodiscard]] std::vector<galois::Element> coefficients() const;
  [[nodiscard]] galois::Element constant() const noexcept;
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
};

}  // namespace gforbit::fsr
