/// Where the states of a linear or affine register are, at any degree, without a walk over all of them.
///
/// The sequence of a state is g/F as a power series in 1/x, F the polynomial of its recurrence (of an affine
/// register the characteristic polynomial times x - 1), and a step multiplies g by x modulo F. With F = x^t
/// times powers p^e of irreducible polynomials, g is a nilpotent part, which is gone after at most t steps,
/// and in each GF(q)[x]/(p^e) a unit of GF(q)[x]/(p^k) times p^(e-k). So
///
///  - the period is the least common multiple of the orders of x modulo the p^k;
///  - S leads to T if in each GF(q)[x]/(p^k) the quotient of their units is a power of x: discrete
///    logarithms, in the field GF(q)[x]/(p) by the primes of the order (Pohlig and Hellman) and baby steps
///    and giant steps (Shanks), in what is left by the digits of a binomial expansion; the remainders are
///    joined;
///  - the smallest state of a cycle is found by a walk where the cycle is short, and among the smallest
///    states of all where it is long.
///
/// @see  S. Pohlig and M. Hellman, An improved algorithm for computing logarithms over GF(p), IEEE Trans.
///       Inform. Theory 24 (1978)
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra_control.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/galois/field.hpp"

namespace gforbit::cycles {

/// Primes of a period up to this size have logarithms in a time that some have.
inline constexpr unsigned kMostLogarithmBits = 64;

/// There is an answer, but not in a reasonable time.
struct Unanswered : core::Error {
  Unanswered(const std::string& what, bool by_stop)
      : Error(core::ExitStatus::unfinished, what), stopped(by_stop) {}
  bool stopped;  ///< more time may help
};

struct LinearPlace {
  using Cells = std::vector<galois::Element>;

  core::Natural period;
  core::Natural distance;  ///< steps to the cycle
  Cells entry;             ///< the first state on it
  /// The smallest state of the cycle, and the steps from it to `entry`; where one is not there, `missing`
  /// says why.
  std::optional<Cells> representative;
  std::optional<core::Natural> position;
  std::string missing;
  bool was_stopped = false;  ///< more time may give what is missing
};

/// Not thread-safe: it remembers orders and tables of logarithms, up to 256 MiB for each large prime.
class LinearOrbits {
 public:
  using Cells = LinearPlace::Cells;

  /// @param feedback  linear or affine (asserted)
  /// @throws Unanswered  the polynomial has too large a degree, or a stop was requested before it was
  /// factored
  LinearOrbits(const fsr::Feedback& feedback, const AlgebraControl& control);
  ~LinearOrbits();
  LinearOrbits(LinearOrbits&&) noexcept;
  LinearOrbits& operator=(LinearOrbits&&) noexcept;

  /// @param state  d cells  @throws Unanswered  the period is not known
  [[nodiscard]] LinearPlace locate(std::span<const galois::Element> state, const AlgebraControl& control);

  /// The fewest steps from one state to another; nullopt: the first does not lead to the second.
  /// @throws Unanswered
  [[nodiscard]] std::optional<core::Natural> distance(std::span<const galois::Element> from,
                                                      std::span<const galois::Element> to,
                                                      const AlgebraControl& control);

  /// What a user must know of probable primes that the answers rest on; empty where there are none.
  [[nodiscard]] std::string reservation() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace gforbit::cycles
