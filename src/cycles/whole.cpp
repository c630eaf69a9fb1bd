#include "gforbit/cycles/whole.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <stdexcept>
#include <vector>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {

constexpr std::uint64_t kStepsBetweenStopChecks = 1 << 16;

/// One bit a state.
class StateSet {
 public:
  explicit StateSet(std::uint64_t n) : words_((n + 63) / 64, 0), size_(n) {}
  [[nodiscard]] bool contains(std::uint64_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  void insert(std::uint64_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  /// The smallest state at or after `i` that is not in the set; size() if there is none.
  [[nodiscard]] std::uint64_t first_missing(std::uint64_t i) const {
    if (i >= size_) return size_;
    std::uint64_t free = ~words_[i / 64] & (~std::uint64_t{0} << (i % 64));
    std::uint64_t word = i / 64;
    while (free == 0) {
      if (++word == words_.size()) return size_;
      free = ~words_[word];
    }
    return std::min(size_, word * 64 + static_cast<std::uint64_t>(std::countr_zero(free)));
  }

 private:
  std::vector<std::uint64_t> words_;
  std::uint64_t size_;
};

/// The functional graph of a step map on 32-bit states, forwards and backwards.
class FunctionalGraph {
 public:
  static std::optional<FunctionalGraph> of(const fsr::Stepper& step, core::StopSignal stop) {
    FunctionalGraph graph(step.state_count());
    for (std::uint64_t i = 0; i < graph.size(); ++i) {
      if (i % kStepsBetweenStopChecks == 0 && stop.stop_requested()) return std::nullopt;
      graph.next_[i] = static_cast<std::uint32_t>(step.next(i));
    }
    graph.link_back();
    return graph;
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return next_.size(); }
  [[nodiscard]] std::uint32_t next(std::uint32_t i) const { return next_[i]; }

  [[nodiscard]] std::uint64_t leaves() const {
    return static_cast<std::uint64_t>(std::count(first_previous_.begin(), first_previous_.end(), kNone));
  }

  template <class Visit>
  void for_each_previous(std::uint32_t i, Visit&& visit) const {
    for (std::uint32_t p = first_previous_[i]; p != kNone; p = sibling_[p]) visit(p);
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  explicit FunctionalGraph(std::uint64_t n) : next_(n), first_previous_(n, kNone), sibling_(n, kNone) {}

  void link_back() {
    for (std::uint64_t i = 0; i < size(); ++i) {
      const auto state = static_cast<std::uint32_t>(i);
      sibling_[i] = first_previous_[next_[i]];
      first_previous_[next_[i]] = state;
    }
  }

  std::vector<std::uint32_t> next_, first_previous_, sibling_;
};

/// Walks forwards from every state; a walk that meets its own trail has found a new cycle.
/// @return the cycle states, each once
std::vector<std::uint32_t> find_cycles(const FunctionalGraph& graph, CycleCensus& cycles) {
  std::vector<std::uint32_t> on_cycles;
  std::vector<std::uint32_t> trail(graph.size(), 0);  // 1 + start of the walk that came through, 0 = none
  for (std::uint64_t start = 0; start < graph.size(); ++start) {
    const auto mark = static_cast<std::uint32_t>(start + 1);
    auto x = static_cast<std::uint32_t>(start);
    while (trail[x] == 0) {
      trail[x] = mark;
      x = graph.next(x);
    }
    if (trail[x] != mark) continue;
    Cycle cycle{x, 0};
    const std::uint32_t first = x;
    do {
      cycle.representative = std::min<std::uint64_t>(cycle.representative, x);
      ++cycle.period;
      on_cycles.push_back(x);
      x = graph.next(x);
    } while (x != first);
    cycles.add(cycle);
  }
  return on_cycles;
}

/// Searches backwards from the cycle states, level by level.
void count_trees(const FunctionalGraph& graph, std::vector<std::uint32_t> level, MapResult& result) {
  StateSet on_cycle(graph.size());
  for (const std::uint32_t x : level) on_cycle.insert(x);
  std::vector<std::uint32_t> further;
  for (std::uint64_t distance = 1;; ++distance) {
    for (const std::uint32_t x : level) {
      graph.for_each_previous(x, [&](std::uint32_t p) {
        if (!on_cycle.contains(p)) further.push_back(p);
      });
    }
    if (further.empty()) return;
    result.transient_states += further.size();
    result.max_transient_length = distance;
    level.swap(further);
    further.clear();
  }
}

}  // namespace

std::optional<MapResult> map_bijection(const fsr::Stepper& step, std::uint64_t stored,
                                       core::StopSignal stop) {
  const std::uint64_t n = step.state_count();
  MapResult result{.cycles = CycleCensus(stored)};
  StateSet seen(n);
  std::uint64_t next_check = 0;
  // Starts increase, so the start of each walk is the smallest state of its cycle.
  for (std::uint64_t start = 0; start < n; start = seen.first_missing(start)) {
    std::uint64_t x = start;
    std::uint64_t period = 0;
    do {
      if (seen.contains(x))
        throw core::CertificateError("a cycle walk met an earlier one: the step map is no bijection");
      seen.insert(x);
      x = step.next(x);
      ++period;
      if (result.steps + period >= next_check) {
        next_check += kStepsBetweenStopChecks;
        if (stop.stop_requested()) return std::nullopt;
      }
    } while (x != start);
    result.steps += period;
    result.cycles.add({start, period});
  }
  return result;
}

std::optional<MapResult> map_functional_graph(const fsr::Stepper& step, std::uint64_t stored,
                                              core::StopSignal stop) {
  assert(step.state_count() < std::numeric_limits<std::uint32_t>::max());
  const auto graph = FunctionalGraph::of(step, stop);
  if (!graph) return std::nullopt;
  MapResult result{.cycles = CycleCensus(stored)};
  result.steps = step.state_count();
  result.leaf_states = graph->leaves();
  count_trees(*graph, find_cycles(*graph, result.cycles), result);
  return result;
}

}  // namespace gforbit::cycles
