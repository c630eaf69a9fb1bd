#include "cycles/executor.hpp"

#include <utility>

#include "cycles/units.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::job_cycles {

namespace {

class MappingExecution final : public sched::Execution {
 public:
  explicit MappingExecution(std::unique_ptr<cycles::UnitWork> work) : work_(std::move(work)) {}

  [[nodiscard]] int width() const noexcept override { return work_->width(); }
  [[nodiscard]] bool work(core::StopSignal stop) override { return work_->work(std::move(stop)); }
  [[nodiscard]] core::Bytes result() override { return work_->result(); }

 private:
  std::unique_ptr<cycles::UnitWork> work_;
};

}  // namespace

std::shared_ptr<cycles::LeaderSieve> SieveCache::of(std::uint64_t row, const cycles::RangePlan& plan,
                                                    const fsr::Register& reg) {
  if (!plan.sieve) return nullptr;
  const std::scoped_lock lock(mutex_);
  const Key key{row, cycles::choose_simd_level(plan.simd)};
  const auto at = std::find_if(sieves_.begin(), sieves_.end(), [&](const auto& s) { return s.first == key; });
  if (at != sieves_.end()) return at->second;
  if (sieves_.size() == kMostSieves) sieves_.erase(sieves_.begin());
  return sieves_.emplace_back(key, std::make_shared<cycles::LeaderSieve>(reg, key.second)).second;
}

std::unique_ptr<sched::Execution> make_mapping_execution(std::unique_ptr<cycles::UnitWork> work) {
  return std::make_unique<MappingExecution>(std::move(work));
}

std::unique_ptr<sched::Execution> make_mapping_execution(std::uint64_t row, const cycles::MappingUnit& unit,
                                                         const fsr::Register& reg, RankState& rank) {
  auto work = cycles::make_work(unit, reg, rank.sieves.of(row, unit.plan, reg), rank.steps);
  const bool is_made_of_slices = !unit.is<cycles::InterleavedUnit>();
  return is_made_of_slices ? make_mapping_execution(std::move(work))
                           : make_background_execution(std::move(work));
}

std::unique_ptr<sched::Execution> CyclesExecutor::start(std::span<const std::byte> body) {
  JobUnit unit = read_unit(body);
  if (auto* const bundle = std::get_if<BundleUnit>(&unit))
    return make_bundle_execution(std::move(bundle->entries), rank_);
  const auto& alone = std::get<RegisterUnit>(unit);
  const cycles::MappingUnit* const mapping = alone.mapping();
  if (mapping != nullptr && is_local(*mapping)) return local_(alone.row);
  const fsr::Register reg = alone.reg.make(rank_.fields);
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
