// Ranges and open walks of large registers: the threads of a rank take slices, work on findings of their own
// and merge them when a slice is done, so that nothing is shared in the hot loops.

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "cycles/executions.hpp"
#include "cycles/mapping.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/trees.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::job_cycles {

namespace {

/// Findings collected by the threads of one rank: each slice works on its own and merges when it is done.
template <class Findings>
class Collector {
 public:
  explicit Collector(std::atomic<std::uint64_t>& steps) : steps_(steps) {}
  void merge(Findings&& findings) {
    steps_.fetch_add(findings.steps, std::memory_order_relaxed);
    const std::scoped_lock lock(mutex_);
    findings_.merge(std::move(findings));
  }
  void write(core::ByteWriter& out) const { findings_.write(out); }

 private:
  std::atomic<std::uint64_t>& steps_;  // of the rank
  std::mutex mutex_;
  Findings findings_;
};

/// Hands out the slices of a range to the threads of a rank.
class SliceSource {
 public:
  SliceSource(core::StateRange range, core::WorkModel model, double steps)
      : source_(range, model, {.first_work = steps, .largest_work = steps}) {}

  [[nodiscard]] std::optional<core::StateRange> claim() {
    const std::scoped_lock lock(mutex_);
    return source_.next();
  }

 private:
  std::mutex mutex_;
  core::RangeSource source_;
};

core::WorkModel work_model(const RangeUnit& unit) {
  const auto n = static_cast<double>(unit.plan.states);
  if (unit.kind == UnitKind::segments || unit.kind == UnitKind::basins) {
    return core::WorkModel::uniform(n / static_cast<double>(unit.plan.marks));
  }
  return core::WorkModel::logarithmic(n);
}

/// Ranges and open walks of a bijection.
class BijectionExecution final : public sched::Execution {
 public:
  BijectionExecution(RangeUnit unit, const fsr::Register& reg, RankState& rank)
      : unit_(std::move(unit)),
        sieve_(rank.sieves.of(unit_, reg)),
        kernel_(make_kernel(reg, unit_.plan, sieve_)),
        slices_(unit_.range, work_model(unit_), steps_of_slice()),
        findings_(rank.steps) {
    if (unit_.kind == UnitKind::segments) block_ = cycles::SegmentBlock(unit_.range);
  }

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (stop.stop_requested()) return false;
    cycles::Findings findings;
    if (unit_.kind == UnitKind::walks) {
      const std::size_t i = next_walk_.fetch_add(1, std::memory_order_relaxed);
      if (i >= unit_.walks.size()) return false;
      kernel_->resume(std::span(unit_.walks).subspan(i, 1), unit_.max_period, unit_.plan.walk_limit, findings,
                      stop);
    } else {
      const auto slice = slices_.claim();
      if (!slice) return false;
      if (unit_.kind == UnitKind::segments) {
        kernel_->segments(*slice, unit_.plan.walk_limit, block_, findings, stop);
      } else {
        kernel_->leaders(*slice, unit_.max_period, unit_.plan.walk_limit, findings, stop);
        findings.count_cycles(*slice, unit_.stored);
      }
    }
    findings_.merge(std::move(findings));
    return true;
  }

  [[nodiscard]] core::Bytes result() override {
    core::ByteWriter out;
    findings_.write(out);
    if (unit_.kind == UnitKind::segments) block_.write(out);
    return out.take();
  }

 private:
  [[nodiscard]] double steps_of_slice() const {
    constexpr double kSievedSteps = 0x1p23;  // some 15 milliseconds
    if (unit_.kind == UnitKind::leaders && sieve_ && sieve_->in_use()) return kSievedSteps;
    return std::max(unit_.slice_steps, static_cast<double>(kernel_->least_steps()));
  }

  RangeUnit unit_;
  std::shared_ptr<cycles::LeaderSieve> sieve_;
  std::unique_ptr<cycles::Kernel> kernel_;
  SliceSource slices_;
  std::atomic<std::size_t> next_walk_{0};
  cycles::SegmentBlock block_;
  Collector<cycles::Findings> findings_;
};

/// Cycles with short periods of a bijection.
class ShortCyclesExecution final : public sched::Execution {
 public:
  ShortCyclesExecution(RangeUnit unit, const fsr::Register& reg, RankState& rank)
      : unit_(std::move(unit)),
        search_(reg, cycles::choose_simd_level(unit_.plan.simd)),
        partition_(unit_.plan.partition()),
        next_period_(unit_.range.begin.value),
        findings_(rank.steps) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    const std::uint64_t period = next_period_.fetch_add(1, std::memory_order_relaxed);
    if (period >= unit_.range.end.value || stop.stop_requested()) return false;
    cycles::Findings findings;
    search_.find(static_cast<int>(period), partition_, findings, stop);
    findings.count_cycles({{unit_.plan.marks}, {unit_.plan.states}}, unit_.stored);
    findings_.merge(std::move(findings));
    return true;
  }

  [[nodiscard]] core::Bytes result() override {
    core::ByteWriter out;
    findings_.write(out);
    return out.take();
  }

 private:
  RangeUnit unit_;
  cycles::ShortCycles search_;
  cycles::Partition partition_;
  std::atomic<std::uint64_t> next_period_;
  Collector<cycles::Findings> findings_;
};

/// Ranges and open walks of a singular register.
class TreeExecution final : public sched::Execution {
 public:
  TreeExecution(RangeUnit unit, const fsr::Register& reg, RankState& rank)
      : unit_(std::move(unit)),
        kernel_(fsr::Stepper(reg), unit_.plan.marks, unit_.plan.partition()),
        slices_(unit_.range, work_model(unit_), kSliceSteps),
        findings_(rank.steps) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (stop.stop_requested()) return false;
    cycles::TreeFindings findings;
    const bool worked = unit_.range.empty() ? resume_next(findings, stop) : next_slice(findings, stop);
    if (worked) findings_.merge(std::move(findings));
    return worked;
  }

  [[nodiscard]] core::Bytes result() override {
    core::ByteWriter out;
    findings_.write(out);
    return out.take();
  }

 private:
  bool next_slice(cycles::TreeFindings& findings, const core::StopSignal& stop) {
    const auto slice = slices_.claim();
    if (!slice) return false;
    if (unit_.kind == UnitKind::basins) {
      kernel_.basins(*slice, unit_.plan.walk_limit, findings, stop);
    } else {
      kernel_.leaders(*slice, unit_.max_period, unit_.plan.walk_limit, findings, stop);
    }
    return true;
  }

  bool resume_next(cycles::TreeFindings& findings, const core::StopSignal& stop) {
    const std::size_t i = next_walk_.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t limit = unit_.plan.walk_limit;
    if (i < unit_.trees.size()) {
      kernel_.resume_basins(std::span(unit_.trees).subspan(i, 1), limit, findings, stop);
    } else if (i < unit_.rims.size()) {
      kernel_.rims(std::span(unit_.rims).subspan(i, 1), limit, findings, stop);
    } else if (i < unit_.walks.size()) {
      kernel_.resume_leaders(std::span(unit_.walks).subspan(i, 1), unit_.max_period, limit, findings, stop);
    } else {
      return false;
    }
    return true;
  }

  RangeUnit unit_;
  cycles::TreeKernel kernel_;
  SliceSource slices_;
  std::atomic<std::size_t> next_walk_{0};
  Collector<cycles::TreeFindings> findings_;
};

}  // namespace

std::shared_ptr<cycles::LeaderSieve> SieveCache::of(const RangeUnit& unit, const fsr::Register& reg) {
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

std::unique_ptr<sched::Execution> make_bijection_execution(RangeUnit unit, const fsr::Register& reg,
                                                           RankState& rank) {
  return std::make_unique<BijectionExecution>(std::move(unit), reg, rank);
}

std::unique_ptr<sched::Execution> make_short_cycles_execution(RangeUnit unit, const fsr::Register& reg,
                                                              RankState& rank) {
  return std::make_unique<ShortCyclesExecution>(std::move(unit), reg, rank);
}

std::unique_ptr<sched::Execution> make_tree_execution(RangeUnit unit, const fsr::Register& reg,
                                                      RankState& rank) {
  return std::make_unique<TreeExecution>(std::move(unit), reg, rank);
}

}  // namespace gforbit::job_cycles
