/// What the mappings of nonsingular and singular registers share: how a register is cut in marks and classes,
/// and the search for leaders class by class.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/cycles/mapping/range_sizes.hpp"

namespace gforbit::cycles {

/// Open walks in one unit.
inline constexpr std::size_t kWalksPerUnit = 16;

/// The last `count` elements of `from` (or all), taken out.
template <class T>
[[nodiscard]] std::vector<T> take_back(std::vector<T>& from, std::size_t count) {
  const auto first = from.size() > count ? from.end() - static_cast<std::ptrdiff_t>(count) : from.begin();
  std::vector<T> taken(first, from.end());
  from.erase(first, from.end());
  return taken;
}

/// Takes the walks of a restored unit out of those that are open. @throws std::logic_error  one is not there
template <class Walk>
void take_back_all(std::vector<Walk>& open, const std::vector<Walk>& taken) {
  if (taken.empty()) return;
  const auto before = [](const Walk& a, const Walk& b) { return std::memcmp(&a, &b, sizeof a) < 0; };
  std::vector<Walk> left, sorted = taken;
  std::sort(open.begin(), open.end(), before);
  std::sort(sorted.begin(), sorted.end(), before);
  std::set_difference(open.begin(), open.end(), sorted.begin(), sorted.end(), std::back_inserter(left),
                      before);
  if (left.size() + taken.size() != open.size()) {
    throw std::logic_error("a walk went on that nobody had left open");
  }
  open = std::move(left);
}

/// The intervals above the marks that still miss states, cut in ranges.
class LeaderSearch {
 public:
  LeaderSearch(const RangePlan& plan, ClassCounts seen, const MappingOptions& options)
      : plan_(plan), options_(options), partition_(plan.partition()), seen_(std::move(seen)) {
    seen_.resize(partition_.size(), 0);
    for (std::size_t i = 0; i < partition_.size(); ++i) sizes_.push_back(partition_.interval(i).size());
    check();
  }

  void add_seen(const ClassCounts& seen) {
    for (std::size_t i = 0; i < seen.size(); ++i) seen_[i] += seen[i];
    check();
  }

  /// An earlier run has searched this range.
  void remove(core::StateRange done) {
    done_.push_back(done);
    if (source_) source_->remove(done);
  }

  [[nodiscard]] core::WorkModel model() const {
    return core::WorkModel::logarithmic(static_cast<double>(plan_.states));
  }

  /// Every class was seen in full, none more than that.
  [[nodiscard]] bool classes_are_full() const { return seen_ == sizes_; }

  /// Some state of this class was not seen yet.
  [[nodiscard]] bool misses(std::size_t index) const { return seen_[index] < sizes_[index]; }

  /// States that no class has seen yet.
  [[nodiscard]] std::uint64_t missing() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sizes_.size(); ++i) sum += sizes_[i] - seen_[i];
    return sum;
  }

  /// No range is left in any class that misses states.
  [[nodiscard]] bool exhausted() {
    while (!source_ || source_->rest().empty() || !misses(class_)) {
      if (class_ + 1 >= partition_.size()) return true;
      ++class_;
      const core::StateRange interval = partition_.interval(class_);
      source_.emplace(interval, model(), leader_sizing(plan_, interval, options_));
      for (const core::StateRange done : done_) source_->remove(done);
    }
    return false;
  }

  /// The next range of a class that misses states, classes in increasing order; nullopt when exhausted.
  [[nodiscard]] std::optional<core::StateRange> next() {
    return exhausted() ? std::nullopt : source_->next();
  }

 private:
  void check() const {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (seen_[i] > sizes_[i]) {
        throw std::logic_error(
            "more states were passed than there are: a range is wrong or was counted twice");
      }
    }
  }

  RangePlan plan_;
  MappingOptions options_;
  Partition partition_;
  ClassCounts seen_;
  ClassCounts sizes_;                   // states of each class
  std::size_t class_ = 0;               // class 0 is the marks: no leader there
  std::vector<core::StateRange> done_;  // by an earlier run
  std::optional<core::RangeSource> source_;
};

/// How many units are out, by group.
class UnitsOut {
 public:
  [[nodiscard]] bool empty() const noexcept { return counts_.empty(); }
  void add(const RangeUnit& unit) { ++counts_[group_of(unit)]; }
  void remove(const RangeUnit& unit) {
    const auto at = counts_.find(group_of(unit));
    if (at == counts_.end()) throw std::logic_error("a unit came back that was not out");
    if (--at->second == 0) counts_.erase(at);
  }
  [[nodiscard]] std::vector<std::uint32_t> groups() const {
    std::vector<std::uint32_t> groups;
    for (const auto& [group, count] : counts_) groups.push_back(group);
    return groups;
  }
  /// Those of which `useless` says so; their units are out no more.
  template <class Useless>
  [[nodiscard]] std::vector<std::uint32_t> take(Useless useless) {
    std::vector<std::uint32_t> taken;
    std::erase_if(counts_, [&](const auto& out) {
      if (!useless(out.first)) return false;
      taken.push_back(out.first);
      return true;
    });
    return taken;
  }

 private:
  std::map<std::uint32_t, std::uint64_t> counts_;  ///< no zeros
};

/// State and rules that both kinds of mapping have.
class RangeMapping : public Mapping {
 public:
  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override { return out_.groups(); }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override {
    return out_.take([&](std::uint32_t group) {
      return complete() ||
             (group != 0 && search_ && !search_->misses(group) && stops_useless(plan_, options_));
    });
  }
  [[nodiscard]] std::uint64_t steps_done() const override { return steps_; }
  [[nodiscard]] const RangePlan& plan() const noexcept override { return plan_; }

 protected:
  /// @param step_cost  evaluations of the feedback for a step from a mark, 1 unless that is backwards
  RangeMapping(RangePlan plan, MappingOptions options, double step_cost = 1)
      : plan_(plan),
        options_(options),
        census_(options.stored),
        seen_(plan.partition().size(), 0),
        marks_(core::StateRange{{0}, {plan.marks}},
               core::WorkModel::uniform(static_cast<double>(plan.states) / static_cast<double>(plan.marks)),
               mark_sizing(plan, options, step_cost)),
        deficit_(plan.states) {}

  /// A unit of this register that has nothing to do yet.
  [[nodiscard]] RangeUnit make_unit() const {
    RangeUnit unit;
    unit.plan = plan_;
    unit.max_period = deficit_;
    unit.stored = options_.stored;
    return unit;
  }

  /// Counts states by class: before the search for leaders towards it, later for it.
  void add_seen(const ClassCounts& seen) {
    if (search_) return search_->add_seen(seen);
    for (std::size_t i = 0; i < seen.size(); ++i) seen_[i] += seen[i];
  }

  /// Ranges of a restored unit are not handed out any more.
  void finish_ranges(std::span<const core::StateRange> ranges) {
    for (const core::StateRange range : ranges) {
      if (range.end.value <= plan_.marks) {
        marks_.remove(range);
      } else if (search_) {
        search_->remove(range);
      } else {
        throw std::logic_error("leaders were searched before the cycles with marks were known");
      }
    }
  }

  /// Lowers the deficit by states that are accounted for now.
  void cover(const core::Natural& states) {
    if (states > deficit_) {
      throw std::logic_error("more states than there are: a range is wrong or was counted twice");
    }
    deficit_ -= static_cast<std::uint64_t>(states);
  }

  /// Whether `unit` was to find this cycle.
  [[nodiscard]] bool asked_for(const RangeUnit& unit, const Cycle& cycle) const {
    const auto within = [&](std::uint64_t n) {
      return unit.range.begin.value <= n && n < unit.range.end.value;
    };
    if (unit.kind == UnitKind::short_cycles)
      return within(cycle.period) && cycle.representative >= plan_.marks;
    if (unit.walks.empty()) return within(cycle.representative);
    return std::any_of(unit.walks.begin(), unit.walks.end(),
                       [&](const auto& walk) { return walk.start == cycle.representative; });
  }

  /// Adds cycles that were checked and counted where they were found.
  void add_counted(const CycleCensus& counted) {
    cover(counted.states());
    census_.merge(counted);
  }

  /// Adds the cycles that a unit found. Sums alone would not notice one cycle in place of another of the same
  /// period, so each must have its smallest state among the candidates of the unit, and no two the same.
  void add_cycles(const RangeUnit& unit, std::vector<Cycle> found) {
    std::sort(found.begin(), found.end());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::uint64_t state = found[i].representative;
      if (!asked_for(unit, found[i])) throw std::logic_error("a cycle came from a range that it is not in");
      if (i > 0 && found[i - 1].representative == state)
        throw std::logic_error("a cycle of a range was counted twice");
      census_.add(found[i]);
    }
  }

  void begin_search() { search_.emplace(plan_, std::move(seen_), options_); }

  /// Nothing is missing any more. Two counts must say so: the sum of periods (and trees), and the states seen
  /// by class, so that no wrong length can stand for a lost cycle.
  [[nodiscard]] bool covers_everything() const { return deficit_ == 0 && search_->classes_are_full(); }

  /// The next range to search for leaders, unless all that is missing are counts on their way.
  [[nodiscard]] std::optional<core::StateRange> next_candidates() {
    return deficit_ == 0 && !out_.empty() ? std::nullopt : search_->next();
  }

  [[noreturn]] static void fail_open_certificate() {
    throw std::logic_error(
        "the certificate does not close: states are missing after every range was searched");
  }

  RangePlan plan_;
  MappingOptions options_;
  CycleCensus census_;
  ClassCounts seen_;                    ///< until the search for leaders begins
  core::RangeSource marks_;             ///< ranges of marks not handed out yet
  std::optional<LeaderSearch> search_;  ///< once the cycles with marks are known
  std::uint64_t deficit_;               ///< states not accounted for
  std::uint64_t steps_ = 0;
  UnitsOut out_;  ///< handed out, and the results have not come back
};

std::unique_ptr<Mapping> make_bijection_mapping(RangePlan plan, MappingOptions options);
std::unique_ptr<Mapping> make_interleaved_mapping(MappingOptions options);
std::unique_ptr<Mapping> make_peeled_mapping(const fsr::Register& reg, MappingOptions options);
std::unique_ptr<Mapping> make_singular_mapping(const fsr::Register& reg, RangePlan plan,
                                               MappingOptions options);

}  // namespace gforbit::cycles
