#include "gforbit/fsr/forms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/expression/parser.hpp"

namespace gforbit::fsr {
namespace {

using galois::Element;
using Polynomial = std::vector<Element>;

[[noreturn]] void fail(std::string part, std::string rule) {
  throw FormError(std::move(part), std::move(rule));
}

/// The rule that a part breaks, found by a function that does not know its name.
template <class Read>
auto in_part(const char* part, Read read) {
  try {
    return read();
  } catch (const FormError&) {
    throw;
  } catch (const core::InputError& error) {
    fail(part, error.what());
  }
}

class Reader {
 public:
  Reader(const galois::Field& field, const Form& form) : field_(field), form_(form) {}

  Feedback run() {
    check_parts();
    if (form_.feedback) return in_part("feedback", [&] { return expression(); });
    if (form_.coefficients) {
      const auto& list = *form_.coefficients;
      check_degree_of("coefficients", list.size(), fmt::format("there are {} coefficients", list.size()));
      return complemented(in_part("coefficients", [&] { return Feedback::linear(field_, list); }));
    }
    Polynomial polynomial = form_.polynomial ? in_part("polynomial", [&] { return of_text(); })
                            : form_.taps     ? in_part("taps", [&] { return of_taps(); })
                                             : in_part("mask", [&] { return of_mask(); });
    if (form_.reciprocal) reverse(polynomial);
    polynomial.pop_back();
    for (Element& c : polynomial) c = field_.negate(c);
    return complemented(Feedback::linear(field_, polynomial));
  }

 private:
  void check_parts() const {
    std::vector<std::string> given;
    if (form_.coefficients) given.emplace_back("coefficients");
    if (form_.feedback) given.emplace_back("feedback");
    if (form_.polynomial) given.emplace_back("polynomial");
    if (form_.taps) given.emplace_back("taps");
    if (form_.mask) given.emplace_back("mask");
    constexpr const char* kForms = "coefficients, feedback, polynomial, taps or mask";
    if (given.empty()) fail("coefficients", fmt::format("is missing: give one of {}", kForms));
    if (given.size() > 1) {
      fail(given[1], fmt::format("give one of {}, not {}", kForms, fmt::join(given, " and ")));
    }
    const bool has_polynomial = form_.polynomial || form_.taps || form_.mask;
    if (form_.galois && !has_polynomial) fail("galois", "needs polynomial, taps or mask");
    if (form_.mask && !form_.galois) fail("mask", "needs galois: a mask describes a Galois configuration");
    if (form_.shift && !form_.mask)
      fail("shift", "needs mask: it is the direction in which the mask is applied");
    if (form_.reciprocal && !has_polynomial) fail("reciprocal", "needs polynomial, taps or mask");
    if ((form_.taps || form_.mask || form_.xnor) && field_.order() != 2) {
      fail(form_.taps   ? "taps"
           : form_.mask ? "mask"
                        : "xnor",
           fmt::format("is for registers over GF(2), not over GF({}): give the polynomial or coefficients",
                       field_.order()));
    }
    if (form_.xnor && form_.feedback) fail("xnor", "is not for expressions: add 1 to the feedback");
    if (form_.xnor && form_.galois)
      fail("xnor", "is for the Fibonacci configuration: a complemented Galois register has other cycles");
    if (form_.any_degree && !form_.feedback)
      fail("degree", "'auto' is for feedback: the other forms say the degree themselves, leave it out");
  }

  Feedback expression() const {
    if (form_.degree) return Feedback::parse(field_, *form_.degree, *form_.feedback);
    if (form_.any_degree) return Feedback::parse(field_, *form_.feedback);
    fail("degree",
         "is missing: a feedback text does not say the number of cells; 'auto' takes its highest cell");
  }

  void check_degree_of(const char* part, std::uint64_t degree, const std::string& why) const {
    if (!form_.degree || static_cast<std::uint64_t>(*form_.degree) == degree) return;
    fail("degree",
         fmt::format("is {}, but {}; with {} the degree may be left out", *form_.degree, why, part));
  }

  Polynomial of_text() const {
    Polynomial polynomial = expression::parse_polynomial(*form_.polynomial, field_, kMaxDegree);
    if (polynomial.size() < 2)
      fail("polynomial", "its degree is the number of cells, so it must be at least 1");
    if (polynomial.back() != 1) {
      fail("polynomial",
           fmt::format("the coefficient of x^{} is {}, but a characteristic polynomial is monic: "
                       "divide it by {}",
                       polynomial.size() - 1, polynomial.back(), polynomial.back()));
    }
    const std::size_t degree = polynomial.size() - 1;
    check_degree_of("polynomial", degree, fmt::format("the polynomial has degree {}", degree));
    return polynomial;
  }

  Polynomial of_taps() const {
    const auto& taps = *form_.taps;
    if (taps.empty()) fail("taps", "the list is empty: give the stages, such as 16,14,13,11");
    for (const std::uint64_t tap : taps) {
      if (tap >= 1 && tap <= kMaxDegree) continue;
      fail("taps",
           fmt::format("tap {} is not in 1..{}: stages are counted from 1, the input", tap, kMaxDegree));
    }
    const std::uint64_t degree = std::ranges::max(taps);
    check_degree_of("taps", degree, fmt::format("the largest tap, which is the output stage, is {}", degree));
    Polynomial polynomial(degree + 1, 0);
    polynomial[degree] = 1;
    for (const std::uint64_t tap : taps) {
      if (std::exchange(polynomial[degree - tap], 1) == 1)
        fail("taps", fmt::format("tap {} is there twice", tap));
    }
    return polynomial;
  }

  /// Right shift: cell i takes x{i+1} + m_i x0, so bit i stands for x^(n-1-i). Left shift: bit i stands for
  /// x^i.
  Polynomial of_mask() const {
    const std::string_view text = core::trimmed(*form_.mask);
    const expression::Table words = expression::parse_hex(text);
    if (words.empty())
      fail("mask", fmt::format("{} is no hexadecimal number such as 0xB400", core::quoted(text)));
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] != 0) bits = 64 * i + static_cast<std::uint64_t>(std::bit_width(words[i]));
    }
    if (bits == 0) fail("mask", "is 0: no cell takes the feedback");
    // The top bit of a right mask is the output stage; a left mask is written with all digits of its
    // register.
    const bool right = form_.shift.value_or(Shift::right) == Shift::right;
    const std::uint64_t degree = form_.degree ? static_cast<std::uint64_t>(*form_.degree)
                                 : right      ? bits
                                              : 4 * (text.size() - 2);
    if (degree < bits) {
      fail("degree", fmt::format("is {}, but the mask has {} bits", degree, bits));
    }
    if (degree > kMaxDegree) fail("mask", fmt::format("the degree is above {}", kMaxDegree));
    Polynomial polynomial(degree + 1, 0);
    polynomial[degree] = 1;
    for (std::uint64_t i = 0; i < bits; ++i) {
      if ((words[i / 64] >> (i % 64) & 1) != 0) polynomial[right ? degree - 1 - i : i] = 1;
    }
    return polynomial;
  }

  /// To the monic reciprocal.
  void reverse(Polynomial& polynomial) const {
    if (polynomial[0] == 0) {
      fail("reciprocal", "the constant term is 0, so the reciprocal polynomial has a smaller degree");
    }
    std::ranges::reverse(polynomial);
    const Element inverse = field_.inverse(polynomial.back());
    for (Element& c : polynomial) c = field_.multiply(c, inverse);
  }

  Feedback complemented(Feedback linear) const {
    if (!form_.xnor) return linear;
    std::vector<Term> terms(linear.terms().begin(), linear.terms().end());
    terms.push_back({1, {}});
    return Feedback::from_terms(field_, linear.degree(), std::move(terms));
  }

  const galois::Field& field_;
  const Form& form_;
};

bool has_taps(const Feedback& feedback) {
  return feedback.field().order() == 2 && feedback.kind() != FeedbackKind::nonlinear &&
         feedback.coefficients()[0] != 0;
}

}  // namespace

FormError::FormError(std::string part, std::string rule)
    : core::InputError(fmt::format("{}: {}", part, rule)), part_(std::move(part)), rule_(std::move(rule)) {}

std::optional<std::uint64_t> implied_order(const Form& form) {
  const std::string_view polynomial = form.polynomial ? core::trimmed(*form.polynomial) : "";
  const bool bits = form.taps || form.mask || polynomial.starts_with("0x") || polynomial.starts_with("0X");
  return bits ? std::optional<std::uint64_t>(2) : std::nullopt;
}

Feedback make_feedback(const galois::Field& field, const Form& form) {
  return Reader(field, form).run();
}

std::string taps_text(const Feedback& feedback) {
  if (!has_taps(feedback)) return "";
  const auto coefficients = feedback.coefficients();
  std::vector<std::size_t> taps;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (coefficients[i] != 0) taps.push_back(coefficients.size() - i);
  }
  return fmt::format("{}", fmt::join(taps, ","));
}

std::string mask_text(const Feedback& feedback, Shift shift) {
  if (!has_taps(feedback)) return "";
  auto bits = feedback.coefficients();  // left: bit i stands for x^i
  if (shift == Shift::right) std::ranges::reverse(bits);
  std::string text;
  for (std::size_t first = 0; first < bits.size(); first += 4) {
    unsigned digit = 0;
    for (std::size_t i = first; i < std::min(first + 4, bits.size()); ++i)
      digit |= static_cast<unsigned>(bits[i]) << (i - first);
    text += "0123456789ABCDEF"[digit];
  }
  std::ranges::reverse(text);
  return "0x" + text;
}

}  // namespace gforbit::fsr
