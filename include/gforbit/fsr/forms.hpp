/// Registers in the forms of datasheets, papers and other tools: coefficients, expressions, polynomials,
/// taps, and the Galois configuration.
///
/// A linear register in Galois configuration is not the register with the same polynomial in the form of this
/// library (Fibonacci), but similar to it: both step maps are linear maps with one cyclic vector and one
/// characteristic polynomial, so one change of basis makes the one of the other. Cycles and their periods are
/// equal, the numbers of states are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

enum class Shift : std::uint8_t { right, left };

/// What a person says of a register. Exactly one of the first five is there.
struct Form {
  std::optional<std::vector<std::uint64_t>> coefficients{};
  std::optional<std::string> feedback{};             ///< an expression
  std::optional<std::string> polynomial{};           ///< the characteristic polynomial, monic, in x
  std::optional<std::vector<std::uint64_t>> taps{};  ///< stages counted from the input; tap t is x{n-t}
  std::optional<std::string> mask{};                 ///< of a Galois configuration, hexadecimal
  std::optional<int> degree{};                       ///< empty: as the form says
  std::optional<Shift> shift{};                      ///< with `mask`; empty: right
  bool any_degree = false;                           ///< of an expression: the highest cell says it
  bool reciprocal = false;                           ///< the polynomial that is given is the reciprocal one
  bool xnor = false;                                 ///< the feedback is complemented
  bool galois = false;                               ///< Galois configuration
};

/// A part of a form that breaks a rule; what() is `part: rule`.
class FormError : public core::InputError {
 public:
  FormError(std::string part, std::string rule);
  [[nodiscard]] const std::string& part() const noexcept { return part_; }
  [[nodiscard]] const std::string& rule() const noexcept { return rule_; }

 private:
  std::string part_, rule_;
};

/// The order of the field where the form has no other: 2 for taps, masks and hexadecimal polynomials.
[[nodiscard]] std::optional<std::uint64_t> implied_order(const Form& form);

/// The feedback; of a Galois configuration that of the similar register with the same polynomial.
/// @throws FormError  parts are missing, contradict each other, or describe no register over this field
[[nodiscard]] Feedback make_feedback(const galois::Field& field, const Form& form);

/// The taps of a linear or affine register over GF(2), `16,14,13,11`: largest first. Empty: it has no such
/// form, because the oldest cell, whose tap is the degree, has no influence.
[[nodiscard]] std::string taps_text(const Feedback& feedback);

/// The masks of the Galois configuration with the polynomial of this register, where taps_text() is not
/// empty.
[[nodiscard]] std::string mask_text(const Feedback& feedback, Shift shift);

}  // namespace gforbit::fsr
