/// A feedback shift register: d cells over GF(q) and a feedback function.
///
/// One step drops the oldest cell s_0, moves the others down and puts the value of the feedback into the
/// newest:
///
///     (s_0, s_1, ..., s_{d-1})  ->  (s_1, ..., s_{d-1}, f(s_0, ..., s_{d-1}))
///
/// So the states are the windows of length d on one sequence that obeys s_{n+d} = f(s_n, ..., s_{n+d-1}). A
/// state is numbered by its index s_0 + s_1 q + ... + s_{d-1} q^(d-1), and on indices a step is a division:
///
///     next(s) = floor(s / q) + f * q^(d-1)
///
/// Example: x0 + x1 over GF(2), d = 3. Index 1 is the state (1, 0, 0); f = 1, the next state is (0, 0, 1),
/// index 4: floor(1 / 2) + 1 * 4. On it goes: 4 2 5 6 7 3 1, the cycle of all seven states that are not 0.
///
/// The step map is a bijection exactly if the dropped cell can be recovered, i.e. if f is a permutation of x0
/// for every value of the other cells; the register is then called nonsingular and all its states lie on
/// cycles.
///
/// A system of registers (system.hpp) is a Register, too: it has a state index and a step map, but no single
/// feedback. All that works on steps alone takes both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gforbit/core/natural.hpp"
#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// Enumeration needs state indices below 2^63.
inline constexpr std::uint64_t kMaxStateCount = std::uint64_t{1} << 63;

/// Largest linear system for algebra, which takes some d^3 operations.
inline constexpr int kMaxLinearSystem = 1024;

class System;

class Register {
 public:
  explicit Register(Feedback feedback);
  explicit Register(System system);

  [[nodiscard]] const galois::Field& field() const noexcept;
  [[nodiscard]] int degree() const noexcept;  ///< number of cells
  /// @throws std::logic_error  it is a system
  [[nodiscard]] const Feedback& feedback() const;
  /// nullptr: it is a register with one feedback.
  [[nodiscard]] const System* system() const noexcept { return system_.get(); }
  [[nodiscard]] FeedbackKind kind() const noexcept;
  /// Canonical: that of the feedback or of the system.
  [[nodiscard]] std::string text() const;
  /// Terms or products of its functions.
  [[nodiscard]] std::size_t length() const noexcept;
  /// Whether its cycles follow from the factors of its characteristic polynomial: linear or affine, as a
  /// system of at most kMaxLinearSystem cells.
  [[nodiscard]] bool has_algebra() const noexcept;

  /// q^d, exact.
  [[nodiscard]] core::Natural state_count() const;
  /// q^d where states can be enumerated (at most kMaxStateCount), else nullopt. The one place this is
  /// decided.
  [[nodiscard]] std::optional<std::uint64_t> enumerable_state_count() const;

 private:
  // One of the two.
  std::shared_ptr<const Feedback> feedback_;
  std::shared_ptr<const System> system_;
};

/// Whether the step map is a bijection: f is a permutation of x0 for every value of the other cells. Exact.
/// q = 2: f = x0 + g(x1, ...). q > 2: every distinct vector of coefficients of x0, x0^2, ...
/// that the other cells can produce is tested on all q elements; cost at most q^(v+1) evaluations, v the
/// number of other cells that occur in a product with x0 (v = 0 for x0 + g). A few random vectors are tried
/// first, because most singular registers are recognized at once. A vector with one entry that is not 0 needs
/// no evaluation: c x^j permutes GF(q) exactly if gcd(j, q - 1) = 1. Memory: q bits where a polynomial in x0
/// with several terms is tested.
/// @return nullopt if `stop` was requested before the answer was certain
[[nodiscard]] std::optional<bool> is_nonsingular(const Feedback& feedback, core::StopSignal stop = {});
/// The same of a register or a system.
[[nodiscard]] std::optional<bool> is_nonsingular(const Register& reg, core::StopSignal stop = {});

}  // namespace gforbit::fsr
