// The scalar reference behind the range interface: simple enough to be believed, and what every fast kernel
// is tested against. Nothing here is clever; the cleverness is in what the ranges mean (kernel.hpp) and in
// the classes (partition.hpp).

#include <algorithm>
#include <utility>

#include "gforbit/cycles/kernel.hpp"

namespace gforbit::cycles {

namespace {

class ScalarKernel final : public Kernel {
 public:
  ScalarKernel(fsr::Stepper step, std::uint64_t marks, Partition partition)
      : step_(std::move(step)), marks_(marks), partition_(partition) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return 1 << 18; }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    findings.seen.resize(partition_.size(), 0);
    for (std::uint64_t mark = marks.begin.value; mark < marks.end.value; ++mark) {
      OpenWalk walk{OpenWalk::Purpose::segment, mark, mark, 0, 0};
      if (follow_segment(walk, walk_limit, findings, stop)) {
        block.set(mark, walk.current, walk.steps);
      } else {
        findings.open.push_back(walk);
      }
      if (mark % kWalksPerStopLook == 0 && stop.stop_requested()) return;
    }
  }

  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
               Findings& findings, core::StopSignal stop) const override {
    for (std::uint64_t i = candidates.begin.value; i < candidates.end.value; ++i) {
      search({OpenWalk::Purpose::leader, i, i, 0, 0}, max_period, walk_limit, findings, stop);
      if (i % kWalksPerStopLook == 0 && stop.stop_requested()) return;
    }
  }

  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, core::StopSignal stop) const override {
    for (OpenWalk walk : walks) {
      switch (walk.purpose) {
        case OpenWalk::Purpose::segment:
          findings.seen.resize(partition_.size(), 0);
          if (follow_segment(walk, walk_limit, findings, stop)) {
            findings.segments.push_back({walk.start, walk.current, walk.steps});
          } else {
            findings.open.push_back(walk);
          }
          break;
        case OpenWalk::Purpose::leader:
          search(walk, max_period, walk_limit, findings, stop);
          break;
        case OpenWalk::Purpose::count:
          count(walk, walk_limit, findings, stop);
          break;
      }
      if (stop.stop_requested()) return;
    }
  }

 private:
  static constexpr std::uint64_t kWalksPerStopLook =
      16;  ///< most walks are short; long ones look for themselves
  static constexpr std::uint64_t kStopCheckMask = (1 << 16) - 1;

  /// Walks until the next mark; true if it got there. Counts every state it leaves.
  bool follow_segment(OpenWalk& walk, std::uint64_t limit, Findings& findings,
                      const core::StopSignal& stop) const {
    std::uint64_t x = walk.current;
    std::uint64_t taken = 0;
    do {
      ++findings.seen[partition_.class_of(x)];
      x = step_.next(x);
      ++taken;
    } while (x >= marks_ && taken < limit && ((taken & kStopCheckMask) != 0 || !stop.stop_requested()));
    walk.current = x;
    walk.steps += taken;
    findings.steps += taken;
    return x < marks_;
  }

  /// Walks until a smaller state (no leader), back to the start (a cycle), or too far to be a missing cycle.
  void search(OpenWalk walk, std::uint64_t max_period, std::uint64_t limit, Findings& findings,
              const core::StopSignal& stop) const {
    std::uint64_t x = walk.current;
    std::uint64_t taken = 0;
    const std::uint64_t last = max_period - std::min(max_period, walk.steps);
    do {
      x = step_.next(x);
      ++taken;
    } while (x > walk.start && taken < last && taken < limit &&
             ((taken & kStopCheckMask) != 0 || !stop.stop_requested()));
    walk.current = x;
    walk.steps += taken;
    findings.steps += taken;
    if (x < walk.start) return;
    if (x == walk.start) {
      findings.cycles.push_back({walk.start, walk.steps});
      count({OpenWalk::Purpose::count, walk.start, walk.start, 0, walk.steps}, limit, findings, stop);
    } else if (walk.steps < max_period) {
      findings.open.push_back(walk);
    }
  }

  /// Once around a cycle that was found, to lower the deficits of its classes.
  void count(OpenWalk walk, std::uint64_t limit, Findings& findings, const core::StopSignal& stop) const {
    findings.seen.resize(partition_.size(), 0);
    const std::uint64_t todo = std::min(limit, walk.period - walk.steps);
    std::uint64_t taken = 0;
    while (taken < todo && ((taken & kStopCheckMask) != 0 || !stop.stop_requested())) {
      ++findings.seen[partition_.class_of(walk.current)];
      walk.current = step_.next(walk.current);
      ++taken;
    }
    walk.steps += taken;
    findings.steps += taken;
    if (walk.steps < walk.period) findings.open.push_back(walk);
  }

  fsr::Stepper step_;
  std::uint64_t marks_;
  Partition partition_;
};

}  // namespace

std::unique_ptr<Kernel> make_scalar_kernel(fsr::Stepper step, std::uint64_t marks, Partition partition) {
  return std::make_unique<ScalarKernel>(std::move(step), marks, partition);
}

}  // namespace gforbit::cycles
