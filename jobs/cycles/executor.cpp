#include "cycles/executor.hpp"

#include <utility>

#include "cycles/units.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::job_cycles {

std::unique_ptr<sched::Execution> CyclesExecutor::start(std::span<const std::byte> body) {
  JobUnit unit = read_unit(body);
  if (auto* const bundle = std::get_if<BundleUnit>(&unit))
    return make_bundle_execution(std::move(bundle->entries), rank_);
  const auto& alone = std::get<RegisterUnit>(unit);
  const cycles::MappingUnit* const mapping = alone.mapping();
  if (mapping != nullptr && mapping->is<cycles::ContractionUnit>()) return local_(alone.row);
  const fsr::Register reg = unpack_register(alone.reg, rank_.fields);
  return std::visit(cycles::Overloaded{
                        [&](const ClassifyUnit&) { return make_classify_execution(reg); },
                        [&](const AlgebraUnit& task) { return make_algebra_execution(reg, task, rank_); },
                        [&](const cycles::MappingUnit& task) {
                          return make_mapping_execution(alone.row, task, reg, rank_);
                        },
                    },
                    alone.task);
}

std::string CyclesExecutor::vector_level() const {
  return std::string(cycles::simd_name(cycles::best_simd_level()));
}

}  // namespace gforbit::job_cycles
