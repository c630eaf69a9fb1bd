#include "gforbit/cycles/simd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {

struct Named {
  SimdLevel level;
  std::string_view name;
};

constexpr std::array kNames{Named{SimdLevel::scalar, "scalar"}, Named{SimdLevel::sse2, "sse2"},
                            Named{SimdLevel::avx2, "avx2"}, Named{SimdLevel::avx512, "avx512"}};

constexpr std::array kLevels{SimdLevel::scalar, SimdLevel::sse2, SimdLevel::avx2, SimdLevel::avx512};

#if defined(__x86_64__)
// The compiler's query also asks whether the operating system saves the registers.
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("popcnt");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
bool has_avx2() {
  return false;
}
bool has_avx512() {
  return false;
}
#endif

}  // namespace

std::span<const SimdLevel> simd_levels() noexcept {
  return kLevels;
}

std::string_view simd_name(SimdLevel level) noexcept {
  return kNames.at(static_cast<std::size_t>(level)).name;
}

bool simd_available(SimdLevel level) noexcept {
  switch (level) {
    case SimdLevel::avx512:
      return has_avx512();
    case SimdLevel::avx2:
      return has_avx2();
    default:
      return true;
  }
}

SimdLevel best_simd_level() noexcept {
  return has_avx512() ? SimdLevel::avx512 : has_avx2() ? SimdLevel::avx2 : SimdLevel::sse2;
}

SimdLevel choose_simd_level(std::optional<SimdLevel> forced) {
  const SimdLevel level = forced.value_or(best_simd_level());
  if (!simd_available(level)) {
    throw core::EnvironmentError(fmt::format("this processor has no {}: use --simd auto, or {} at most",
                                             simd_name(level), simd_name(best_simd_level())));
  }
  return level;
}

}  // namespace gforbit::cycles
