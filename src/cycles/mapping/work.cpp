// Ranges and open walks of large registers: the threads of a rank take slices, work on findings of their own
// and merge them when a slice is done, so that nothing is shared in the hot loops.

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/fields.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/graph_peeling.hpp"
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

/// Hands out open walks to the threads of a rank, one a slice.
template <class Walk>
class WalkSource {
 public:
  explicit WalkSource(std::vector<Walk> walks) : walks_(std::move(walks)) {}

  /// Empty if none is left.
  [[nodiscard]] std::span<const Walk> claim() {
    const std::size_t i = next_.fetch_add(1, std::memory_order_relaxed);
    return std::span(walks_).subspan(std::min(i, walks_.size()), i < walks_.size() ? 1 : 0);
  }

 private:
  std::vector<Walk> walks_;
  std::atomic<std::size_t> next_{0};
};

core::WorkModel model_of_marks(const RangePlan& plan) {
  return core::WorkModel::uniform(static_cast<double>(plan.states) / static_cast<double>(plan.marks));
}

core::WorkModel model_of_candidates(const RangePlan& plan) {
  return core::WorkModel::logarithmic(static_cast<double>(plan.states));
}

/// Any number of threads take slices of a `Part`. It has the findings of its slices as `Part::Found`, and
/// claims one and works on it by `take`, which returns false if none is left.
template <class Part>
class SlicedWork final : public UnitWork {
 public:
  template <class... Arguments>
  explicit SlicedWork(std::atomic<std::uint64_t>& steps, Arguments&&... arguments)
      : part_(std::forward<Arguments>(arguments)...), findings_(steps) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (stop.stop_requested()) return false;
    typename Part::Found found;
    if (!part_.take(found, stop)) return false;
    findings_.merge(std::move(found));
    return true;
  }

  [[nodiscard]] core::Bytes result() override {
    core::ByteWriter out;
    findings_.write(out);
    if constexpr (requires { part_.write_table(out); }) part_.write_table(out);
    return out.take();
  }

 private:
  Part part_;
  Collector<typename Part::Found> findings_;
};

// ---- nonsingular registers --------------------------------------------------------------------------------

using SharedKernel = std::shared_ptr<const Kernel>;

class Segments {
 public:
  using Found = Findings;
  Segments(const MappingUnit& unit, const SegmentsUnit& task, SharedKernel kernel)
      : walk_limit_(unit.plan.walk_limit),
        kernel_(std::move(kernel)),
        slices_(task.marks, model_of_marks(unit.plan),
                std::max(task.slice_steps, static_cast<double>(kernel_->least_steps()))),
        table_(task.marks) {}

  bool take(Findings& found, const core::StopSignal& stop) {
    const auto slice = slices_.claim();
    if (slice) kernel_->segments(*slice, walk_limit_, table_, found, stop);
    return slice.has_value();
  }
  void write_table(core::ByteWriter& out) const { table_.write(out); }

 private:
  std::uint64_t walk_limit_;
  SharedKernel kernel_;
  SliceSource slices_;
  SegmentBlock table_;
};

class Leaders {
 public:
  using Found = Findings;
  Leaders(const MappingUnit& unit, const LeadersUnit& task, SharedKernel kernel,
          const std::shared_ptr<LeaderSieve>& sieve)
      : walk_limit_(unit.plan.walk_limit),
        stored_(unit.stored),
        max_period_(task.max_period),
        kernel_(std::move(kernel)),
        slices_(task.candidates, model_of_candidates(unit.plan), steps_of_slice(task, sieve)) {}

  bool take(Findings& found, const core::StopSignal& stop) {
    const auto slice = slices_.claim();
    if (!slice) return false;
    kernel_->leaders(*slice, max_period_, walk_limit_, found, stop);
    found.count_cycles(*slice, stored_);
    return true;
  }

 private:
  [[nodiscard]] double steps_of_slice(const LeadersUnit& task,
                                      const std::shared_ptr<LeaderSieve>& sieve) const {
    constexpr double kSievedSteps = 0x1p23;  // some 15 milliseconds
    if (sieve && sieve->in_use()) return kSievedSteps;
    return std::max(task.slice_steps, static_cast<double>(kernel_->least_steps()));
  }

  std::uint64_t walk_limit_, stored_, max_period_;
  SharedKernel kernel_;
  SliceSource slices_;
};

class OpenWalks {
 public:
  using Found = Findings;
  OpenWalks(const MappingUnit& unit, const WalksUnit& task, SharedKernel kernel)
      : walk_limit_(unit.plan.walk_limit),
        max_period_(task.max_period),
        kernel_(std::move(kernel)),
        walks_(task.walks) {}

  bool take(Findings& found, const core::StopSignal& stop) {
    const auto walk = walks_.claim();
    if (!walk.empty()) kernel_->resume(walk, max_period_, walk_limit_, found, stop);
    return !walk.empty();
  }

 private:
  std::uint64_t walk_limit_, max_period_;
  SharedKernel kernel_;
  WalkSource<OpenWalk> walks_;
};

/// One period a slice.
class ShortPeriods {
 public:
  using Found = Findings;
  ShortPeriods(const MappingUnit& unit, const ShortCyclesUnit& task, const fsr::Register& reg)
      : above_marks_{{unit.plan.marks}, {unit.plan.states}},
        stored_(unit.stored),
        search_(reg, choose_simd_level(unit.plan.simd)),
        partition_(unit.plan.partition()),
        next_(task.periods.begin.value),
        end_(task.periods.end.value) {}

  bool take(Findings& found, const core::StopSignal& stop) {
    const std::uint64_t period = next_.fetch_add(1, std::memory_order_relaxed);
    if (period >= end_) return false;
    search_.find(static_cast<int>(period), partition_, found, stop);
    found.count_cycles(above_marks_, stored_);
    return true;
  }

 private:
  core::StateRange above_marks_;
  std::uint64_t stored_;
  ShortCycles search_;
  Partition partition_;
  std::atomic<std::uint64_t> next_;
  std::uint64_t end_;
};

// ---- singular registers -----------------------------------------------------------------------------------

TreeKernel tree_kernel(const RangePlan& plan, const fsr::Register& reg) {
  return {fsr::Stepper(reg), plan.marks, plan.partition()};
}

class Basins {
 public:
  using Found = TreeFindings;
  Basins(const MappingUnit& unit, const BasinsUnit& task, const fsr::Register& reg)
      : walk_limit_(unit.plan.walk_limit),
        kernel_(tree_kernel(unit.plan, reg)),
        slices_(task.marks, model_of_marks(unit.plan), kSliceSteps) {}

  bool take(TreeFindings& found, const core::StopSignal& stop) {
    const auto slice = slices_.claim();
    if (slice) kernel_.basins(*slice, walk_limit_, found, stop);
    return slice.has_value();
  }

 private:
  std::uint64_t walk_limit_;
  TreeKernel kernel_;
  SliceSource slices_;
};

class TreeLeaders {
 public:
  using Found = TreeFindings;
  TreeLeaders(const MappingUnit& unit, const TreeLeadersUnit& task, const fsr::Register& reg)
      : walk_limit_(unit.plan.walk_limit),
        max_period_(task.max_period),
        kernel_(tree_kernel(unit.plan, reg)),
        slices_(task.candidates, model_of_candidates(unit.plan), kSliceSteps) {}

  bool take(TreeFindings& found, const core::StopSignal& stop) {
    const auto slice = slices_.claim();
    if (slice) kernel_.leaders(*slice, max_period_, walk_limit_, found, stop);
    return slice.has_value();
  }

 private:
  std::uint64_t walk_limit_, max_period_;
  TreeKernel kernel_;
  SliceSource slices_;
};

/// Walks along trees that go on.
template <class Task>
class OpenTrees {
 public:
  using Found = TreeFindings;
  OpenTrees(const MappingUnit& unit, const Task& task, const fsr::Register& reg)
      : walk_limit_(unit.plan.walk_limit),
        task_(task),
        kernel_(tree_kernel(unit.plan, reg)),
        walks_(task.walks) {}

  bool take(TreeFindings& found, const core::StopSignal& stop) {
    const auto walk = walks_.claim();
    if (walk.empty()) return false;
    if constexpr (std::is_same_v<Task, OpenBasinsUnit>) {
      kernel_.resume_basins(walk, walk_limit_, found, stop);
    } else if constexpr (std::is_same_v<Task, RimsUnit>) {
      kernel_.rims(walk, walk_limit_, found, stop);
    } else {
      kernel_.resume_leaders(walk, task_.max_period, walk_limit_, found, stop);
    }
    return true;
  }

 private:
  std::uint64_t walk_limit_;
  Task task_;
  TreeKernel kernel_;
  WalkSource<typename decltype(Task::walks)::value_type> walks_;
};

// ---- registers that are not cut ---------------------------------------------------------------------------

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
  [[nodiscard]] core::Bytes result() override { return result_ ? core::to_bytes(*result_) : core::Bytes{}; }

 private:
  fsr::Register reg_;
  std::uint64_t stored_;
  std::atomic<std::uint64_t>& steps_;
  std::optional<MapResult> result_;
};

/// A singular register or system in memory.
template <class Peeling>
class PeelingWork final : public UnitWork {
 public:
  template <class... Arguments>
  explicit PeelingWork(std::atomic<std::uint64_t>& steps, Arguments&&... arguments)
      : peeling_(std::forward<Arguments>(arguments)...), steps_(steps) {}

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

  [[nodiscard]] core::Bytes result() override { return core::to_bytes(peeling_.result()); }

 private:
  Peeling peeling_;
  std::atomic<std::uint64_t>& steps_;
  std::atomic<std::uint64_t> noted_{0};
};

std::unique_ptr<UnitWork> make_peeling_work(const MappingUnit& unit, const fsr::Register& reg,
                                            std::atomic<std::uint64_t>& steps) {
  if (reg.system() != nullptr) return std::make_unique<PeelingWork<GraphPeeling>>(steps, reg, unit.stored);
  return std::make_unique<PeelingWork<Peeling>>(steps, reg, unit.stored, choose_simd_level(unit.plan.simd));
}

}  // namespace

std::unique_ptr<UnitWork> make_bijection_work(const MappingUnit& unit, std::shared_ptr<const Kernel> kernel,
                                              const std::shared_ptr<LeaderSieve>& sieve,
                                              std::atomic<std::uint64_t>& steps) {
  using Work = std::unique_ptr<UnitWork>;
  return std::visit(
      Overloaded{
          [&](const SegmentsUnit& task) -> Work {
            return std::make_unique<SlicedWork<Segments>>(steps, unit, task, std::move(kernel));
          },
          [&](const LeadersUnit& task) -> Work {
            return std::make_unique<SlicedWork<Leaders>>(steps, unit, task, std::move(kernel), sieve);
          },
          [&](const WalksUnit& task) -> Work {
            return std::make_unique<SlicedWork<OpenWalks>>(steps, unit, task, std::move(kernel));
          },
          [](const auto&) -> Work {
            throw core::InternalError("a unit without ranges or walks has no kernel");
          },
      },
      unit.task);
}

std::unique_ptr<UnitWork> make_work(const MappingUnit& unit, const fsr::Register& reg,
                                    const std::shared_ptr<LeaderSieve>& sieve,
                                    std::atomic<std::uint64_t>& steps) {
  if (is_local(unit)) throw core::ProtocolError("a unit for the memory of rank 0 came to another one");
  using Work = std::unique_ptr<UnitWork>;
  const auto by_kernel = [&]() -> Work {
    return make_bijection_work(unit, make_kernel(reg, unit.plan, sieve), sieve, steps);
  };
  const auto on_trees = [&]<class Task>(const Task& task) -> Work {
    return std::make_unique<SlicedWork<OpenTrees<Task>>>(steps, unit, task, reg);
  };
  return std::visit(Overloaded{
                        [&](const SegmentsUnit&) { return by_kernel(); },
                        [&](const LeadersUnit&) { return by_kernel(); },
                        [&](const WalksUnit&) { return by_kernel(); },
                        [&](const ShortCyclesUnit& task) -> Work {
                          return std::make_unique<SlicedWork<ShortPeriods>>(steps, unit, task, reg);
                        },
                        [](const ContractionUnit&) -> Work { return nullptr; },
                        [](const BasinSearchUnit&) -> Work { return nullptr; },
                        [&](const InterleavedUnit&) -> Work {
                          return std::make_unique<InterleavedWork>(reg, unit.stored, steps);
                        },
                        [&](const BasinsUnit& task) -> Work {
                          return std::make_unique<SlicedWork<Basins>>(steps, unit, task, reg);
                        },
                        [&](const TreeLeadersUnit& task) -> Work {
                          return std::make_unique<SlicedWork<TreeLeaders>>(steps, unit, task, reg);
                        },
                        [&](const OpenBasinsUnit& task) { return on_trees(task); },
                        [&](const RimsUnit& task) { return on_trees(task); },
                        [&](const TreeWalksUnit& task) { return on_trees(task); },
                        [&](const PeelingUnit&) { return make_peeling_work(unit, reg, steps); },
                    },
                    unit.task);
}

}  // namespace gforbit::cycles
