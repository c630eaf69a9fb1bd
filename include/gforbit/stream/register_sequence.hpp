/// The output sequence of a register: the oldest cell of each state, s_0, s_1, s_2, ...
///
/// Over GF(2) a linear register's sequence obeys, beside its own recurrence, the one with all distances
/// multiplied by 512, because f(x)^512 = f(x^512); so 512 bits are made at a time by exclusive or of earlier
/// blocks of 512. Other linear registers take their recurrence, others their step map.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/stream/elements.hpp"

namespace gforbit::stream {

/// Not thread-safe.
class RegisterSequence {
 public:
  /// @param state  index of the first state, below q^d
  /// @throws core::InputError  the state is too large
  RegisterSequence(const fsr::Feedback& feedback, const core::Natural& state);
  ~RegisterSequence();
  RegisterSequence(RegisterSequence&&) noexcept;
  RegisterSequence& operator=(RegisterSequence&&) noexcept;

  /// The next elements, at least one and about `n`.
  [[nodiscard]] Elements next(std::uint64_t n);
  /// The cells of the state whose oldest cell next() puts out first: d elements.
  [[nodiscard]] std::vector<galois::Element> state() const;
  void set_state(std::vector<galois::Element> cells);
  /// Goes `steps` steps on. Linear registers: O(d^2 log(steps)); others: steps.
  void skip(std::uint64_t steps);
  /// Whether skip() is fast.
  [[nodiscard]] bool can_jump() const noexcept;

  class Generator;

 private:
  fsr::Feedback feedback_;
  std::unique_ptr<Generator> generator_;
};

/// (s_N, ..., s_{N+d-1}) of the linear register with these coefficients c_0..c_{d-1}, from (s_0, ...,
/// s_{d-1}).
[[nodiscard]] std::vector<galois::Element> jump(const galois::Field& field,
                                                std::span<const galois::Element> coefficients,
                                                std::span<const galois::Element> state, std::uint64_t steps);

}  // namespace gforbit::stream
