/// Vector levels: how wide the kernels compute, chosen at run time, so that one program serves every machine
/// of a cluster.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace gforbit::cycles {

/// In increasing speed. Names as on the command line.
enum class SimdLevel {
  scalar,  ///< one state at a time: the reference
  sse2,    ///< vectors of 128 bits: SSE2 on x86-64, whatever the compiler has elsewhere
  avx2,    ///< 256 bits; needs AVX2, BMI1, BMI2 and POPCNT
  avx512,  ///< 512 bits; needs AVX-512 F, BW, DQ and VL, and what avx2 needs
};

/// Every level there is, in increasing speed.
[[nodiscard]] std::span<const SimdLevel> simd_levels() noexcept;

[[nodiscard]] std::string_view simd_name(SimdLevel level) noexcept;

/// Whether this processor (and its operating system) can run `level`, and this program has it.
[[nodiscard]] bool simd_available(SimdLevel level) noexcept;

/// The fastest level available.
[[nodiscard]] SimdLevel best_simd_level() noexcept;

/// The forced level, or the fastest one.
/// @throws core::EnvironmentError   this processor has not got it
[[nodiscard]] SimdLevel choose_simd_level(std::optional<SimdLevel> forced);

}  // namespace gforbit::cycles
