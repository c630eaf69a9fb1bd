// A mapping driven by hand: units that are out when their class is complete are told, and not missed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "cycles/executor.hpp"
#include "cycles/mapping.hpp"
#include "unit/job_cycles/in_ranges.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::map_whole;
using testing_support::parsed;

core::Bytes worked_off(sched::Execution& execution) {
  while (execution.work({})) continue;
  return execution.result();
}

class UselessUnits : public testing::TestWithParam<bool> {
 protected:
  /// All that can be handed out at the moment.
  void take_units() {
    while (auto local = mapping_->next_local()) units_.push_back(*std::move(local));
    while (auto unit = mapping_->next()) units_.push_back(*std::move(unit));
  }
  /// One that is no search for leaders, if there is any: what these found comes before the next of them.
  void merge_next() {
    auto at =
        std::find_if(units_.begin(), units_.end(), [](const auto& unit) { return group_of(unit) == 0; });
    if (at == units_.end()) at = units_.begin();
    const RangeUnit unit = std::move(*at);
    units_.erase(at);
    const auto execution =
        unit.kind == UnitKind::local ? mapping_->local_work() : executor_.start(unit.bytes());
    mapping_->merge(unit, worked_off(*execution));
  }
  /// Takes away the units that are useless now, after a look whether they are.
  void drop_useless() {
    for (const std::uint32_t group : mapping_->take_outdated()) {
      const auto is_of_group = [&](const RangeUnit& unit) { return group_of(unit) == group; };
      EXPECT_TRUE(std::any_of(units_.begin(), units_.end(), is_of_group)) << "group " << group;
      dropped_ += std::erase_if(units_, is_of_group);
    }
    for (const RangeUnit& unit : units_) {
      if (unit.kind == UnitKind::local) continue;
      const auto groups = mapping_->groups_out();
      EXPECT_NE(std::find(groups.begin(), groups.end(), group_of(unit)), groups.end());
    }
  }

  CyclesExecutor executor_;
  std::unique_ptr<Mapping> mapping_;
  std::deque<RangeUnit> units_;
  std::size_t dropped_ = 0;
};

TEST_P(UselessUnits, AreToldOnceAndNotMissed) {
  const bool is_nonsingular = GetParam();
  const fsr::Register reg = parsed(2, 16, is_nonsingular ? "x0 + x3 + x1*x2" : "x0*x15 + x1 + x5*x6");
  const auto whole = map_whole(reg);
  const MappingLimits limits{.ranks = 4,
                             .threads = 4,
                             .stored = cycles::CycleCensus::kAll,
                             .memory_bytes = 256 * 60,
                             .simd = cycles::SimdLevel::scalar};
  mapping_ = make_mapping(0, reg, is_nonsingular, limits);
  for (take_units(); !units_.empty(); take_units()) {
    merge_next();
    drop_useless();
  }
  ASSERT_TRUE(mapping_->complete());
  EXPECT_GT(dropped_, 0u);
  const MapReport report = mapping_->report();
  EXPECT_EQ(report.cycles.rows(), whole.cycles.rows());
  EXPECT_EQ(report.transient_states, whole.transient_states);
}

INSTANTIATE_TEST_SUITE_P(Nonsingular, UselessUnits, testing::Bool());

}  // namespace
}  // namespace gforbit::job_cycles
