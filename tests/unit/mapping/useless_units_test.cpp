// A mapping driven by hand: units that are out when their class is complete are told, and not missed.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>

#include "gforbit/cycles/mapping/driver.hpp"

namespace gforbit::cycles {
namespace {

core::Bytes worked_off(UnitWork& work) {
  while (work.work({})) continue;
  return work.result();
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
    const MappingUnit unit = std::move(*at);
    units_.erase(at);
    const auto work =
        unit.is<ContractionUnit>() ? mapping_->local_work() : make_work(unit, *reg_, nullptr, steps_);
    mapping_->merge(unit, worked_off(*work));
  }
  /// Takes away the units that are useless now, after a look whether they are.
  void drop_useless() {
    for (const std::uint32_t group : mapping_->take_outdated()) {
      const auto is_of_group = [&](const MappingUnit& unit) { return group_of(unit) == group; };
      EXPECT_TRUE(std::any_of(units_.begin(), units_.end(), is_of_group)) << "group " << group;
      dropped_ += std::erase_if(units_, is_of_group);
    }
    for (const MappingUnit& unit : units_) {
      if (unit.is<ContractionUnit>()) continue;
      const auto groups = mapping_->groups_out();
      EXPECT_NE(std::find(groups.begin(), groups.end(), group_of(unit)), groups.end());
    }
  }

  std::optional<fsr::Register> reg_;
  std::atomic<std::uint64_t> steps_{0};
  std::unique_ptr<Mapping> mapping_;
  std::deque<MappingUnit> units_;
  std::size_t dropped_ = 0;
};

TEST_P(UselessUnits, AreToldOnceAndNotMissed) {
  const bool is_nonsingular = GetParam();
  const char* const feedback = is_nonsingular ? "x0 + x3 + x1*x2" : "x0*x15 + x1 + x5*x6";
  reg_.emplace(fsr::Feedback::parse(galois::Field::of_order(2), 16, feedback));
  const auto whole = map_whole(*reg_, is_nonsingular, 0, CycleCensus::kAll, false, {}, {});
  const MappingOptions options{.threads = 4,
                               .ranks = 4,
                               .stored = CycleCensus::kAll,
                               .memory_bytes = 2 * 256 * 60,
                               .simd = SimdLevel::scalar,
                               .peel = false};
  mapping_ = make_mapping(*reg_, is_nonsingular, options);
  for (take_units(); !units_.empty(); take_units()) {
    merge_next();
    drop_useless();
  }
  ASSERT_TRUE(mapping_->complete());
  EXPECT_GT(dropped_, 0u);
  const MapResult result = mapping_->result();
  EXPECT_EQ(result.cycles.rows(), whole->cycles.rows());
  EXPECT_EQ(result.transient_states, whole->transient_states);
}

INSTANTIATE_TEST_SUITE_P(Nonsingular, UselessUnits, testing::Bool());

}  // namespace
}  // namespace gforbit::cycles
