/// A register of any size that nobody has to walk through: what its ranges would find, and how long a rank
/// would take to find it. For simulations of large runs.
///
/// The permutation of the marks is a hash, so that rank 0 follows real chains; the cycles without a mark are
/// drawn as those of a random register are distributed (for each level of leading zeros about ln 2 cycles
/// whose smallest state is there, with periods of about 2^level); the states of segments are spread so that
/// sums over all ranges are exact. So rank 0 ends with the certificate or not at all.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "cycles/units.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/kernel.hpp"

namespace gforbit::testing_support {

/// How fast the threads of a rank are. Measured with x0 + x3 + x5*x9 of degree 48, AVX-512, 2048 lanes.
struct VirtualCore {
  double steps_per_s = 1e11;  ///< with all lanes at work
  /// Lanes end one by one: seconds until the last segment of a slice has ended, if a mark has 2^20 states.
  double segments_end_s = 0.14;
  /// The same for leaders of level 19.
  double leaders_end_s = 0.05;
};

class VirtualRegister {
 public:
  VirtualRegister(const fsr::Register& reg, const cycles::RangePlan& plan, std::uint64_t seed)
      : plan_(plan),
        partition_(plan.partition()),
        mark_bits_(static_cast<int>(std::countr_zero(plan.marks))),
        zero_cells_(reg.degree() - mark_bits_),
        short_cycles_(reg, cycles::choose_simd_level({})),
        rest_(partition_.size()) {
    for (std::size_t c = 0; c < rest_.size(); ++c) rest_[c] = partition_.interval(c).size();
    draw_cycles(reg.degree(), seed);
  }

  [[nodiscard]] int mark_bits() const noexcept { return mark_bits_; }

  [[nodiscard]] core::Bytes result(const cycles::MappingUnit& unit) const {
    core::ByteWriter out;
    cycles::Findings findings;
    findings.seen.resize(partition_.size(), 0);
    findings.steps = static_cast<std::uint64_t>(work(unit));
    if (const auto* const task = std::get_if<cycles::SegmentsUnit>(&unit.task)) {
      const std::uint64_t states = count_segments(task->marks, findings.seen);
      findings.write(out);
      block(task->marks, states).write(out);
      return out.take();
    }
    if (const auto* const task = std::get_if<cycles::LeadersUnit>(&unit.task)) {
      const core::StateRange range = task->candidates;
      for (const Missing& m : missing_) {
        if (m.cycle.representative < range.begin.value || m.cycle.representative >= range.end.value) continue;
        findings.cycles.push_back(m.cycle);
        for (std::size_t c = 0; c < m.seen.size(); ++c) findings.seen[c] += m.seen[c];
      }
    }
    findings.write(out);
    return out.take();
  }

  /// Steps with lanes at work.
  [[nodiscard]] double work(const cycles::MappingUnit& unit) const {
    const auto states = static_cast<double>(plan_.states);
    return std::visit(
        cycles::Overloaded{
            [&](const cycles::SegmentsUnit& task) {
              return static_cast<double>(task.marks.size()) * states / static_cast<double>(plan_.marks);
            },
            [&](const cycles::ShortCyclesUnit& task) {
              return cost_up_to(task.periods.end.value - 1) - cost_up_to(task.periods.begin.value - 1);
            },
            [&](const cycles::LeadersUnit& task) {
              return core::WorkModel::logarithmic(states).work(task.candidates);
            },
            [](const auto&) { return 0.0; },
        },
        unit.task);
  }

  /// Seconds that a rank of so many threads takes, and the part of it with all lanes at work.
  struct Time {
    double all = 0, full = 0;
  };
  [[nodiscard]] Time time(const cycles::MappingUnit& unit, const VirtualCore& core, int threads) const {
    const double seconds = work(unit) / core.steps_per_s;
    if (unit.is<cycles::ShortCyclesUnit>()) return {seconds, seconds / threads};
    const auto* const leaders = std::get_if<cycles::LeadersUnit>(&unit.task);
    const auto* const segments = std::get_if<cycles::SegmentsUnit>(&unit.task);
    const double slice_steps = segments != nullptr  ? segments->slice_steps
                               : leaders != nullptr ? leaders->slice_steps
                                                    : 0;
    const double end_s =
        leaders != nullptr
            ? core.leaders_end_s * std::ldexp(1.0, level_of(leaders->candidates.begin.value) - 19)
            : core.segments_end_s * std::ldexp(1.0, zero_cells_ - 20);
    const double least_steps = std::max(slice_steps, std::min(0x1p33, std::ldexp(64 * 2048, zero_cells_)));
    const double slices = std::max(1.0, std::ceil(work(unit) / least_steps));
    const double turns = std::ceil(slices / threads);
    return {turns * (seconds / slices + end_s), seconds / threads};
  }

 private:
  /// Periods up to this are found directly.
  static constexpr std::uint64_t kShort = 40;

  struct Missing {
    cycles::Cycle cycle;
    cycles::ClassCounts seen;
  };

  [[nodiscard]] int level_of(std::uint64_t state) const {
    return static_cast<int>(std::bit_width(plan_.states)) - 1 - static_cast<int>(std::bit_width(state));
  }

  void draw_cycles(int degree, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::poisson_distribution<int> leaders(std::log(2.0));
    std::exponential_distribution<double> length(1.0);
    std::uniform_real_distribution<double> place(0, 1);
    for (int level = zero_cells_ - 1; level >= 0; --level) {
      for (int n = leaders(random); n > 0; --n) {
        Missing m;
        const double lowest = std::ldexp(1.0, degree - 1 - level);
        m.cycle.representative = static_cast<std::uint64_t>(lowest * std::exp2(place(random)));
        m.cycle.period = static_cast<std::uint64_t>(std::ldexp(length(random), level + 1));
        if (m.cycle.period <= kShort) continue;
        m.seen.assign(partition_.size(), 0);
        std::uint64_t left = m.cycle.period;
        for (int l = level; l >= 0; --l) {
          const std::uint64_t here = std::max<std::uint64_t>(l == level ? 1 : 0, m.cycle.period >> (l + 1));
          m.seen[partition_.class_of(std::uint64_t{1} << (degree - 1 - l))] += std::min(here, left);
          left -= std::min(here, left);
        }
        m.seen.back() += left;
        for (std::size_t c = 0; c < rest_.size(); ++c) rest_[c] -= m.seen[c];
        missing_.push_back(std::move(m));
      }
    }
  }

  /// States by class on the segments of a range, as equally spread as integers can be.
  std::uint64_t count_segments(core::StateRange marks, cycles::ClassCounts& seen) const {
    std::uint64_t sum = 0;
    for (std::size_t c = 0; c < seen.size(); ++c) {
      const auto before = [&](std::uint64_t mark) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::uint64_t>(static_cast<Wide>(rest_[c]) * mark >> mark_bits_);
      };
      seen[c] = before(marks.end.value) - before(marks.begin.value);
      sum += seen[c];
    }
    return sum;
  }

  [[nodiscard]] cycles::SegmentBlock block(core::StateRange marks, std::uint64_t states) const {
    cycles::SegmentBlock block(marks);
    const std::uint64_t length = states / marks.size(), longer = states % marks.size();
    for (std::uint64_t i = 0; i < marks.size(); ++i) {
      const std::uint64_t mark = marks.begin.value + i;
      block.set(mark, next(mark), length + (i < longer ? 1 : 0));
    }
    return block;
  }

  /// A permutation of the marks without any order in it.
  [[nodiscard]] std::uint64_t next(std::uint64_t mark) const {
    const std::uint64_t mask = plan_.marks - 1;
    const int half = (mark_bits_ + 1) / 2;
    for (const std::uint64_t factor : {0x9e3779b97f4a7c15U, 0xbf58476d1ce4e5b9U, 0x94d049bb133111ebU}) {
      mark = (mark * factor + 0x632be59bd9b4e019U) & mask;
      mark ^= mark >> half;
    }
    return mark;
  }

  /// Steps for all periods up to this one: only their limit can be asked for.
  [[nodiscard]] double cost_up_to(std::uint64_t period) const {
    double low = 0, high = 63;
    while (high - low > 0.01) {
      const double middle = (low + high) / 2;
      (short_cycles_.longest(std::exp2(middle)) >= static_cast<int>(period) ? high : low) = middle;
    }
    return period == 0 ? 0 : std::exp2(high);
  }

  cycles::RangePlan plan_;
  cycles::Partition partition_;
  int mark_bits_, zero_cells_;
  cycles::ShortCycles short_cycles_;
  cycles::ClassCounts rest_;  ///< states on cycles with marks
  std::vector<Missing> missing_;
};

}  // namespace gforbit::testing_support
