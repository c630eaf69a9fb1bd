/// A second mapping of a register, in another way as far as there is one: an error of the kernels, of the
/// tables or of the machine then hardly repeats itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gforbit/cycles/mapping.hpp"
#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Up to here an interleaved register is mapped again as if it were none.
inline constexpr std::uint64_t kMostAsOne = std::uint64_t{1} << 32;

/// The options of the second mapping: the next lower vector level above scalar, or else the next higher one;
/// half as many distinguished states where the kernel takes them; a singular register with one feedback that
/// was peeled is cut in ranges.
/// @param options  of the first one
[[nodiscard]] MappingOptions options_again(const fsr::Register& reg, bool nonsingular,
                                           const MappingOptions& options);

/// By the options of the second mapping.
[[nodiscard]] std::unique_ptr<Mapping> make_mapping_again(const fsr::Register& reg, bool nonsingular,
                                                          const MappingOptions& options_again);

/// What map_whole() has mapped, in ranges by the calling thread. nullopt: `stop` was requested first.
[[nodiscard]] std::optional<MapResult> map_whole_again(const fsr::Register& reg, bool nonsingular,
                                                       std::uint64_t stored, bool basins, Simd simd,
                                                       const core::StopSignal& stop);

/// Equal but for the steps.
[[nodiscard]] bool same_map(const MapResult& a, const MapResult& b);

}  // namespace gforbit::cycles
