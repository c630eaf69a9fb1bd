/// What peeling (peeling.hpp) keeps for each state, over GF(2) and over larger fields.
#pragma once

#include <cstdint>
#include <memory>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/peeling.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

struct PackedStep;

/// Takes the transient states away, in passes that follow one another; a pass is cut in slices that may run
/// at once.
class PeelingTables {
 public:
  virtual ~PeelingTables() = default;
  /// The number of slices of the next pass; 0 when all transient states were taken away. No slice may be at
  /// work, and none stopped.
  virtual std::uint64_t begin_pass() = 0;
  /// Each slice of a pass once. Thread-safe. @return states that were looked at or taken away
  virtual std::uint64_t run(std::uint64_t slice, const core::StopSignal& stop) = 0;

  /// When all were taken away.
  [[nodiscard]] virtual TakenStates taken() const = 0;

  /// Then: words for the sieve, to be filled in so many slices. At least `count` of them.
  [[nodiscard]] virtual SieveWords take_sieve_words(std::uint64_t count) { return SieveWords(count); }
  [[nodiscard]] virtual std::uint64_t sieve_slices() const = 0;
  /// Sets the bits for states that were taken away, and no others, in a slice of these words. Thread-safe.
  /// @param size  states that have a bit
  virtual void fill_sieve(std::uint64_t slice, std::uint64_t* sieve, std::uint64_t size) const = 0;
};

/// GF(2), at least 2^10 states.
[[nodiscard]] std::unique_ptr<PeelingTables> make_bit_tables(const fsr::Register& reg, SimdLevel level);
/// 2 < q <= kMostDigitOrder.
inline constexpr std::uint64_t kMostDigitOrder = 65000;
[[nodiscard]] std::unique_ptr<PeelingTables> make_digit_tables_plain(std::shared_ptr<const PackedStep> step);
[[nodiscard]] std::unique_ptr<PeelingTables> make_digit_tables_bmi2(std::shared_ptr<const PackedStep> step);

/// Fields of so many elements may have a bit for each state (image_words.hpp).
inline constexpr std::uint64_t kMostImageOrder = 8;
/// Whether such words apply: not where a look-up has too many keys.
[[nodiscard]] bool has_image_words(const PackedStep& step);

/// Else three values of a counter of predecessors have other meanings: a byte will do up to here, beyond two
/// bytes.
inline constexpr std::uint64_t kMostByteCounted = 250;

}  // namespace gforbit::cycles
