/// The parts that the mappings of nonsingular and of singular registers are made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/cycles/mapping/plan.hpp"

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

/// Takes the walks of a restored unit out of those that are open. @throws core::ProtocolError  one is not
/// there
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
    throw core::ProtocolError("a walk was continued that no unit had left open");
  }
  open = std::move(left);
}

/// The cycles found, and the states that are not accounted for (the deficit).
class Account {
 public:
  Account(std::uint64_t states, std::uint64_t stored) : census_(stored), deficit_(states) {}

  [[nodiscard]] const CycleCensus& census() const noexcept { return census_; }
  [[nodiscard]] std::uint64_t deficit() const noexcept { return deficit_; }
  /// Steps that the results took.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

  void add_steps(std::uint64_t steps) { steps_ += steps; }
  /// Lowers the deficit by states that are accounted for now.
  void cover(const core::Natural& states);
  /// Adds cycles that were checked where they were found, without or with their states.
  void add_census(const CycleCensus& census) { census_.merge(census); }
  void add_covered(const CycleCensus& census);
  /// Adds the cycles that a unit found, without their states. Sums alone would not notice one cycle in place
  /// of another of the same period, so each must have its smallest state among the candidates of the unit,
  /// and no two the same.
  void add_cycles(const MappingUnit& unit, std::vector<Cycle> found);

 private:
  CycleCensus census_;
  std::uint64_t deficit_;
  std::uint64_t steps_ = 0;
};

/// The intervals above the marks that still miss states, cut in ranges: the search for leaders, which begins
/// when the cycles with marks are known.
class LeaderRanges {
 public:
  LeaderRanges(const RangePlan& plan, const MappingOptions& options);

  /// From now on it is checked that no class has more states than there are.
  void begin();

  /// Counts states by class: before the search towards it, later for it.
  void add_seen(const ClassCounts& seen);
  /// An earlier run has searched this range. @throws core::ProtocolError  the search has not begun
  void remove(core::StateRange done);

  [[nodiscard]] core::WorkModel model() const {
    return core::WorkModel::logarithmic(static_cast<double>(plan_.states));
  }
  /// Every class was seen in full, none more than that.
  [[nodiscard]] bool classes_are_full() const { return seen_ == sizes_; }
  /// Some state of this class was not seen yet.
  [[nodiscard]] bool misses(std::size_t index) const { return seen_[index] < sizes_[index]; }
  /// Units that search this class can stop.
  [[nodiscard]] bool is_useless(std::size_t index) const;
  /// States that no class has seen yet.
  [[nodiscard]] std::uint64_t missing() const;
  /// No range is left in any class that misses states.
  [[nodiscard]] bool exhausted();
  /// The next range of a class that misses states, classes in increasing order; nullopt when exhausted.
  [[nodiscard]] std::optional<core::StateRange> next() {
    return exhausted() ? std::nullopt : source_->next();
  }

 private:
  void check() const;

  RangePlan plan_;
  MappingOptions options_;
  Partition partition_;
  ClassCounts seen_;
  ClassCounts sizes_;  // states of each class
  bool has_begun_ = false;
  std::size_t class_ = 0;               // class 0 is the marks: no leader there
  std::vector<core::StateRange> done_;  // by an earlier run
  std::optional<core::RangeSource> source_;
};

/// How many units are out, by group.
class UnitsOut {
 public:
  [[nodiscard]] bool empty() const noexcept { return counts_.empty(); }
  void add(const MappingUnit& unit) { ++counts_[group_of(unit)]; }
  void remove(const MappingUnit& unit);
  [[nodiscard]] std::vector<std::uint32_t> groups() const;
  /// Groups whose units are useless; they are out no more. A search for leaders is useless when no state of
  /// its class is missing, all are when the mapping is complete.
  [[nodiscard]] std::vector<std::uint32_t> take_useless(bool complete, const LeaderRanges& leaders);

 private:
  std::map<std::uint32_t, std::uint64_t> counts_;  ///< no zeros
};

/// The ranges of marks that are not handed out.
/// @param step_cost  evaluations of the feedback for a step from a mark, 1 unless that is backwards
[[nodiscard]] core::RangeSource mark_ranges(const RangePlan& plan, const MappingOptions& options,
                                            double step_cost = 1);

/// The next range to search for leaders, unless all that is missing are counts on their way.
[[nodiscard]] std::optional<core::StateRange> next_candidates(const Account& account, LeaderRanges& leaders,
                                                              const UnitsOut& out);

/// Takes out the ranges of a restored unit.
void remove_ranges(std::span<const core::StateRange> done, const RangePlan& plan, core::RangeSource& marks,
                   LeaderRanges& leaders);

/// Nothing is missing: the sum of periods (and trees) is the number of states, and the states seen fill every
/// class. docs/algorithm.md, section 17, says which faults these two counts catch.
[[nodiscard]] inline bool covers_everything(const Account& account, const LeaderRanges& leaders) {
  return account.deficit() == 0 && leaders.classes_are_full();
}

/// Every range was searched, and states are missing.
[[noreturn]] void fail_open_certificate();

[[nodiscard]] std::unique_ptr<Mapping> make_bijection_mapping(const RangePlan& plan,
                                                              const MappingOptions& options);
[[nodiscard]] std::unique_ptr<Mapping> make_singular_mapping(const fsr::Register& reg, const RangePlan& plan,
                                                             const MappingOptions& options);
[[nodiscard]] std::unique_ptr<Mapping> make_interleaved_mapping(const MappingOptions& options);
[[nodiscard]] std::unique_ptr<Mapping> make_peeled_mapping(const fsr::Register& reg,
                                                           const MappingOptions& options);
/// @param mapping  that keeps all cycles
[[nodiscard]] std::unique_ptr<Mapping> make_mapping_with_basins(const fsr::Register& reg,
                                                                std::unique_ptr<Mapping> mapping,
                                                                const MappingOptions& options);

}  // namespace gforbit::cycles
