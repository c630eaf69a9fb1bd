/// Checks an orbit index against its register: does it describe all states?
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/index/file.hpp"

namespace gforbit::index {

struct VerifyOptions {
  int threads = 1;
  /// Vector level of the walks; nullopt: another one than wrote the file, if this processor has two.
  std::optional<cycles::SimdLevel> simd{};
  /// Probability with which each segment and each cycle without a mark is walked; 1: all of them, by the
  /// fastest kernel of the level.
  double sample = 1;
  std::uint64_t seed = 0;  ///< of the sample
};

struct Verification {
  std::uint64_t segments = 0, walked_segments = 0;
  std::uint64_t unmarked_cycles = 0, walked_cycles = 0;
  std::uint64_t steps = 0;
  cycles::SimdLevel level = cycles::SimdLevel::scalar;  ///< that walked
  bool recounted = false;                               ///< a singular register was mapped again
  std::vector<std::string> wrong;  ///< what is wrong, the first few; empty: nothing was found
};

/// Nonsingular registers. The tables are read in full, whatever the sample is: cycles sorted, every mark on
/// one of them once, positions increasing, periods that add up to q^d. Then segments are walked: each must
/// end at the next mark of its cycle after the steps that the positions say; and cycles without a mark: each
/// must return after its period and not before, with the representative its smallest state. All of them
/// together prove that the index is right: the segments of a cycle are disjoint from those of others because
/// a walk is determined by its mark, and all states are covered because the periods add up.
///
/// Singular registers: their segments overlap, so no sample proves that nothing is missing. With sample = 1
/// the register is mapped again and its cycles are compared.
/// @throws core::InputError  a block of the file is damaged
[[nodiscard]] std::optional<Verification> verify(const IndexedRegister& of, const OrbitView& view,
                                                 const VerifyOptions& options,
                                                 const std::stop_token& stop = {});

}  // namespace gforbit::index
