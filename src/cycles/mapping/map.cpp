#include "gforbit/cycles/mapping.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/mapping/run.hpp"
#include "gforbit/cycles/mapping/work.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::cycles {

namespace {

/// @throws core::InputError
void check(const fsr::Register& reg, const MappingOptions& options) {
  if (!reg.enumerable_state_count()) {
    throw core::InputError(fmt::format("{}^{} states are more than the 2^63 that can be enumerated",
                                       reg.field().order(), reg.degree()));
  }
  if (options.threads < 1)
    throw core::InputError(fmt::format("a mapping by {} threads: at least one is needed", options.threads));
}

std::optional<MapResult> map_in_units(const fsr::Register& reg, bool nonsingular,
                                      const MappingOptions& options, const std::stop_token& stop) {
  const auto mapping = make_mapping(reg, nonsingular, options);
  const auto sieve = mapping->plan().sieve
                         ? std::make_shared<LeaderSieve>(reg, choose_simd_level(mapping->plan().simd))
                         : nullptr;
  std::atomic<std::uint64_t> steps{0};
  const WorkFactory make = [&](const MappingUnit& unit) { return make_work(unit, reg, sieve, steps); };
  if (!run_mapping(*mapping, make, options.threads, stop)) return std::nullopt;
  return mapping->result();
}

}  // namespace

std::optional<MapResult> map(const fsr::Register& reg, const MappingOptions& options,
                             const std::stop_token& stop) {
  check(reg, options);
  const auto nonsingular = fsr::is_nonsingular(reg, stop);
  if (!nonsingular) return std::nullopt;
  MappingOptions of_this_process = options;
  of_this_process.ranks = 1;
  const auto whole = plan_whole(reg, of_this_process);
  auto result = whole ? map_whole(reg, *nonsingular, whole->bitsliced_marks, options.stored, options.basins,
                                  options.simd, stop)
                      : map_in_units(reg, *nonsingular, of_this_process, stop);
  if (result && !covers_all_states(reg.state_count(), result->cycles, result->transient_states)) {
    throw core::CertificateError(
        "the certificate does not close: cycles and transient states do not add up to all states");
  }
  return result;
}

MapResult map(const fsr::Register& reg, const MappingOptions& options) {
  return map(reg, options, {}).value();
}

}  // namespace gforbit::cycles
