#include "gforbit/index/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/lookup.hpp"
#include "gforbit/cycles/qary.hpp"
#include "gforbit/cycles/system_kernel.hpp"
#include "parallel.hpp"
#include "walk.hpp"

namespace gforbit::index {

namespace {

constexpr std::uint64_t kFewestMarks = 64;
/// By default an index has at least so many states for each mark.
constexpr std::uint64_t kStatesPerMark = 256;
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

struct ChosenKernel {
  std::unique_ptr<cycles::Kernel> kernel;
  std::uint64_t least_marks = 1;  ///< in a slice, so that its lanes are full most of the time
};

ChosenKernel choose_kernel(const fsr::Register& reg, std::uint64_t marks, cycles::SimdLevel level) {
  constexpr std::uint64_t kFullLanes = 1 << 17;
  const std::uint64_t states = *reg.enumerable_state_count();
  const cycles::Partition uncounted(states, marks, 0, marks);
  if (level != cycles::SimdLevel::scalar) {
    if (cycles::system_kernel_applies(reg, marks))
      return {cycles::make_system_kernel(reg, marks, cycles::system_partition(reg, marks), level),
              kFullLanes};
    if (cycles::bitsliced_applies(reg, marks))
      return {cycles::make_bitsliced_kernel(reg, marks, uncounted, level, 0), kFullLanes};
    if (cycles::qary_applies(reg, marks, uncounted))
      return {cycles::make_qary_kernel(reg, marks, uncounted, level), 1};
    if (cycles::lookup_applies(reg)) return {cycles::make_lookup_kernel(reg, uncounted, level), 1};
  }
  return {cycles::make_scalar_kernel(fsr::Stepper(reg), uncounted), 1};
}

/// The segments between the first `marks` of those that `fine` has.
cycles::SegmentBlock coarsened(const cycles::SegmentBlock& fine, std::uint64_t marks, int threads) {
  // The walks through the table are chains of cache misses; many go side by side.
  constexpr std::size_t kWalkers = 32;
  constexpr std::uint64_t kPiece = 1 << 12;
  struct Walker {
    std::uint64_t start, current, steps;
  };
  cycles::SegmentBlock coarse(core::StateRange{{0}, {marks}});
  std::mutex long_segments;
  for_pieces(marks, kPiece, threads, [&](std::uint64_t next, std::uint64_t end) {
    std::array<Walker, kWalkers> walkers;
    std::size_t walking = 0;
    while (walking < kWalkers && next < end) {
      walkers[walking++] = {next, next, 0};
      ++next;
    }
    while (walking > 0) {
      for (std::size_t i = 0; i < walking;) {
        Walker& walker = walkers[i];
        walker.steps += fine.length(walker.current);
        walker.current = fine.next(walker.current);
        fine.prefetch(walker.current);
        if (walker.current >= marks) {
          ++i;
          continue;
        }
        {
          std::unique_lock<std::mutex> lock;
          if (walker.steps >= kNone) lock = std::unique_lock(long_segments);
          coarse.set(walker.start, walker.current, walker.steps);
        }
        if (next < end) {
          walker = {next, next, 0};
          ++next;
          ++i;
        } else {
          walker = walkers[--walking];
        }
      }
    }
  });
  return coarse;
}

[[noreturn]] void fail(const char* what) {
  throw core::CertificateError(std::string("the index contradicts the mapping: ") + what);
}

/// The rows of the cycles, and of those with marks the marks in order. `next` and `length` of a mark say
/// where the segment leads.
template <class Next, class Length>
void order_marks(Orbits& orbits, std::span<const cycles::Cycle> cycles, const Next& next,
                 const Length& length) {
  orbits.cycles.reserve(cycles.size());
  for (const cycles::Cycle& cycle : cycles) {
    orbits.cycles.push_back({cycle.representative, cycle.period, orbits.order.size()});
    if (cycle.representative >= orbits.marks) continue;
    const auto row = static_cast<std::uint32_t>(orbits.cycles.size() - 1);
    std::uint64_t mark = cycle.representative, position = 0;
    do {
      if (orbits.cycle_of[mark] != kNone) fail("two cycles share a distinguished state");
      if (position >= cycle.period) fail("a cycle is longer than its period");
      orbits.cycle_of[mark] = row;
      orbits.positions[mark] = position;
      orbits.order.push_back(static_cast<std::uint32_t>(mark));
      position += length(mark);
      mark = next(mark);
      if (mark == kNone) fail("a cycle with a distinguished state leads to one without");
    } while (mark != cycle.representative);
    if (position != cycle.period) fail("the segments of a cycle do not add up to its period");
  }
}

Orbits empty_orbits(const fsr::Register& reg, bool nonsingular, std::uint64_t marks) {
  Orbits orbits;
  orbits.states = *reg.enumerable_state_count();
  orbits.marks = marks;
  orbits.nonsingular = nonsingular;
  orbits.positions.resize(marks);
  orbits.cycle_of.resize(marks);
  std::fill(orbits.cycle_of.begin(), orbits.cycle_of.end(), kNone);
  return orbits;
}

/// Distances and entry states of the transient marks.
class TransientMarks {
 public:
  TransientMarks(const fsr::Register& reg, Orbits& orbits)
      : step_(reg), orbits_(orbits), next_(orbits.marks), length_(orbits.marks) {
    orbits_.distances.resize(orbits.marks);
  }

  /// Walks from every mark to the next one, or to a cycle without one.
  [[nodiscard]] bool walk(int threads, const std::stop_token& stop) {
    constexpr std::uint64_t kPiece = 16;
    for_pieces(orbits_.marks, kPiece, threads, [&](std::uint64_t mark, std::uint64_t end) {
      for (; mark < end && !stop.stop_requested(); ++mark) {
        const Walk walk = walk_to_mark(step_, mark, orbits_.marks);
        next_[mark] = walk.period == 0 ? static_cast<std::uint32_t>(walk.state) : kNone;
        length_[mark] = walk.period == 0 ? walk.steps : walk.period;
      }
    });
    return !stop.stop_requested();
  }

  [[nodiscard]] std::uint64_t next(std::uint64_t mark) const { return next_[mark]; }
  [[nodiscard]] std::uint64_t length(std::uint64_t mark) const { return length_[mark]; }

  /// Once the marks on cycles are known.
  void find_entries() {
    number_in_order();
    std::vector<std::uint32_t> path;
    for (std::uint32_t start = 0; start < orbits_.marks; ++start) {
      std::uint32_t mark = start;
      while (orbits_.cycle_of[mark] == kNone) {
        path.push_back(mark);
        if (path.size() > orbits_.marks) fail("distinguished states lead to a cycle that is not known");
        mark = next_[mark];
        if (mark == kNone) break;
      }
      for (; !path.empty(); path.pop_back()) enter(path.back());
    }
  }

 private:
  void number_in_order() {
    place_.resize(orbits_.marks);
    for (std::uint32_t i = 0; i < orbits_.order.size(); ++i) place_[orbits_.order[i]] = i;
  }

  /// All that follows on the way to the cycle is known.
  void enter(std::uint32_t mark) {
    const std::uint32_t next = next_[mark];
    if (next == kNone) return enter_unmarked(mark);
    const std::uint32_t row = orbits_.cycle_of[next];
    if (row == kNone) fail("distinguished states lead to a cycle that is not known");
    if (orbits_.distances[next] > 0)
      return set(mark, row, orbits_.positions[next], length_[mark] + orbits_.distances[next]);
    const IndexedCycle& cycle = orbits_.cycles[row];
    const std::uint32_t place = place_[next];
    const std::uint32_t end = end_of(row);
    const std::uint32_t before = orbits_.order[place == cycle.first ? end - 1 : place - 1];
    const Entry entry = entry_before_mark(step_, mark, length_[mark], before, length_[before]);
    const std::uint64_t left = length_[mark] - entry.distance;
    set(mark, row, (orbits_.positions[next] + cycle.period - left) % cycle.period, entry.distance);
  }

  void enter_unmarked(std::uint32_t mark) {
    const std::uint64_t period = length_[mark];
    const Entry entry = entry_of(step_, mark, period);
    const Smallest smallest = smallest_of(step_, entry.state, period);
    const auto at =
        std::lower_bound(orbits_.cycles.begin(), orbits_.cycles.end(), smallest.state,
                         [](const IndexedCycle& c, std::uint64_t s) { return c.representative < s; });
    if (at == orbits_.cycles.end() || at->representative != smallest.state || at->period != period)
      fail("distinguished states lead to a cycle that is not known");
    set(mark, static_cast<std::uint32_t>(at - orbits_.cycles.begin()), (period - smallest.steps) % period,
        entry.distance);
  }

  void set(std::uint32_t mark, std::uint32_t row, std::uint64_t position, std::uint64_t distance) {
    if (distance > std::numeric_limits<std::uint32_t>::max())
      throw core::InputError("a transient length of more than 2^32 - 1 steps has no place in an index");
    orbits_.cycle_of[mark] = row;
    orbits_.positions[mark] = position;
    orbits_.distances[mark] = static_cast<std::uint32_t>(distance);
  }

  [[nodiscard]] std::uint32_t end_of(std::uint32_t row) const {
    return static_cast<std::uint32_t>(row + 1 < orbits_.cycles.size() ? orbits_.cycles[row + 1].first
                                                                      : orbits_.order.size());
  }

  fsr::Stepper step_;
  Orbits& orbits_;
  std::vector<std::uint32_t> next_;    ///< kNone: a cycle without a mark
  std::vector<std::uint64_t> length_;  ///< steps to the next mark, or the period of that cycle
  std::vector<std::uint32_t> place_;   ///< in Orbits::order, of marks on cycles
};

}  // namespace

std::uint64_t index_marks(const fsr::Register& reg, const BuildOptions& options, std::uint64_t walked) {
  const std::uint64_t states = *reg.enumerable_state_count(), q = reg.field().order();
  std::uint64_t most = std::clamp(states / kStatesPerMark, kFewestMarks, kDefaultMarks);
  if (walked > 0) most = std::min(most, walked);
  if (options.most_marks) most = *options.most_marks;
  most = std::min({most, states, kMostMarks});
  std::uint64_t marks = 1;
  while (marks <= most / q) marks *= q;
  return marks;
}

std::optional<cycles::SegmentBlock> walk_segments(const fsr::Register& reg, std::uint64_t marks, int threads,
                                                  cycles::SimdLevel level, const std::stop_token& stop) {
  const ChosenKernel chosen = choose_kernel(reg, marks, level);
  const std::uint64_t states = *reg.enumerable_state_count(),
                      steps = std::max<std::uint64_t>(states / marks, 1);
  constexpr std::uint64_t kLeastLimit = 1 << 20, kSegmentsPerWalk = 32;
  const std::uint64_t limit = std::max(kLeastLimit, kSegmentsPerWalk * steps);
  const std::uint64_t share = std::max<std::uint64_t>(marks / static_cast<std::uint64_t>(threads), 1);
  const std::uint64_t slice =
      std::min(std::max<std::uint64_t>(chosen.kernel->least_steps() / steps, chosen.least_marks), share);
  cycles::SegmentBlock block(core::StateRange{{0}, {marks}});
  cycles::Findings all;
  std::mutex merging;
  for_pieces(marks, slice, threads, [&](std::uint64_t begin, std::uint64_t end) {
    if (stop.stop_requested()) return;
    cycles::Findings found;
    chosen.kernel->segments({{begin}, {end}}, limit, block, found, stop);
    const std::scoped_lock lock(merging);
    all.merge(std::move(found));
  });
  for_pieces(all.open.size(), 1, threads, [&](std::uint64_t begin, std::uint64_t) {
    if (stop.stop_requested()) return;
    cycles::Findings found;
    chosen.kernel->resume(std::span(all.open).subspan(begin, 1), states, states, found, stop);
    const std::scoped_lock lock(merging);
    all.segments.insert(all.segments.end(), found.segments.begin(), found.segments.end());
  });
  if (stop.stop_requested()) return std::nullopt;
  for (const cycles::Segment& segment : all.segments) block.set(segment.from, segment.to, segment.length);
  return block;
}

std::optional<Orbits> build_orbits(const fsr::Register& reg, bool nonsingular,
                                   std::span<const cycles::Cycle> cycles, std::uint64_t marks,
                                   const BuildOptions& options, const cycles::SegmentBlock* segments,
                                   const std::stop_token& stop) {
  if (cycles.size() >= kNone) throw core::InputError("an index has no place for 2^32 cycles");
  const std::uint64_t known = segments == nullptr ? 0 : segments->size();
  Orbits orbits = empty_orbits(reg, nonsingular, marks);
  if (!nonsingular) {
    TransientMarks transient(reg, orbits);
    if (!transient.walk(options.threads, stop)) return std::nullopt;
    order_marks(
        orbits, cycles, [&](std::uint64_t mark) { return transient.next(mark); },
        [&](std::uint64_t mark) { return transient.length(mark); });
    transient.find_entries();
    return orbits;
  }
  std::optional<cycles::SegmentBlock> own;
  if (orbits.marks > known) {
    own = walk_segments(reg, orbits.marks, options.threads, cycles::choose_simd_level(options.simd), stop);
  } else if (orbits.marks < known) {
    own = coarsened(*segments, orbits.marks, options.threads);
  }
  if (!own && orbits.marks != known) return std::nullopt;
  const cycles::SegmentBlock& table = own ? *own : *segments;
  orbits.order.reserve(orbits.marks);
  order_marks(
      orbits, cycles, [&](std::uint64_t mark) { return table.next(mark); },
      [&](std::uint64_t mark) { return table.length(mark); });
  if (orbits.order.size() != orbits.marks) fail("a distinguished state lies on no cycle");
  return orbits;
}

}  // namespace gforbit::index
