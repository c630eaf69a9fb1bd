#include "gforbit/cycles/mapping/again.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/mapping/work.hpp"

namespace gforbit::cycles {

namespace {

SimdLevel another_level(Simd first) {
  const SimdLevel level = choose_simd_level(first);
  const auto levels = simd_levels();
  const auto at = std::ranges::find(levels, level);
  if (level > SimdLevel::sse2) return *(at - 1);
  const bool has_higher = at + 1 != levels.end() && simd_available(*(at + 1));
  return has_higher ? *(at + 1) : SimdLevel::scalar;
}

/// The units one after the other; false: a stop was requested.
bool run_in_order(Mapping& mapping, const fsr::Register& reg, const core::StopSignal& stop) {
  std::atomic<std::uint64_t> steps{0};
  while (!mapping.complete()) {
    auto unit = mapping.next_local();
    const bool is_of_mapping = unit.has_value();
    if (!unit) unit = mapping.next();
    if (!unit) unit = mapping.next_guess();
    if (!unit) throw core::InternalError("a mapping is not complete, and has no unit left to work on");
    const auto work = is_of_mapping ? mapping.local_work() : make_work(*unit, reg, nullptr, steps);
    while (!stop.stop_requested() && work->work(stop)) continue;
    if (stop.stop_requested()) return false;
    mapping.merge(*unit, work->result());
    static_cast<void>(mapping.take_outdated());  // no other unit is out
  }
  return true;
}

}  // namespace

MappingOptions options_again(const fsr::Register& reg, bool nonsingular, const MappingOptions& options) {
  MappingOptions again = options;
  again.simd = another_level(options.simd);
  again.keep_segments = false;
  again.peel = options.peel && reg.system() != nullptr;
  const RangePlan all = plan_ranges(reg, nonsingular, again);
  again.marks_limit = std::max<std::uint64_t>(1, all.marks / 2);
  if (plan_ranges(reg, nonsingular, again).kernel != all.kernel) again.marks_limit = all.marks;
  return again;
}

std::unique_ptr<Mapping> make_mapping_again(const fsr::Register& reg, bool nonsingular,
                                            const MappingOptions& options_again) {
  if (nonsingular && reg.enumerable_state_count() <= kMostAsOne)
    return make_mapping(reg, nonsingular, options_again, plan_ranges(reg, nonsingular, options_again));
  return make_mapping(reg, nonsingular, options_again);
}

std::optional<MapResult> map_whole_again(const fsr::Register& reg, bool nonsingular, std::uint64_t stored,
                                         bool basins, Simd simd, const core::StopSignal& stop) {
  MappingOptions options;
  options.stored = stored;
  options.basins = basins;
  options.simd = simd;
  const auto mapping = make_mapping_again(reg, nonsingular, options_again(reg, nonsingular, options));
  if (!run_in_order(*mapping, reg, stop)) return std::nullopt;
  return mapping->result();
}

bool same_map(const MapResult& a, const MapResult& b) {
  return a.cycles.distribution() == b.cycles.distribution() && a.cycles.rows() == b.cycles.rows() &&
         a.transient_states == b.transient_states && a.max_transient_length == b.max_transient_length &&
         a.leaf_states == b.leaf_states && a.basin_sizes == b.basin_sizes &&
         a.transient_lengths == b.transient_lengths;
}

}  // namespace gforbit::cycles
