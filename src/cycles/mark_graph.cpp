#include "gforbit/cycles/mark_graph.hpp"

#include <algorithm>
#include <stdexcept>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

MarkGraph::MarkGraph(std::uint64_t marks)
    : next_(marks, kNone),
      length_(marks, 0),
      basin_size_(marks, 0),
      basin_depth_(marks, 0),
      attached_(marks, 0),
      has_basin_(marks, false),
      on_cycle_(marks, false) {}

void MarkGraph::add_basins(const TreeFindings& findings) {
  for (const auto& basin : findings.basins) {
    if (has_basin_[basin.mark]) throw core::CertificateError("the basin of a mark was counted twice");
    has_basin_[basin.mark] = true;
    basin_size_[basin.mark] = basin.size;
    basin_depth_[basin.mark] = basin.depth;
    basin_states_ += core::Natural(basin.size) + 1;
  }
  for (const auto& segment : findings.segments) {
    if (next_[segment.from] != kNone) throw core::CertificateError("a mark lies in the basins of two marks");
    next_[segment.from] = static_cast<std::uint32_t>(segment.to);
    length_[segment.from] = segment.length;
  }
}

CycleCensus MarkGraph::find_cycles(std::uint64_t stored) {
  if (std::find(has_basin_.begin(), has_basin_.end(), false) != has_basin_.end()) {
    throw core::CertificateError("a mark has no basin: a range was lost");
  }
  CycleCensus census(stored);
  std::vector<std::uint32_t> trail(next_.size(),
                                   0);  // 1 + first mark of the walk that came through, 0 = none
  for (std::uint32_t start = 0; start < next_.size(); ++start) {
    std::uint32_t x = start;
    while (x != kNone && trail[x] == 0) {
      trail[x] = start + 1;
      x = next_[x];
    }
    if (x == kNone || trail[x] != start + 1) continue;
    Cycle cycle{x, 0};
    std::uint32_t m = x;
    do {
      on_cycle_[m] = true;
      cycle.representative = std::min<std::uint64_t>(cycle.representative, m);
      cycle.period += length_[m];
      expected_marked_states_ += core::Natural(basin_size_[next_[m]]) + 1 - length_[m];
      m = next_[m];
    } while (m != x);
    census.add(cycle);
  }
  return census;
}

std::vector<RimWalk> MarkGraph::rims_to_search() const {
  std::vector<RimWalk> rims;
  for (std::uint32_t mark = 0; mark < next_.size(); ++mark) {
    if (on_cycle_[mark]) rims.push_back({.cycle_state = mark, .remaining = length_[mark]});
  }
  return rims;
}

void MarkGraph::add_rims(const TreeFindings& findings, bool with_marks) {
  rim_states_ += findings.rim_states;
  if (with_marks) marked_rim_states_ += findings.rim_states;
  rim_depth_ = std::max(rim_depth_, findings.rim_depth);
  for (const auto& attachment : findings.attachments) attached_[attachment.from] = attachment.length;
}

/// Steps from each mark to its cycle; 0 for marks on one.
std::vector<std::uint64_t> MarkGraph::distances() const {
  std::vector<std::uint64_t> distance(next_.size(), 0);
  std::vector<std::uint32_t> path;
  for (std::uint32_t start = 0; start < next_.size(); ++start) {
    std::uint32_t x = start;
    while (!on_cycle_[x] && distance[x] == 0 && attached_[x] == 0) {
      path.push_back(x);
      x = next_[x];
      if (x == kNone) throw core::CertificateError("a mark reaches no cycle: a cycle was lost");
    }
    if (on_cycle_[x] && !path.empty())
      throw core::CertificateError("a mark next to a cycle lies in none of its rims");
    if (attached_[x] != 0) distance[x] = attached_[x];
    for (; !path.empty(); path.pop_back()) {
      const std::uint32_t m = path.back();
      distance[m] = length_[m] + distance[x];
      x = m;
    }
  }
  return distance;
}

MarkGraph::Transients MarkGraph::transients() const {
  if (marked_rim_states_ != expected_marked_states_) {
    throw core::CertificateError(
        "rims and basins of the marks on cycles disagree: a range was lost or counted twice");
  }
  Transients result{rim_states_, rim_depth_};
  const std::vector<std::uint64_t> distance = distances();
  for (std::uint32_t mark = 0; mark < next_.size(); ++mark) {
    if (on_cycle_[mark]) continue;
    result.states += core::Natural(basin_size_[mark]) + 1;
    result.max_length = std::max(result.max_length, distance[mark] + basin_depth_[mark]);
  }
  return result;
}

}  // namespace gforbit::cycles
