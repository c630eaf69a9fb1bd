/// Singular registers: the range interface of their trees.
///
/// The step map of a singular register is a functional graph: cycles with trees that hang from them. Walking
/// forwards from marks may cost far more than N steps there, because walks merge. Walking **backwards** does
/// not: every state has one next state, so the states from which a mark m is the first mark met form a tree
/// with root m (its basin), basins are disjoint, and the predecessors found to be marks are the segments that
/// end in m. So each state is visited once:
///
///  - basins (ranges of marks): size and depth of every mark's basin, and the segments between marks;
///  - contraction on rank 0: cycles of the marks (MarkGraph in mark_graph.hpp);
///  - rims (ranges of cycle states): the trees that hang from cycle states, counted apart from basins: the
///    transient states near cycles, and the exact distances of the marks in them from the cycle;
///  - leaders (ranges above the marks): cycles without marks, where the deficit says that there are any; then
///  their rims.
///
/// The search needs no stack: the way up from a node is the step map itself (reverse search; Avis and Fukuda
/// 1996). So a search can be cut anywhere, and goes on from a handful of numbers.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

inline constexpr std::uint64_t kNoState = std::numeric_limits<std::uint64_t>::max();

/// A tree being searched backwards from its root, stopping at marks.
struct TreeWalk {
  std::uint64_t root = 0;
  std::uint64_t excluded =
      kNoState;            ///< predecessor of the root that does not belong to the tree (the cycle's own)
  std::uint64_t node = 0;  ///< whose predecessors are being visited
  std::uint64_t last_child = kNoState;  ///< the last predecessor of `node` that is done
  std::uint64_t depth = 0;              ///< of `node` below the root
  std::uint64_t size = 0;               ///< states below the root so far
  std::uint64_t max_depth = 0;

  [[nodiscard]] static TreeWalk at(std::uint64_t root, std::uint64_t excluded = kNoState) {
    return {.root = root, .excluded = excluded, .node = root};
  }
};

/// The trees along a stretch of a cycle: the `remaining` states after `cycle_state`.
struct RimWalk {
  std::uint64_t cycle_state = 0;  ///< the last state whose tree is done (or the one before the first)
  std::uint64_t remaining = 0;
  std::uint64_t marked = 1;   ///< 0: the cycle has no mark, so its states have not been counted by class yet
  std::uint64_t in_tree = 0;  ///< 1: `tree` is at work, its root follows `cycle_state`
  TreeWalk tree{};
};

/// What came of basins, rims or leaders; merging commutes.
struct TreeFindings {
  struct Basin {
    std::uint64_t mark = 0, size = 0, depth = 0;
  };
  std::vector<Basin> basins;
  std::vector<Segment> segments;  ///< from basins: mark to mark
  std::vector<Segment>
      attachments;            ///< from rims: mark `from` reaches the cycle state `to` after `length` steps
  std::vector<Cycle> cycles;  ///< cycles without a mark
  std::vector<TreeWalk> open_basins;
  std::vector<RimWalk> open_rims;
  std::vector<OpenWalk> open_leaders;
  ClassCounts seen;
  std::uint64_t rim_states = 0;        ///< transient states in rim trees
  std::uint64_t rim_cycle_states = 0;  ///< cycle states whose rim is done
  std::uint64_t rim_depth = 0;
  std::uint64_t leaves = 0;  ///< states without predecessor, each counted once
  std::uint64_t steps = 0;

  void merge(TreeFindings&& other);
  void write(core::ByteWriter& out) const;
  [[nodiscard]] static TreeFindings read(core::ByteReader& in);
};

/// Immutable and thread-safe. A walk of more than `limit` steps is left open, one backwards after fewer where
/// a step costs many evaluations of the feedback (fsr::Stepper::previous_cost()); what `stop` cut short is
/// incomplete, and the caller drops it.
class TreeKernel {
 public:
  TreeKernel(fsr::Stepper step, std::uint64_t marks, Partition partition);

  void basins(core::StateRange marks, std::uint64_t limit, TreeFindings& findings,
              core::StopSignal stop) const;
  void resume_basins(std::span<const TreeWalk> walks, std::uint64_t limit, TreeFindings& findings,
                     core::StopSignal stop) const;
  void rims(std::span<const RimWalk> walks, std::uint64_t limit, TreeFindings& findings,
            core::StopSignal stop) const;
  /// Cycles whose smallest state lies in `candidates`; a walk that runs into a cycle that it is not on is
  /// given up (Brent's method), and so is one longer than `max_period`.
  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t limit,
               TreeFindings& findings, core::StopSignal stop) const;
  void resume_leaders(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t limit,
                      TreeFindings& findings, core::StopSignal stop) const;

 private:
  struct Budget;
  [[nodiscard]] Budget budget_backwards(std::uint64_t limit, const core::StopSignal& stop) const;
  bool search_tree(TreeWalk& tree, bool count_states, std::vector<Segment>& marks_met, Budget& budget,
                   TreeFindings& findings) const;
  void basin(TreeWalk tree, std::uint64_t limit, TreeFindings& findings, const core::StopSignal& stop) const;
  void leader(OpenWalk walk, std::uint64_t max_period, std::uint64_t limit, TreeFindings& findings,
              const core::StopSignal& stop) const;

  fsr::Stepper step_;
  std::uint64_t marks_;
  Partition partition_;
};

}  // namespace gforbit::cycles
