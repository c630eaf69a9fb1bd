#include "parts.hpp"

#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {

/// Whether `unit` was to find this cycle.
bool asked_for(const MappingUnit& unit, const Cycle& cycle) {
  const auto within = [](core::StateRange range, std::uint64_t n) {
    return range.begin.value <= n && n < range.end.value;
  };
  const auto started = [&](const std::vector<OpenWalk>& walks) {
    return std::ranges::any_of(walks, [&](const auto& walk) { return walk.start == cycle.representative; });
  };
  return std::visit(
      Overloaded{
          [&](const SegmentsUnit& task) { return within(task.marks, cycle.representative); },
          [&](const ShortCyclesUnit& task) {
            return within(task.periods, cycle.period) && cycle.representative >= unit.plan.marks;
          },
          [&](const LeadersUnit& task) { return within(task.candidates, cycle.representative); },
          [&](const WalksUnit& task) { return started(task.walks); },
          [&](const BasinsUnit& task) { return within(task.marks, cycle.representative); },
          [&](const TreeLeadersUnit& task) { return within(task.candidates, cycle.representative); },
          [&](const TreeWalksUnit& task) { return started(task.walks); },
          [](const auto&) { return false; },
      },
      unit.task);
}

}  // namespace

// ---- Account ----------------------------------------------------------------------------------------------

void Account::cover(const core::Natural& states) {
  if (states > deficit_) {
    throw core::CertificateError("more states than there are: a range is wrong or was counted twice");
  }
  deficit_ -= static_cast<std::uint64_t>(states);
}

void Account::add_covered(const CycleCensus& census) {
  cover(census.states());
  census_.merge(census);
}

void Account::add_cycles(const MappingUnit& unit, std::vector<Cycle> found) {
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::uint64_t state = found[i].representative;
    if (!asked_for(unit, found[i]))
      throw core::CertificateError("a cycle came from a range that it is not in");
    if (i > 0 && found[i - 1].representative == state)
      throw core::CertificateError("a cycle of a range was counted twice");
    census_.add(found[i]);
  }
}

// ---- LeaderRanges -----------------------------------------------------------------------------------------

LeaderRanges::LeaderRanges(const RangePlan& plan, const MappingOptions& options)
    : plan_(plan), options_(options), partition_(plan.partition()), seen_(partition_.size(), 0) {
  for (std::size_t i = 0; i < partition_.size(); ++i) sizes_.push_back(partition_.interval(i).size());
}

void LeaderRanges::begin() {
  has_begun_ = true;
  check();
}

void LeaderRanges::add_seen(const ClassCounts& seen) {
  for (std::size_t i = 0; i < seen.size(); ++i) seen_[i] += seen[i];
  if (has_begun_) check();
}

void LeaderRanges::remove(core::StateRange done) {
  if (!has_begun_) throw core::ProtocolError("leaders were searched before the cycles with marks were known");
  done_.push_back(done);
  if (source_) source_->remove(done);
}

bool LeaderRanges::is_useless(std::size_t index) const {
  return has_begun_ && !misses(index) && stops_useless(plan_, options_);
}

std::uint64_t LeaderRanges::missing() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sizes_.size(); ++i) sum += sizes_[i] - seen_[i];
  return sum;
}

bool LeaderRanges::exhausted() {
  while (!source_ || source_->rest().empty() || !misses(class_)) {
    if (class_ + 1 >= partition_.size()) return true;
    ++class_;
    const core::StateRange interval = partition_.interval(class_);
    source_.emplace(interval, model(), leader_sizing(plan_, interval, options_));
    for (const core::StateRange done : done_) source_->remove(done);
  }
  return false;
}

void LeaderRanges::check() const {
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    if (seen_[i] > sizes_[i]) {
      throw core::CertificateError(
          "more states were passed than there are: a range is wrong or was counted twice");
    }
  }
}

// ---- UnitsOut ---------------------------------------------------------------------------------------------

void UnitsOut::remove(const MappingUnit& unit) {
  const auto at = counts_.find(group_of(unit));
  if (at == counts_.end()) throw core::ProtocolError("a unit came back that was not out");
  if (--at->second == 0) counts_.erase(at);
}

std::vector<std::uint32_t> UnitsOut::groups() const {
  std::vector<std::uint32_t> groups;
  for (const auto& [group, count] : counts_) groups.push_back(group);
  return groups;
}

std::vector<std::uint32_t> UnitsOut::take_useless(bool complete, const LeaderRanges& leaders) {
  std::vector<std::uint32_t> taken;
  std::erase_if(counts_, [&](const auto& out) {
    const std::uint32_t group = out.first;
    if (!complete && (group == 0 || !leaders.is_useless(group))) return false;
    taken.push_back(group);
    return true;
  });
  return taken;
}

// ---- rules ------------------------------------------------------------------------------------------------

core::RangeSource mark_ranges(const RangePlan& plan, const MappingOptions& options, double step_cost) {
  return {core::StateRange{{0}, {plan.marks}},
          core::WorkModel::uniform(static_cast<double>(plan.states) / static_cast<double>(plan.marks)),
          mark_sizing(plan, options, step_cost)};
}

std::optional<core::StateRange> next_candidates(const Account& account, LeaderRanges& leaders,
                                                const UnitsOut& out) {
  return account.deficit() == 0 && !out.empty() ? std::nullopt : leaders.next();
}

void remove_ranges(std::span<const core::StateRange> done, const RangePlan& plan, core::RangeSource& marks,
                   LeaderRanges& leaders) {
  for (const core::StateRange range : done) {
    if (range.end.value <= plan.marks) {
      marks.remove(range);
    } else {
      leaders.remove(range);
    }
  }
}

void fail_open_certificate() {
  throw core::CertificateError(
      "the certificate does not close: states are missing after every range was searched");
}

}  // namespace gforbit::cycles
