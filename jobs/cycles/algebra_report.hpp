/// What algebra says of one register, as it travels from the rank that computed it to rank 0.
#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::job_cycles {

struct AlgebraReport {
  bool complete = false;
  bool stopped = false;        ///< not complete because of a stop; more time would help
  std::string message;         ///< why it is not complete, or what it rests on
  core::Natural cofactor = 0;  ///< the composite number that resisted, 0 for none
  std::string number;          ///< that it divides, `2^1207 - 1`; empty for none
  std::string known_primes;    ///< of that number, `7 * 23^2`
  std::vector<cycles::PolynomialFactor> found_factors;  ///< see cycles::Unresolved
  bool is_not_primitive = false;                        ///< see cycles::Unresolved
  cycles::AlgebraicMap map;                             ///< of an incomplete report Unresolved::proven
  /// Divisor and multiple of power_period() of the polynomial, equal where it is known; 0: not known.
  core::Natural period_divisor = 1, period_multiple = 0;

  void write(core::ByteWriter& out) const;
  [[nodiscard]] static AlgebraReport read(core::ByteReader& in);
};

[[nodiscard]] AlgebraReport report_of(cycles::Unresolved unresolved);

/// What algebra tells while it is at work.
struct AlgebraNews {
  std::string step, detail;             ///< see cycles::AlgebraListener
  double step_s = 0;                    ///< how long the step has lasted
  std::optional<AlgebraReport> proven;  ///< if there is more than was told before
  static constexpr auto kFields =
      std::tuple(&AlgebraNews::step, &AlgebraNews::detail, &AlgebraNews::step_s, &AlgebraNews::proven);
};

/// cycles::map_by_algebra as a report. Requires a linear or affine register. Thread-safe.
[[nodiscard]] AlgebraReport run_algebra(const fsr::Register& reg, cycles::IntegerFactorizer& factorizer,
                                        const cycles::AlgebraControl& control,
                                        cycles::Search search = cycles::Search::until_stopped);

}  // namespace gforbit::job_cycles
