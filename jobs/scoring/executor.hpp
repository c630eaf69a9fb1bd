/// What every rank does with the units of the scoring job.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "gforbit/sched/work.hpp"
#include "gforbit/solvers/helper.hpp"
#include "scoring/call_pump.hpp"

namespace gforbit::job_scoring {

class ScoringExecutor final : public sched::Executor {
 public:
  /// @param helper  of this rank; must outlive the executor
  explicit ScoringExecutor(solvers::Helper& helper) : pump_(helper) {}

  [[nodiscard]] std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override;
  bool attend() override { return pump_.attend(); }
  /// Calls of programs.
  [[nodiscard]] std::uint64_t capacity() const override { return given_ + pump_.room(); }
  /// Calls.
  [[nodiscard]] std::uint64_t work_done() const noexcept override {
    return calls_.load(std::memory_order_relaxed);
  }

 private:
  CallPump pump_;
  std::uint64_t given_ = 0;  ///< calls of programs that were given to this rank
  std::atomic<std::uint64_t> calls_{0};
};

}  // namespace gforbit::job_scoring
