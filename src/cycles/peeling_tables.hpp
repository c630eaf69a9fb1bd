/// What peeling (peeling.hpp) keeps for each state, over GF(2) and over larger fields.
#pragma once

#include <cstdint>
#include <memory>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

struct PackedStep;

/// A pass is cut in slices that may run at once; passes follow one another.
class PeelingTables {
 public:
  virtual ~PeelingTables() = default;
  /// Slices of a pass over all states.
  [[nodiscard]] virtual std::uint64_t slices() const = 0;
  /// The first pass: states of level 0 in this slice.
  virtual std::uint64_t find_first_level(std::uint64_t slice) = 0;
  /// Takes the level at hand away. @return states of the next level
  virtual std::uint64_t take_level(std::uint64_t slice) = 0;
  /// Between two passes: the next level is at hand.
  virtual void next_level() = 0;

  struct Taken {
    std::uint64_t states = 0, levels = 0;
  };
  /// Below this number of states a level is for take_rest().
  [[nodiscard]] virtual std::uint64_t few_states() const = 0;
  /// Takes the level at hand away and finds and takes all that follow, with lists, by one thread.
  /// @return the levels after the one at hand
  virtual Taken take_rest(const core::StopSignal& stop) = 0;

  /// Sets the bits of this slice for states that were taken away; the sieve has `size` bits, all zero.
  virtual void fill_sieve(std::uint64_t slice, std::uint64_t* sieve, std::uint64_t size) const = 0;
};

/// GF(2), at least 2^10 states.
[[nodiscard]] std::unique_ptr<PeelingTables> make_bit_tables(const fsr::Register& reg, SimdLevel level);
/// 2 < q <= kMostDigitOrder.
inline constexpr std::uint64_t kMostDigitOrder = 65000;
[[nodiscard]] std::unique_ptr<PeelingTables> make_digit_tables_plain(std::shared_ptr<const PackedStep> step);
[[nodiscard]] std::unique_ptr<PeelingTables> make_digit_tables_bmi2(std::shared_ptr<const PackedStep> step);
/// Three values of a counter of predecessors have other meanings: a byte will do up to here, beyond two
/// bytes.
inline constexpr std::uint64_t kMostByteCounted = 250;

}  // namespace gforbit::cycles
