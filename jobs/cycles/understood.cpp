#include "cycles/understood.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

std::vector<std::string> notes(const fsr::Feedback& feedback) {
  const bool has_oldest = std::ranges::any_of(feedback.terms(), [](const fsr::Term& term) {
    return !term.factors.empty() && term.factors[0].cell == 0;
  });
  if (has_oldest || feedback.terms().empty()) return {};
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
