#include "gforbit/cycles/trees.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace gforbit::cycles {

namespace {

/// Most walks are short; long ones look for themselves.
constexpr std::uint64_t kWalksPerStopLook = 16;
template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}
}  // namespace

void TreeFindings::merge(TreeFindings&& other) {
  append(basins, other.basins);
  append(segments, other.segments);
  append(attachments, other.attachments);
  append(cycles, other.cycles);
  append(open_basins, other.open_basins);
  append(open_rims, other.open_rims);
  append(open_leaders, other.open_leaders);
  if (seen.size() < other.seen.size()) seen.resize(other.seen.size(), 0);
  for (std::size_t i = 0; i < other.seen.size(); ++i) seen[i] += other.seen[i];
  rim_states += other.rim_states;
  rim_cycle_states += other.rim_cycle_states;
  rim_depth = std::max(rim_depth, other.rim_depth);
  leaves += other.leaves;
  steps += other.steps;
}

void TreeFindings::write(core::ByteWriter& out) const {
  out.put_array(basins).put_array(segments).put_array(attachments).put_array(cycles);
  out.put_array(open_basins).put_array(open_rims).put_array(open_leaders).put_array(seen);
  out.put(rim_states).put(rim_cycle_states).put(rim_depth).put(leaves).put(steps);
}

TreeFindings TreeFindings::read(core::ByteReader& in) {
  TreeFindings f;
  f.basins = in.get_array<Basin>();
  f.segments = in.get_array<Segment>();
  f.attachments = in.get_array<Segment>();
  f.cycles = in.get_array<Cycle>();
  f.open_basins = in.get_array<TreeWalk>();
  f.open_rims = in.get_array<RimWalk>();
  f.open_leaders = in.get_array<OpenWalk>();
  f.seen = in.get_array<std::uint64_t>();
  f.rim_states = in.get<std::uint64_t>();
  f.rim_cycle_states = in.get<std::uint64_t>();
  f.rim_depth = in.get<std::uint64_t>();
  f.leaves = in.get<std::uint64_t>();
  f.steps = in.get<std::uint64_t>();
  return f;
}

/// Steps that may still be taken; looks at the stop token every few thousand evaluations of the feedback.
struct TreeKernel::Budget {
  std::uint64_t left;
  const core::StopSignal& stop;
  std::uint64_t steps_per_look = 0x1000;  ///< a power of two

  [[nodiscard]] bool spend() {
    if (left == 0 || ((left & (steps_per_look - 1)) == 0 && stop.stop_requested())) return false;
    --left;
    return true;
  }
};

/// For a search backwards, of which a step may cost many evaluations.
TreeKernel::Budget TreeKernel::budget_backwards(std::uint64_t limit, const core::StopSignal& stop) const {
  constexpr std::uint64_t kFewestSteps = 4;
  const std::uint64_t cost = std::bit_ceil(step_.previous_cost());
  return {std::max(std::min(limit, kFewestSteps), limit / cost), stop,
          std::max<std::uint64_t>(1, 0x1000 / cost)};
}

TreeKernel::TreeKernel(fsr::Stepper step, std::uint64_t marks, Partition partition)
    : step_(std::move(step)), marks_(marks), partition_(partition) {}

/// Goes on with the search; true if the whole tree is done. Marks are met, not entered.
bool TreeKernel::search_tree(TreeWalk& t, bool count_states, std::vector<Segment>& marks_met, Budget& budget,
                             TreeFindings& findings) const {
  std::vector<std::uint64_t> children;
  while (budget.spend()) {
    ++findings.steps;
    step_.previous(t.node, children, budget.stop);
    if (count_states && children.empty()) ++findings.leaves;  // asked once: no child leads back to it
    auto child = t.last_child == kNoState ? children.begin()
                                          : std::upper_bound(children.begin(), children.end(), t.last_child);
    for (; child != children.end(); ++child) {
      if (t.depth == 0 && *child == t.excluded) continue;
      if (*child >= marks_) break;
      marks_met.push_back({*child, t.root, t.depth + 1});
    }
    if (child != children.end()) {
      t.node = *child;
      t.last_child = kNoState;
      ++t.size;
      t.max_depth = std::max(t.max_depth, ++t.depth);
      if (count_states) ++findings.seen[partition_.class_of(t.node)];
    } else if (t.depth == 0) {
      return true;
    } else {
      t.last_child = t.node;
      t.node = step_.next(t.node);
      --t.depth;
    }
  }
  return false;
}

void TreeKernel::basin(TreeWalk tree, std::uint64_t limit, TreeFindings& findings,
                       const core::StopSignal& stop) const {
  Budget budget = budget_backwards(limit, stop);
  if (search_tree(tree, true, findings.segments, budget, findings)) {
    ++findings.seen[partition_.class_of(tree.root)];
    findings.basins.push_back({tree.root, tree.size, tree.max_depth});
  } else {
    findings.open_basins.push_back(tree);
  }
}

void TreeKernel::basins(core::StateRange marks, std::uint64_t limit, TreeFindings& findings,
                        core::StopSignal stop) const {
  findings.seen.resize(partition_.size(), 0);
  for (std::uint64_t mark = marks.begin.value; mark < marks.end.value; ++mark) {
    if (mark % kWalksPerStopLook == 0 && stop.stop_requested()) return;
    basin(TreeWalk::at(mark), limit, findings, stop);
  }
}

void TreeKernel::resume_basins(std::span<const TreeWalk> walks, std::uint64_t limit, TreeFindings& findings,
                               core::StopSignal stop) const {
  findings.seen.resize(partition_.size(), 0);
  for (const TreeWalk& walk : walks) basin(walk, limit, findings, stop);
}

void TreeKernel::rims(std::span<const RimWalk> walks, std::uint64_t limit, TreeFindings& findings,
                      core::StopSignal stop) const {
  findings.seen.resize(partition_.size(), 0);
  for (RimWalk rim : walks) {
    Budget budget = budget_backwards(limit, stop);
    while (rim.remaining > 0) {
      if (rim.in_tree == 0) {
        rim.tree = TreeWalk::at(step_.next(rim.cycle_state), rim.cycle_state);
        rim.in_tree = 1;
      }
      if (!search_tree(rim.tree, rim.marked == 0, findings.attachments, budget, findings)) break;
      findings.rim_states += rim.tree.size;
      findings.rim_depth = std::max(findings.rim_depth, rim.tree.max_depth);
      ++findings.rim_cycle_states;
      if (rim.marked == 0) ++findings.seen[partition_.class_of(rim.tree.root)];
      rim.cycle_state = rim.tree.root;
      rim.in_tree = 0;
      --rim.remaining;
    }
    if (rim.remaining > 0) findings.open_rims.push_back(rim);
  }
}

void TreeKernel::leader(OpenWalk walk, std::uint64_t max_period, std::uint64_t limit, TreeFindings& findings,
                        const core::StopSignal& stop) const {
  // `landmark` is the state after the last power of two of steps; meeting it again means a cycle without the
  // start. After a resumption it starts afresh, which only delays the recognition.
  std::uint64_t x = walk.current;
  std::uint64_t landmark = x;
  std::uint64_t landmark_at = 0;
  std::uint64_t taken = 0;
  Budget budget{limit, stop};
  bool elsewhere = false;
  while (walk.steps + taken < max_period && budget.spend()) {
    x = step_.next(x);
    ++taken;
    if (x <= walk.start) break;
    if (x == landmark) {
      elsewhere = true;
      break;
    }
    if (taken == 2 * landmark_at + 1) {
      landmark = x;
      landmark_at = taken;
    }
  }
  walk.current = x;
  walk.steps += taken;
  findings.steps += taken;
  if (x < walk.start || elsewhere) return;
  if (x == walk.start && walk.steps > 0) {
    findings.cycles.push_back({walk.start, walk.steps});
  } else if (walk.steps < max_period) {
    findings.open_leaders.push_back(walk);
  }
}

void TreeKernel::leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t limit,
                         TreeFindings& findings, core::StopSignal stop) const {
  for (std::uint64_t i = candidates.begin.value; i < candidates.end.value; ++i) {
    if (i % kWalksPerStopLook == 0 && stop.stop_requested()) return;
    leader({OpenWalk::Purpose::leader, i, i, 0, 0}, max_period, limit, findings, stop);
  }
}

void TreeKernel::resume_leaders(std::span<const OpenWalk> walks, std::uint64_t max_period,
                                std::uint64_t limit, TreeFindings& findings, core::StopSignal stop) const {
  for (const OpenWalk& walk : walks) leader(walk, max_period, limit, findings, stop);
}

}  // namespace gforbit::cycles
