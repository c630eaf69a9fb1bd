/// From a mapped register to its orbit index.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/index/orbits.hpp"

namespace gforbit::index {

struct BuildOptions {
  int threads = 1;
  std::optional<cycles::SimdLevel> simd{};
  /// Marks to keep at most; nullopt: kDefaultMarks, and fewer for small registers.
  std::optional<std::uint64_t> most_marks{};
};

inline constexpr std::uint64_t kDefaultMarks = std::uint64_t{1} << 22;
inline constexpr std::uint64_t kMostMarks = std::uint64_t{1} << 31;

/// The marks of an index: the largest power of q that the options allow, or 1.
/// @param walked  marks whose segments the mapping of the register walks; 0: none. The default does not go
///                beyond them.
[[nodiscard]] std::uint64_t index_marks(const fsr::Register& reg, const BuildOptions& options,
                                        std::uint64_t walked = 0);

/// The next mark and the number of steps to it for each mark of a nonsingular register, walked by threads of
/// this process with the fastest kernel of a level.
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<cycles::SegmentBlock> walk_segments(const fsr::Register& reg, std::uint64_t marks,
                                                                int threads, cycles::SimdLevel level,
                                                                const std::stop_token& stop = {});

/// The index of a register.
/// @param cycles    all of them, sorted by representative
/// @param marks     of the index; a power of q, or 1
/// @param segments  of marks of the register from 0 on, if there are any; else, and if they are fewer than
///                  `marks`, they are walked. The index is the same.
/// @throws core::CertificateError  cycles and segments contradict each other
/// @throws core::InputError        a transient length, or the number of cycles, is beyond what the form can
/// hold
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<Orbits> build_orbits(const fsr::Register& reg, bool nonsingular,
                                                 std::span<const cycles::Cycle> cycles, std::uint64_t marks,
                                                 const BuildOptions& options,
                                                 const cycles::SegmentBlock* segments = nullptr,
                                                 const std::stop_token& stop = {});

}  // namespace gforbit::index
