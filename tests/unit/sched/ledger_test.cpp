// A result counts once, for a live lease.
#include "gforbit/sched/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "gforbit/core/range_source.hpp"

namespace gforbit::sched {
namespace {

TEST(Ledger, ALeaseClosesOnce) {
  Ledger ledger;
  const LeaseId id = ledger.grant(3, {7, {}});
  EXPECT_EQ(ledger.live(), 1u);
  const auto lease = ledger.close(id);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->rank, 3);
  EXPECT_EQ(lease->unit.item, 7u);
  EXPECT_FALSE(ledger.close(id)) << "a repeated result must not count";
  EXPECT_EQ(ledger.live(), 0u);
}

TEST(Ledger, ANumberIsNeverUsedAgain) {
  Ledger ledger;
  const LeaseId first = ledger.grant(0, {1, {}});
  ASSERT_TRUE(ledger.close(first));
  const LeaseId second = ledger.grant(0, {2, {}});
  EXPECT_NE(first, second);
  EXPECT_FALSE(ledger.close(first)) << "a late result must not close the lease that took its slot";
  EXPECT_TRUE(ledger.close(second));
}

TEST(Ledger, UnknownNumbersAreRefused) {
  Ledger ledger;
  EXPECT_FALSE(ledger.close(LeaseId{12345}));
}

TEST(Ledger, CancellingAnItemMarksItsLeasesOnce) {
  Ledger ledger;
  const LeaseId a = ledger.grant(0, {1, {}});
  const LeaseId b = ledger.grant(1, {2, {}});
  const LeaseId c = ledger.grant(2, {1, {}});
  EXPECT_EQ(ledger.cancel_item(1).size(), 2u);
  EXPECT_TRUE(ledger.cancel_item(1).empty());
  EXPECT_TRUE(ledger.close(a)->cancelled);
  EXPECT_FALSE(ledger.close(b)->cancelled);
  EXPECT_TRUE(ledger.close(c)->cancelled);
}

// Every range is made, leased and closed; nothing grows. As stress with 10^9 ranges.
TEST(Ledger, ManyRangesNeedConstantMemory) {
  const char* const wanted = std::getenv("GFORBIT_RANGES");
  const std::uint64_t n_ranges = wanted == nullptr ? 2'000'000 : std::strtoull(wanted, nullptr, 10);
  core::RangeSource source({{0}, {n_ranges}}, core::WorkModel::uniform(1),
                           {.first_work = 1, .largest_work = 1});
  Ledger ledger;
  std::uint64_t ranges = 0;
  std::size_t most_live = 0;
  std::uint64_t highest_slot = 0;
  while (const auto range = source.next()) {
    const LeaseId id = ledger.grant(0, {range->begin.value, {}});
    highest_slot = std::max(highest_slot, id.value & 0xffffffff);
    most_live = std::max(most_live, ledger.live());
    const auto lease = ledger.close(id);
    ranges += lease && lease->unit.item == range->begin.value ? 1 : 0;
  }
  EXPECT_EQ(ranges, n_ranges);
  EXPECT_EQ(most_live, 1u);
  EXPECT_EQ(highest_slot, 0u) << "slots of closed leases are used again";
}

}  // namespace
}  // namespace gforbit::sched
