// Whether a polynomial in one variable permutes GF(q).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/galois/field.hpp"
#include "stop_look.hpp"

namespace gforbit::fsr {

/// sum_k coefficients[k] * x^exponents[k], tested for one list of exponents and many vectors of coefficients.
/// Not thread-safe (it keeps its bitmap of q bits from test to test).
class PermutationTest {
 public:
  /// @param exponents  distinct, in 1..q-1
  PermutationTest(const galois::Field& field, std::vector<std::uint64_t> exponents, core::StopSignal stop);

  /// Exact. At most q evaluations; none where at most one coefficient is not 0: x^j permutes GF(q) exactly if
  /// gcd(j, q - 1) = 1 (Lidl and Niederreiter, Finite Fields, theorem 7.8).
  /// @return nullopt if stop was requested before the answer was certain
  [[nodiscard]] std::optional<bool> operator()(std::span<const galois::Element> coefficients);

 private:
  [[nodiscard]] galois::Element value(std::span<const galois::Element> coefficients, galois::Element x) const;
  [[nodiscard]] std::optional<bool> sample_collides(std::span<const galois::Element> coefficients);

  galois::Field field_;
  std::vector<std::uint64_t> exponents_;
  StopLook look_;
  std::vector<bool> hit_;
};

}  // namespace gforbit::fsr
