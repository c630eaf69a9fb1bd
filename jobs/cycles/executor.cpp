#include "cycles/executor.hpp"

#include <utility>

#include "cycles/units.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::job_cycles {

std::unique_ptr<sched::Execution> CyclesExecutor::start(std::span<const std::byte> body) {
  if (kind_of(body) == UnitKind::bundle) return make_bundle_execution(read_bundle(body), rank_);
  RangeUnit unit = RangeUnit::read(body);
  if (unit.kind == UnitKind::local) return local_(unit.row);
  fsr::Register reg = unpack_register(unit.reg, rank_.fields);
  switch (unit.kind) {
    case UnitKind::classify:
      return make_classify_execution(std::move(reg));
    case UnitKind::algebra:
      return make_algebra_execution(std::move(reg), unit.timeout_s,
                                    unit.searches ? cycles::Search::until_stopped : cycles::Search::none,
                                    rank_);
    case UnitKind::interleaved:
      return make_interleaved_execution(std::move(reg), unit.stored, rank_);
    case UnitKind::peeling:
      return make_peeling_execution(reg, unit, rank_);
    case UnitKind::segments:
    case UnitKind::leaders:
    case UnitKind::walks:
      return make_bijection_execution(std::move(unit), reg, rank_);
    case UnitKind::short_cycles:
      return make_short_cycles_execution(std::move(unit), reg, rank_);
    default:
      return make_tree_execution(std::move(unit), reg, rank_);
  }
}

std::string CyclesExecutor::vector_level() const {
  return std::string(cycles::simd_name(cycles::best_simd_level()));
}

}  // namespace gforbit::job_cycles
