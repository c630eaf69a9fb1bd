// The range interface on top of the vector code; whatever is rare is left to the scalar reference.

#include <algorithm>
#include <cassert>

#include "gforbit/cycles/qary.hpp"
#include "kernels/sieve_takeover.hpp"
#include "qary_leaders.hpp"
#include "qary_segments.hpp"

namespace gforbit::cycles {

namespace {

/// The exponent e with q^e = n; -1 if n is no power of q.
int power_of(std::uint64_t q, std::uint64_t n) {
  int exponent = 0;
  for (; n > 1 && n % q == 0; n /= q) ++exponent;
  return n == 1 ? exponent : -1;
}

std::uint64_t first_of_last_class(const Partition& partition) {
  return partition.interval(partition.size() - 1).begin.value;
}

class QaryKernel final : public SievedKernel {
 public:
  QaryKernel(const fsr::Register& reg, std::uint64_t marks, Partition partition, SimdLevel level,
             std::shared_ptr<LeaderSieve> sieve)
      : SievedKernel(make_scalar_kernel(fsr::Stepper(reg), partition), std::move(sieve), partition),
        segment_lanes_(functions(reg, level, qary::fastest_kind(reg.field()))),
        leader_lanes_(functions(reg, level, qary::leader_kind(reg.field()))),
        segment_tape_(qary::make_tape(reg.feedback(), qary::fastest_kind(reg.field()), segment_lanes_)),
        leader_tape_(qary::make_tape(reg.feedback(), qary::leader_kind(reg.field()), leader_lanes_)),
        classes_{partition, marks, first_of_last_class(partition), 0},
        states_(*reg.enumerable_state_count()) {
    classes_.noted_zeros = reg.degree() - power_of(reg.field().order(), classes_.coarse);
  }

  /// So much that every lane walks some tens of segments: lanes end one by one.
  [[nodiscard]] std::uint64_t least_steps() const noexcept override {
    constexpr std::uint64_t kSegmentsPerLane = 64, kMostLeastSteps = std::uint64_t{1} << 32;
    const auto count = static_cast<std::uint64_t>(segment_lanes_.vector_lanes * segment_tape_.vectors);
    return std::min(kMostLeastSteps, kSegmentsPerLane * count * (states_ / classes_.marks));
  }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    if (marks.empty()) return;
    qary::SegmentWalk walk(segment_tape_, segment_lanes_, classes_, marks, block);
    walk.run(walk_limit, findings, stop);
  }

 private:
  void search_leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
                      Findings& found, const core::StopSignal& stop) const override {
    assert(candidates.begin.value >= classes_.marks);
    qary::LeaderSearch search(leader_tape_, leader_lanes_);
    search.run(candidates, stop, [&](const std::vector<std::uint64_t>& survivors) {
      for (const std::uint64_t i : survivors) {
        if (stop.stop_requested()) return;
        const OpenWalk walk{OpenWalk::Purpose::leader, i, i, 0, 0};
        scalar().resume({&walk, 1}, max_period, walk_limit, found, stop);
      }
    });
    found.steps += search.steps();
  }

  static const qary::LaneFunctions& functions(const fsr::Register& reg, SimdLevel level,
                                              qary::LaneKind kind) {
    return qary::functions_of(qary::functions_of(level), kind, reg.field());
  }

  const qary::LaneFunctions& segment_lanes_;
  const qary::LaneFunctions& leader_lanes_;
  qary::Tape segment_tape_, leader_tape_;
  qary::SegmentClasses classes_;
  std::uint64_t states_;
};

constexpr std::uint64_t kMostMarks = std::uint64_t{1} << 32;
/// With fewer, most lanes have nothing to do.
constexpr std::uint64_t kFewestMarks = 64;

/// Whether there are lanes for this field, and states to walk in them.
bool has_lanes(const fsr::Register& reg) {
  return reg.system() == nullptr && reg.degree() >= 2 && qary::element_kind(reg.field()) &&
         reg.enumerable_state_count();
}

/// The smallest power of q that is not less than n.
std::uint64_t power_from(std::uint64_t q, std::uint64_t n) {
  std::uint64_t power = 1;
  while (power < n) power *= q;
  return power;
}

}  // namespace

bool qary_applies(const fsr::Register& reg, std::uint64_t marks, const Partition& partition) {
  if (!has_lanes(reg) || marks > kMostMarks || marks >= reg.enumerable_state_count()) return false;
  const std::uint64_t q = reg.field().order();
  return power_of(q, marks) >= 0 && power_of(q, first_of_last_class(partition)) >= 0;
}

std::uint64_t qary_coarse(const fsr::Register& reg, std::uint64_t marks) {
  assert(power_of(reg.field().order(), marks) >= 0);
  // A note costs as much as some hundred steps of a lane, of planes as much as a thousand.
  const std::uint64_t steps_per_note = qary::has_planes(reg.field()) ? 1 << 14 : 1 << 12;
  const std::uint64_t states = reg.enumerable_state_count().value();
  return std::max(marks, states / std::min(states, power_from(reg.field().order(), steps_per_note)));
}

std::optional<std::uint64_t> qary_marks(const fsr::Register& reg, std::uint64_t memory_bytes,
                                        std::uint64_t bytes_per_mark) {
  if (!has_lanes(reg)) return std::nullopt;
  // A mark that is reached costs as much as some thousand steps of a lane, if these are fast.
  const std::uint64_t steps_per_mark = reg.field().order() <= 256 ? 1 << 15 : 1 << 11;
  const std::uint64_t most = std::min(kMostMarks, memory_bytes / bytes_per_mark);
  const std::uint64_t q = reg.field().order(), states = *reg.enumerable_state_count();
  std::uint64_t marks = states / std::min(states, power_from(q, steps_per_mark));
  while (marks > most && marks > 1) marks /= q;
  if (marks < kFewestMarks) return std::nullopt;
  return marks;
}

std::unique_ptr<Kernel> make_qary_kernel(const fsr::Register& reg, std::uint64_t marks, Partition partition,
                                         SimdLevel level, std::shared_ptr<LeaderSieve> sieve) {
  assert(level != SimdLevel::scalar && qary_applies(reg, marks, partition));
  return std::make_unique<QaryKernel>(reg, marks, partition, level, std::move(sieve));
}

}  // namespace gforbit::cycles
