// Units of the mapping of one register as executions of the engine.

#include <algorithm>
#include <utility>

#include "cycles/executions.hpp"

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

std::shared_ptr<cycles::LeaderSieve> SieveCache::of(const RegisterUnit& unit, const fsr::Register& reg) {
  if (!unit.plan.sieve) return nullptr;
  const std::scoped_lock lock(mutex_);
  const auto at =
      std::find_if(sieves_.begin(), sieves_.end(), [&](const auto& s) { return s.first == unit.row; });
  if (at != sieves_.end()) return at->second;
  if (sieves_.size() == kMostSieves) sieves_.erase(sieves_.begin());
  return sieves_
      .emplace_back(unit.row,
                    std::make_shared<cycles::LeaderSieve>(reg, cycles::choose_simd_level(unit.plan.simd)))
      .second;
}

std::unique_ptr<sched::Execution> make_mapping_execution(std::unique_ptr<cycles::UnitWork> work) {
  return std::make_unique<MappingExecution>(std::move(work));
}

std::unique_ptr<sched::Execution> make_mapping_execution(RegisterUnit unit, const fsr::Register& reg,
                                                         RankState& rank) {
  // Not made of slices.
  const bool is_in_background = unit.kind == cycles::UnitKind::interleaved;
  auto sieve = rank.sieves.of(unit, reg);
  auto work = cycles::make_work(std::move(unit), reg, std::move(sieve), rank.steps);
  return is_in_background ? make_background_execution(std::move(work))
                          : make_mapping_execution(std::move(work));
}

}  // namespace gforbit::job_cycles
