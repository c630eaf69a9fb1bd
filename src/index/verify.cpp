#include "gforbit/index/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <random>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/mapping.hpp"
#include "gforbit/index/build.hpp"
#include "parallel.hpp"
#include "walk.hpp"

namespace gforbit::index {

namespace {

constexpr std::size_t kMostWrong = 10;
constexpr std::uint64_t kPiece = 1 << 14;

cycles::SimdLevel other_level(std::uint32_t writer) {
  const auto levels = cycles::simd_levels();
  const auto best = cycles::best_simd_level();
  if (static_cast<std::uint32_t>(best) != writer) return best;
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    if (static_cast<std::uint32_t>(*level) < writer && cycles::simd_available(*level)) return *level;
  }
  return best;
}

/// What a file says of the segment of a mark on a cycle.
struct Claim {
  std::uint64_t mark = 0, next = 0, length = 0;
};

class Verifier {
 public:
  Verifier(const IndexedRegister& of, const OrbitView& view, const VerifyOptions& options,
           const std::stop_token& stop)
      : reg_(of.reg), step_(of.reg), view_(view), options_(options), stop_(stop) {
    result_.segments = view_.marks();
    result_.level = options.sample < 1 ? cycles::SimdLevel::scalar
                    : options.simd     ? cycles::choose_simd_level(options.simd)
                                       : other_level(of.level);
  }

  std::optional<Verification> run() {
    check_kind();
    if (!stopped() && result_.wrong.empty()) check_cycles();
    if (!stopped() && result_.wrong.empty()) check_order();
    if (!stopped() && result_.wrong.empty()) walk_cycles_without_marks();
    if (!stopped() && result_.wrong.empty())
      view_.nonsingular() ? walk_segments_of_bijection() : walk_singular();
    if (stopped()) return std::nullopt;
    result_.steps = steps_.load();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool stopped() const { return stop_.stop_requested(); }
  [[nodiscard]] bool has_enough() const { return n_wrong_.load(std::memory_order_relaxed) >= kMostWrong; }

  void wrong(std::string text) {
    const std::scoped_lock lock(mutex_);
    n_wrong_.fetch_add(1, std::memory_order_relaxed);
    if (result_.wrong.size() < kMostWrong) result_.wrong.push_back(std::move(text));
  }

  void check_kind() {
    const auto nonsingular = fsr::is_nonsingular(reg_, core::StopSignal(stop_));
    if (nonsingular && *nonsingular != view_.nonsingular())
      wrong(fmt::format("the register is {}, and the file says {}", *nonsingular ? "nonsingular" : "singular",
                        *nonsingular ? "singular" : "nonsingular"));
  }

  /// The table of cycles by itself.
  void check_cycles() {
    const std::uint64_t n = view_.n_cycles();
    std::uint64_t states = 0, before = 0;
    if (n == 0) return wrong("the table of cycles is empty");
    if (view_.cycle(0).first != 0)
      return wrong("the order of the distinguished states begins before the first cycle");
    for (std::uint64_t row = 0; row < n && !has_enough(); ++row) {
      const IndexedCycle cycle = view_.cycle(row);
      if (row > 0 && cycle.representative <= before)
        wrong(fmt::format("cycle {}: its representative {} is not above that of the cycle before", row,
                          cycle.representative));
      before = cycle.representative;
      const std::uint64_t end = view_.end_of(row);
      if (cycle.first > end || end > view_.n_ordered())
        return wrong(fmt::format("cycle {}: its distinguished states are out of range", row));
      if (cycle.representative >= view_.states() || cycle.period == 0 ||
          cycle.period > view_.states() - states)
        return wrong(
            fmt::format("cycle {}: its representative or its period is out of range, or all periods "
                        "are more than q^d",
                        row));
      if ((cycle.representative < view_.marks()) != (cycle.first < end))
        wrong(fmt::format(
            "cycle {}: it has distinguished states and none is its smallest state, or the reverse", row));
      states += cycle.period;
      n_unmarked_ += cycle.first == end ? 1 : 0;
    }
    if (view_.nonsingular() && states != view_.states())
      wrong(fmt::format("the periods add up to {}, not to the {} states", states, view_.states()));
    result_.unmarked_cycles = n_unmarked_;
  }

  /// Every mark of a nonsingular register is in the order once; positions increase within a cycle.
  void check_order() {
    std::vector<bool> seen(view_.marks());
    for (std::uint64_t row = 0; row < view_.n_cycles() && !has_enough(); ++row) {
      const IndexedCycle cycle = view_.cycle(row);
      const std::uint64_t end = view_.end_of(row);
      std::uint64_t least = 0;  // the next position at least
      for (std::uint64_t place = cycle.first; place < end && !has_enough(); ++place) {
        const std::uint64_t mark = view_.ordered(place);
        if (mark >= view_.marks())
          return wrong(fmt::format("the order has {}, no distinguished state", mark));
        if (seen[mark])
          wrong(fmt::format("distinguished state {}: it is on two cycles, or twice on one", mark));
        seen[mark] = true;
        const std::uint64_t position = view_.position(mark);
        const bool is_first = place == cycle.first;
        if (is_first ? mark != cycle.representative || position != 0 : mark < cycle.representative)
          wrong(fmt::format("cycle {}: distinguished state {} contradicts the representative", row, mark));
        if (position < least || position >= cycle.period)
          wrong(fmt::format("distinguished state {}: position {} is out of order", mark, position));
        if (view_.cycle_of(mark) != row || view_.distance(mark) != 0)
          wrong(fmt::format("distinguished state {}: it is on cycle {}, and its row says otherwise", mark,
                            row));
        least = position + 1;
      }
    }
    if (view_.nonsingular() && view_.n_ordered() != view_.marks())
      wrong(fmt::format("{} of {} distinguished states are on cycles", view_.n_ordered(), view_.marks()));
  }

  [[nodiscard]] bool is_sampled(std::uint64_t number) const {
    if (options_.sample >= 1) return true;
    std::seed_seq seed{options_.seed, options_.seed >> 32, number, number >> 32};
    std::uint32_t word[2];
    seed.generate(word, word + 2);
    return std::ldexp(word[0], -32) < options_.sample;
  }

  void walk_cycles_without_marks() {
    // Rows without marks follow those with marks: their representatives are above all marks.
    const std::uint64_t first = view_.n_cycles() - n_unmarked_;
    std::atomic<std::uint64_t> walked{0};
    for_pieces(n_unmarked_, 64, options_.threads, [&](std::uint64_t begin, std::uint64_t end) {
      for (std::uint64_t row = first + begin; row < first + end && !has_enough() && !stopped(); ++row) {
        if (!is_sampled(view_.marks() + row)) continue;
        walk_cycle(row);
        walked.fetch_add(1, std::memory_order_relaxed);
      }
    });
    result_.walked_cycles = walked.load();
  }

  void walk_cycle(std::uint64_t row) {
    constexpr std::uint64_t kLook = 1 << 20;
    const IndexedCycle cycle = view_.cycle(row);
    std::uint64_t state = cycle.representative, steps = 0;
    do {
      state = step_.next(state);
      if (++steps % kLook == 0 && stopped()) return;
    } while (state > cycle.representative && steps < cycle.period);
    steps_.fetch_add(steps, std::memory_order_relaxed);
    if (state != cycle.representative || steps != cycle.period)
      wrong(fmt::format("cycle {}: the walk from {} does not return after {} steps, or meets a smaller state",
                        row, cycle.representative, cycle.period));
  }

  /// Calls `check` for the segments on the cycles that begin at these places of the order.
  template <class Check>
  void for_claims(std::uint64_t begin, std::uint64_t end, const Check& check) {
    if (begin >= end) return;
    std::uint64_t row = view_.cycle_of(view_.ordered(begin));
    IndexedCycle cycle = view_.cycle(row);
    std::uint64_t last = view_.end_of(row);
    for (std::uint64_t place = begin; place < end && !has_enough(); ++place) {
      if (place == last) {
        cycle = view_.cycle(++row);
        last = view_.end_of(row);
      }
      const std::uint64_t mark = view_.ordered(place);
      const std::uint64_t next = view_.ordered(place + 1 == last ? cycle.first : place + 1);
      const std::uint64_t till = place + 1 == last ? cycle.period : view_.position(next);
      check(Claim{mark, next, till - view_.position(mark)});
    }
  }

  void compare(const Claim& claim, std::uint64_t next, std::uint64_t length) {
    if (claim.next == next && claim.length == length) return;
    wrong(fmt::format(
        "distinguished state {}: the next one is {} after {} steps, and the file says {} after {}",
        claim.mark, next, length, claim.next, claim.length));
  }

  void walk_segments_of_bijection() {
    if (options_.sample < 1) return walk_claims();
    const auto block = walk_segments(reg_, view_.marks(), options_.threads, result_.level, stop_);
    if (!block) return;
    for_pieces(view_.n_ordered(), kPiece, options_.threads, [&](std::uint64_t begin, std::uint64_t end) {
      std::uint64_t steps = 0;
      for_claims(begin, end, [&](const Claim& claim) {
        compare(claim, block->next(claim.mark), block->length(claim.mark));
        steps += claim.length;
      });
      steps_.fetch_add(steps, std::memory_order_relaxed);
    });
    result_.walked_segments = view_.marks();
  }

  /// Segments on cycles, or a sample of them, one at a time.
  void walk_claims() {
    std::atomic<std::uint64_t> walked{0};
    for_pieces(view_.n_ordered(), 64, options_.threads, [&](std::uint64_t begin, std::uint64_t end) {
      for_claims(begin, end, [&](const Claim& claim) {
        if (stopped() || !is_sampled(claim.mark)) return;
        const Walk walk = walk_to_mark(step_, claim.mark, view_.marks());
        walked.fetch_add(1, std::memory_order_relaxed);
        steps_.fetch_add(walk.steps, std::memory_order_relaxed);
        if (walk.period == 0) return compare(claim, walk.state, walk.steps);
        wrong(fmt::format(
            "distinguished state {}: its walk comes to no other one, and the file says {} after {}",
            claim.mark, claim.next, claim.length));
      });
    });
    result_.walked_segments += walked.load();
  }

  // ---- singular registers ----

  void walk_singular() {
    walk_claims();
    if (!result_.wrong.empty()) return;
    walk_transient_marks();
    if (stopped() || !result_.wrong.empty() || options_.sample < 1) return;
    map_again();
  }

  void walk_transient_marks() {
    std::atomic<std::uint64_t> walked{0}, on_cycles{0};
    for_pieces(view_.marks(), 64, options_.threads, [&](std::uint64_t mark, std::uint64_t end) {
      for (; mark < end && !has_enough() && !stopped(); ++mark) {
        if (view_.distance(mark) == 0) {
          on_cycles.fetch_add(1, std::memory_order_relaxed);
        } else if (is_sampled(mark)) {
          check_transient(mark);
          walked.fetch_add(1, std::memory_order_relaxed);
        }
      }
    });
    result_.walked_segments += walked.load();
    if (!stopped() && !has_enough() && on_cycles.load() != view_.n_ordered())
      wrong(fmt::format("{} distinguished states have distance 0, and {} are on cycles", on_cycles.load(),
                        view_.n_ordered()));
  }

  void check_transient(std::uint64_t mark) {
    const std::uint64_t row = view_.cycle_of(mark);
    if (row >= view_.n_cycles())
      return wrong(fmt::format("distinguished state {}: the table does not have its cycle", mark));
    const Walk walk = walk_to_mark(step_, mark, view_.marks());
    steps_.fetch_add(walk.steps, std::memory_order_relaxed);
    const bool right = walk.period > 0 ? leads_to_unmarked(mark, walk.period) : leads_on(mark, walk);
    if (!right)
      wrong(fmt::format("distinguished state {}: its walk does not lead to cycle {} as the file says", mark,
                        row));
  }

  [[nodiscard]] bool leads_to_unmarked(std::uint64_t mark, std::uint64_t period) const {
    const IndexedCycle cycle = view_.cycle(view_.cycle_of(mark));
    const Entry entry = entry_of(step_, mark, period);
    const Smallest smallest = smallest_of(step_, entry.state, period);
    return cycle.representative == smallest.state && cycle.period == period &&
           view_.distance(mark) == entry.distance &&
           view_.position(mark) == (period - smallest.steps) % period;
  }

  /// The next mark is nearer to the cycle, or on it.
  [[nodiscard]] bool leads_on(std::uint64_t mark, const Walk& walk) const {
    const std::uint64_t row = view_.cycle_of(mark), next = walk.state;
    if (view_.cycle_of(next) != row) return false;
    if (view_.distance(next) > 0)
      return view_.distance(mark) == walk.steps + view_.distance(next) &&
             view_.position(mark) == view_.position(next);
    const IndexedCycle cycle = view_.cycle(row);
    // The segment on the cycle that ends in `next` was checked, and so was its order.
    std::uint64_t before = next;
    std::uint64_t length = cycle.period;
    if (view_.end_of(row) - cycle.first > 1) {
      before = mark_before(row, view_.position(next));
      length = (view_.position(next) + cycle.period - view_.position(before)) % cycle.period;
    }
    const Entry entry = entry_before_mark(step_, mark, walk.steps, before, length);
    const std::uint64_t left = (walk.steps - entry.distance) % cycle.period;
    return entry.distance == view_.distance(mark) &&
           view_.position(mark) == (view_.position(next) + cycle.period - left) % cycle.period;
  }

  /// On the cycle, the one before the mark at this position.
  [[nodiscard]] std::uint64_t mark_before(std::uint64_t row, std::uint64_t position) const {
    const std::uint64_t begin = view_.cycle(row).first, end = view_.end_of(row);
    std::uint64_t first = begin, last = end;  // the first one that is not before the position
    while (first < last) {
      const std::uint64_t middle = first + (last - first) / 2;
      if (view_.position(view_.ordered(middle)) < position) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return view_.ordered(first == begin ? end - 1 : first - 1);
  }

  void map_again() {
    cycles::MappingOptions options;
    options.threads = options_.threads;
    const auto map = cycles::map(reg_, options, stop_);
    if (!map) return;
    steps_.fetch_add(map->steps, std::memory_order_relaxed);
    result_.recounted = true;
    const auto rows = map->cycles.rows();
    bool same = rows.size() == view_.n_cycles();
    for (std::uint64_t row = 0; same && row < rows.size(); ++row) {
      const IndexedCycle cycle = view_.cycle(row);
      same = cycle.representative == rows[row].representative && cycle.period == rows[row].period;
    }
    if (!same) wrong("the register was mapped again and has other cycles");
  }

  const fsr::Register& reg_;
  fsr::Stepper step_;
  OrbitView view_;
  VerifyOptions options_;
  std::stop_token stop_;
  Verification result_;
  std::uint64_t n_unmarked_ = 0;
  std::mutex mutex_;
  std::atomic<std::uint64_t> n_wrong_{0};
  std::atomic<std::uint64_t> steps_{0};
};

}  // namespace

std::optional<Verification> verify(const IndexedRegister& of, const OrbitView& view,
                                   const VerifyOptions& options, const std::stop_token& stop) {
  return Verifier(of, view, options, stop).run();
}

}  // namespace gforbit::index
