#include "cycles/executor.hpp"

#include <utility>

#include "cycles/units.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::job_cycles {

std::unique_ptr<sched::Execution> CyclesExecutor::start(std::span<const std::byte> body) {
  if (kind_of(body) == cycles::UnitKind::bundle) return make_bundle_execution(read_bundle(body), rank_);
  RegisterUnit unit = RegisterUnit::read(body);
  if (unit.kind == cycles::UnitKind::local) return local_(unit.row);
  fsr::Register reg = unpack_register(unit.reg, rank_.fields);
  switch (unit.kind) {
    case cycles::UnitKind::classify:
      return make_classify_execution(std::move(reg));
    case cycles::UnitKind::algebra:
      return make_algebra_execution(std::move(reg), unit.timeout_s,
                                    unit.searches ? cycles::Search::until_stopped : cycles::Search::none,
                                    rank_);
    default:
      return make_mapping_execution(std::move(unit), reg, rank_);
  }
}

std::string CyclesExecutor::vector_level() const {
  return std::string(cycles::simd_name(cycles::best_simd_level()));
}

}  // namespace gforbit::job_cycles
