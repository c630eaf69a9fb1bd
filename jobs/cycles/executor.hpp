/// The executor of the cycles job on each rank.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "cycles/executions.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::job_cycles {

/// Makes executions of units. On rank 0 `local` makes those of a ContractionUnit, which use the plan's
/// memory.
class CyclesExecutor final : public sched::Executor {
 public:
  using LocalWork = std::function<std::unique_ptr<sched::Execution>(std::uint64_t row)>;
  explicit CyclesExecutor(LocalWork local = {}) : local_(std::move(local)) {}

  [[nodiscard]] std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override;
  /// Register steps.
  [[nodiscard]] std::uint64_t work_done() const noexcept override {
    return rank_.steps.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::string vector_level() const override;

 private:
  RankState rank_;
  LocalWork local_;
};

}  // namespace gforbit::job_cycles
