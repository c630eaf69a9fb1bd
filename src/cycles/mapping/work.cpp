// Ranges and open walks of large registers: the threads of a rank take slices, work on findings of their own
// and merge them when a slice is done, so that nothing is shared in the hot loops.

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/interleaved.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/cycles/mapping/work.hpp"
#include "gforbit/cycles/peeling.hpp"
#include "gforbit/cycles/trees.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

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
class BijectionWork final : public UnitWork {
 public:
  BijectionWork(RangeUnit unit, std::shared_ptr<const Kernel> kernel, std::shared_ptr<LeaderSieve> sieve,
                std::atomic<std::uint64_t>& steps)
      : unit_(std::move(unit)),
        sieve_(std::move(sieve)),
        kernel_(std::move(kernel)),
        slices_(unit_.range, work_model(unit_), steps_of_slice()),
        findings_(steps) {
    if (unit_.kind == UnitKind::segments) block_ = SegmentBlock(unit_.range);
  }

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (stop.stop_requested()) return false;
    Findings findings;
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
  std::shared_ptr<LeaderSieve> sieve_;
  std::shared_ptr<const Kernel> kernel_;
  SliceSource slices_;
  std::atomic<std::size_t> next_walk_{0};
  SegmentBlock block_;
  Collector<Findings> findings_;
};

/// Cycles with short periods of a bijection.
class ShortCyclesWork final : public UnitWork {
 public:
  ShortCyclesWork(RangeUnit unit, const fsr::Register& reg, std::atomic<std::uint64_t>& steps)
      : unit_(std::move(unit)),
        search_(reg, choose_simd_level(unit_.plan.simd)),
        partition_(unit_.plan.partition()),
        next_period_(unit_.range.begin.value),
        findings_(steps) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    const std::uint64_t period = next_period_.fetch_add(1, std::memory_order_relaxed);
    if (period >= unit_.range.end.value || stop.stop_requested()) return false;
    Findings findings;
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
  ShortCycles search_;
  Partition partition_;
  std::atomic<std::uint64_t> next_period_;
  Collector<Findings> findings_;
};

/// Ranges and open walks of a singular register.
class TreeWork final : public UnitWork {
 public:
  TreeWork(RangeUnit unit, const fsr::Register& reg, std::atomic<std::uint64_t>& steps)
      : unit_(std::move(unit)),
        kernel_(fsr::Stepper(reg), unit_.plan.marks, unit_.plan.partition()),
        slices_(unit_.range, work_model(unit_), kSliceSteps),
        findings_(steps) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (stop.stop_requested()) return false;
    TreeFindings findings;
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
  bool next_slice(TreeFindings& findings, const core::StopSignal& stop) {
    const auto slice = slices_.claim();
    if (!slice) return false;
    if (unit_.kind == UnitKind::basins) {
      kernel_.basins(*slice, unit_.plan.walk_limit, findings, stop);
    } else {
      kernel_.leaders(*slice, unit_.max_period, unit_.plan.walk_limit, findings, stop);
    }
    return true;
  }

  bool resume_next(TreeFindings& findings, const core::StopSignal& stop) {
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
  TreeKernel kernel_;
  SliceSource slices_;
  std::atomic<std::size_t> next_walk_{0};
  Collector<TreeFindings> findings_;
};

/// An interleaved register, which one thread maps.
class InterleavedWork final : public UnitWork {
 public:
  InterleavedWork(const fsr::Register& reg, std::uint64_t stored, std::atomic<std::uint64_t>& steps)
      : reg_(reg), stored_(stored), steps_(steps) {}

  [[nodiscard]] int width() const noexcept override { return 1; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    result_ = map_interleaved(reg_, interleaving_of(reg_).value(), stored_, std::move(stop));
    if (result_) steps_.fetch_add(result_->steps, std::memory_order_relaxed);
    return false;
  }

  /// Empty after a stop.
  [[nodiscard]] core::Bytes result() override {
    return result_ ? write_undivided(*result_, true) : core::Bytes{};
  }

 private:
  fsr::Register reg_;
  std::uint64_t stored_;
  std::atomic<std::uint64_t>& steps_;
  std::optional<MapResult> result_;
};

/// A singular register in memory.
class PeelingWork final : public UnitWork {
 public:
  PeelingWork(const fsr::Register& reg, const RangeUnit& unit, std::atomic<std::uint64_t>& steps)
      : peeling_(reg, unit.stored, choose_simd_level(unit.plan.simd)), steps_(steps) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    const bool more = peeling_.work(stop);
    const std::uint64_t steps = peeling_.steps();
    std::uint64_t noted = noted_.load(std::memory_order_relaxed);
    // Threads may come in another order than they read the steps: only the larger number counts.
    while (steps > noted && !noted_.compare_exchange_weak(noted, steps, std::memory_order_relaxed)) continue;
    if (steps > noted) steps_.fetch_add(steps - noted, std::memory_order_relaxed);
    return more;
  }

  [[nodiscard]] core::Bytes result() override { return write_undivided(peeling_.result(), false); }

 private:
  Peeling peeling_;
  std::atomic<std::uint64_t>& steps_;
  std::atomic<std::uint64_t> noted_{0};
};

}  // namespace

std::unique_ptr<UnitWork> make_bijection_work(RangeUnit unit, std::shared_ptr<const Kernel> kernel,
                                              std::shared_ptr<LeaderSieve> sieve,
                                              std::atomic<std::uint64_t>& steps) {
  return std::make_unique<BijectionWork>(std::move(unit), std::move(kernel), std::move(sieve), steps);
}

std::unique_ptr<UnitWork> make_work(RangeUnit unit, const fsr::Register& reg,
                                    std::shared_ptr<LeaderSieve> sieve, std::atomic<std::uint64_t>& steps) {
  switch (unit.kind) {
    case UnitKind::interleaved:
      return std::make_unique<InterleavedWork>(reg, unit.stored, steps);
    case UnitKind::peeling:
      return std::make_unique<PeelingWork>(reg, unit, steps);
    case UnitKind::segments:
    case UnitKind::leaders:
    case UnitKind::walks: {
      std::shared_ptr<const Kernel> kernel = make_kernel(reg, unit.plan, sieve);
      return make_bijection_work(std::move(unit), std::move(kernel), std::move(sieve), steps);
    }
    case UnitKind::short_cycles:
      return std::make_unique<ShortCyclesWork>(std::move(unit), reg, steps);
    default:
      return std::make_unique<TreeWork>(std::move(unit), reg, steps);
  }
}

}  // namespace gforbit::cycles
