/// All cycles of one register, by the threads of this process.
///
///     gforbit::cycles::MappingOptions options;
///     options.threads = 8;
///     const gforbit::cycles::MapResult map = gforbit::cycles::map(reg, options);
///
/// Small registers are mapped whole by one thread. Larger ones are cut in ranges of states: segments between
/// distinguished states, their contraction, and a search for the leaders of the remaining cycles, or by the
/// trees of a singular register. Every result is certified: the periods found and the transient states
/// counted add up to all q^d states.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// What mapping a register may use, and what it keeps.
struct MappingOptions {
  int threads = 1;  ///< of all ranks together
  int ranks = 1;    ///< processes that share the work; map() has one
  /// Cycle rows to keep, those with the smallest representatives. The distribution of periods is complete
  /// whatever this is.
  std::uint64_t stored = CycleCensus::kAll;
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  ///< on rank 0; half of it for tables of ranges
  std::optional<SimdLevel> simd{};                      ///< forced vector level; none: the fastest
  /// Singular registers for which there is memory are peeled in memory, not cut in ranges.
  bool peel = true;
  /// Of singular registers: what leads to each cycle, and in how many steps. All cycles are kept until that
  /// is known: 24 bytes each.
  bool basins = false;
  /// The segments of nonsingular registers are kept for Mapping::take_segments().
  bool keep_segments = false;
  /// Distinguished states of a register that is cut in ranges, at most, where the kernel takes so few.
  std::uint64_t marks_limit = std::numeric_limits<std::uint64_t>::max();
  /// Registers of at most this many states are mapped whole (a quarter of it over fields other than GF(2)).
  std::uint64_t whole_limit = kWholeLimit;
};

/// A register needs more than MappingOptions::memory_bytes.
struct MemoryShortage : core::EnvironmentError {
  using core::EnvironmentError::EnvironmentError;
};

/// Maps all states of a register. About q^d steps, of which all threads take their share.
/// @throws core::InputError        the register has more than 2^63 states, or an option has no meaning
/// @throws core::EnvironmentError  this processor does not have the vector level
/// @throws MemoryShortage          a singular register needs more memory
/// @throws core::CertificateError  the certificate does not close: an error of this library
[[nodiscard]] MapResult map(const fsr::Register& reg, const MappingOptions& options = {});

/// The same until `stop` is requested: then it returns nullopt within milliseconds.
[[nodiscard]] std::optional<MapResult> map(const fsr::Register& reg, const MappingOptions& options,
                                           const std::stop_token& stop);

}  // namespace gforbit::cycles
