#include "cycles/understood.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/fsr/forms.hpp"

namespace gforbit::job_cycles {

std::vector<std::pair<std::string, std::string>> linear_forms(const fsr::Feedback& feedback) {
  std::vector<std::pair<std::string, std::string>> forms;
  if (feedback.kind() == fsr::FeedbackKind::nonlinear) return forms;
  const auto polynomial = cycles::characteristic_polynomial(feedback);
  forms.emplace_back("polynomial", cycles::polynomial_text(polynomial));
  forms.emplace_back("reciprocal",
                     cycles::polynomial_text(cycles::reciprocal_polynomial(feedback.field(), polynomial)));
  const std::string taps = fsr::taps_text(feedback);
  if (taps.empty()) return forms;
  const bool affine = feedback.kind() == fsr::FeedbackKind::affine;
  forms.emplace_back("taps", affine ? taps + " with xnor" : taps);
  if (affine) return forms;
  forms.emplace_back("Galois mask", fmt::format("{} (right shift), {} (left shift)",
                                                fsr::mask_text(feedback, fsr::Shift::right),
                                                fsr::mask_text(feedback, fsr::Shift::left)));
  return forms;
}

namespace {

/// Orders are searched for only where they are found at once.
constexpr double kMostBits = 64;

/// nullopt: not known at once.
std::optional<bool> is_primitive(const galois::Field& field, const cycles::Coefficients& polynomial) {
  const auto degree = static_cast<int>(polynomial.size() - 1);
  if (std::log2(static_cast<double>(field.order())) * degree > kMostBits ||
      !cycles::can_factor(field, degree))
    return std::nullopt;
  const auto factors = cycles::factor_polynomial(field, polynomial, {});
  if (!factors) return std::nullopt;
  if (factors->size() > 1 || factors->front().multiplicity > 1 || polynomial[0] == 0) return false;
  cycles::IntegerFactorizer factorizer;
  const auto order = cycles::order_of_irreducible(field, polynomial, factorizer, {}, cycles::Search::none);
  if (!std::holds_alternative<cycles::PolynomialOrder>(order)) return std::nullopt;
  return std::get<cycles::PolynomialOrder>(order).value ==
         core::power(field.order(), static_cast<unsigned>(degree)) - 1;
}

/// Tools that write x^d + c_{d-1} x^(d-1) + ... + c_0 mean the register with the opposite signs.
std::optional<std::string> note_on_signs(const fsr::Feedback& feedback) {
  const galois::Field& field = feedback.field();
  if (field.characteristic() == 2 || feedback.kind() != fsr::FeedbackKind::linear) return std::nullopt;
  cycles::Coefficients opposite = feedback.coefficients();
  opposite.push_back(1);
  if (is_primitive(field, cycles::characteristic_polynomial(feedback)) != false) return std::nullopt;
  if (is_primitive(field, opposite) != true) return std::nullopt;
  return fmt::format(
      "the polynomial is not primitive, but the one with the opposite signs is; did you mean "
      "--polynomial '{}'?",
      cycles::polynomial_text(opposite));
}

}  // namespace

std::vector<std::string> notes(const fsr::Feedback& feedback) {
  if (const auto note = note_on_signs(feedback)) return {*note};
  if (feedback.length() == 0 || feedback.reads_oldest()) return {};
  std::string note =
      "x0 is not in the feedback: the oldest cell has no influence, and the register is singular";
  if (feedback.kind() != fsr::FeedbackKind::nonlinear) {
    auto coefficients = feedback.coefficients();
    if (coefficients.back() != 0) {
      std::ranges::reverse(coefficients);
      note += fmt::format("; did you mean the coefficients {} (counted from the other end)?",
                          fmt::join(coefficients, ","));
    }
  }
  return {note};
}

}  // namespace gforbit::job_cycles
