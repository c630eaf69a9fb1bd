// The scalar reference behind the range interface: simple enough to be believed, and what every fast kernel
// is tested against. Nothing here is clever; the cleverness is in what the ranges mean (kernel.hpp) and in
// the classes (partition.hpp).

#include <utility>

#include "gforbit/cycles/kernel.hpp"
#include "scalar_walks.hpp"

namespace gforbit::cycles {

namespace {

struct IndexStep {
  using State = std::uint64_t;
  [[nodiscard]] State at(std::uint64_t index) const noexcept { return index; }
  [[nodiscard]] State next(State state) const { return stepper.next(state); }
  [[nodiscard]] std::uint64_t index(State state) const noexcept { return state; }
  fsr::Stepper stepper;
};

class ScalarKernel final : public Kernel {
 public:
  ScalarKernel(fsr::Stepper step, Partition partition)
      : walks_({std::move(step)}, partition), classes_(partition.size()) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return 1 << 18; }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    findings.seen.resize(classes_, 0);
    for (std::uint64_t mark = marks.begin.value; mark < marks.end.value; ++mark) {
      OpenWalk walk{OpenWalk::Purpose::segment, mark, mark, 0, 0};
      if (walks_.follow_segment(walk, walk_limit, findings, stop)) {
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
      walks_.search({OpenWalk::Purpose::leader, i, i, 0, 0}, max_period, walk_limit, findings, stop);
      if (i % kWalksPerStopLook == 0 && stop.stop_requested()) return;
    }
  }

  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, core::StopSignal stop) const override {
    walks_.resume(walks, max_period, walk_limit, findings, stop);
  }

 private:
  /// Most walks are short; long ones look for themselves.
  static constexpr std::uint64_t kWalksPerStopLook = 16;

  ScalarWalks<IndexStep> walks_;
  std::size_t classes_;
};

}  // namespace

std::unique_ptr<Kernel> make_scalar_kernel(fsr::Stepper step, Partition partition) {
  return std::make_unique<ScalarKernel>(std::move(step), partition);
}

}  // namespace gforbit::cycles
