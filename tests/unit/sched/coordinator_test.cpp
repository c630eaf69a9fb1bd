// Who gets what from the coordinator, and which results count.
#include "gforbit/sched/coordinator.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/protocol.hpp"
#include "unit/sched/sum_plan.hpp"

namespace gforbit::sched {
namespace {

/// A coordinator among ranks of which the test plays every part.
class Desk {
 public:
  Desk(WorkPlan& plan, int ranks) : network_(ranks) {
    for (int rank = 0; rank < ranks; ++rank) ranks_.push_back(network_.transport(rank));
    coordinator_.emplace(plan, *ranks_[0]);
  }
  Coordinator& coordinator() { return *coordinator_; }
  void asks(int rank, std::uint32_t units = 1, double busy_s = 0) {
    coordinator_->handle({rank, Tag::request, RequestBody{units, busy_s}.bytes()});
  }
  std::optional<Message> receives(int rank) { return ranks_[static_cast<std::size_t>(rank)]->receive(); }
  /// The lease of the next message, which must be an assignment.
  LeaseId is_assigned(int rank) { return AssignBody::from(receives(rank).value().body).lease; }
  void returns(int rank, LeaseId lease, core::Bytes result = {}) {
    coordinator_->handle(
        {rank, Tag::result, ResultBody{lease, Outcome::completed, std::move(result), {}, 1.5}.bytes()});
  }

 private:
  MemoryNetwork network_;
  std::vector<std::unique_ptr<Transport>> ranks_;
  std::optional<Coordinator> coordinator_;
};

core::Bytes sum_to_100() {
  return core::ByteWriter().put(std::uint64_t{4950}).take();
}

TEST(Coordinator, HoldsBackWhatWouldNotEndInTime) {
  SumPlan plan(300, 100, 2);
  Desk desk(plan, 2);
  EXPECT_EQ(desk.coordinator().predicted_s(), 0);
  desk.asks(1);
  desk.coordinator().tick();
  desk.returns(1, desk.is_assigned(1), sum_to_100());
  EXPECT_EQ(desk.coordinator().predicted_s(), 3);  // one unit waits behind another
  desk.coordinator().hold();
  desk.asks(1, 2);
  desk.coordinator().tick();
  EXPECT_FALSE(desk.receives(1));
  EXPECT_FALSE(desk.coordinator().finished());  // two ranges are left for a later run
}

TEST(Coordinator, ALargeResultKeepsNobodyWaitingWhoAsksForWork) {
  SumPlan plan(200, 100, 2);
  Desk desk(plan, 2);
  desk.asks(1);
  desk.coordinator().tick();
  const std::vector<std::byte> much(1 << 16);
  desk.returns(1, desk.is_assigned(1), core::ByteWriter().put(std::uint64_t{4950}).put_array(much).take());
  desk.asks(1);
  desk.coordinator().tick();
  EXPECT_TRUE(desk.receives(1));
  EXPECT_EQ(desk.coordinator().statistics().completed, 0u);
  EXPECT_TRUE(desk.coordinator().take_large_results());
  EXPECT_EQ(desk.coordinator().statistics().completed, 1u);
  EXPECT_FALSE(desk.coordinator().take_large_results());
}

TEST(Coordinator, SumsTheWorkingTimeThatRequestsTell) {
  SumPlan plan(100, 100, 2);
  Desk desk(plan, 3);
  EXPECT_EQ(desk.coordinator().busy_s(), 0);
  desk.asks(1, 1, 0.5);
  desk.asks(2, 1, 2);
  desk.asks(1, 1, 1.5);  // its total until then
  EXPECT_EQ(desk.coordinator().busy_s(), 3.5);
}

TEST(Coordinator, LateRepeatedAndForeignResultsDoNotCount) {
  SumPlan plan(100, 100, 2);
  Desk desk(plan, 2);
  desk.asks(1);
  desk.coordinator().tick();
  const LeaseId lease = desk.is_assigned(1);
  desk.returns(1, LeaseId{lease.value + (std::uint64_t{1} << 32)}, sum_to_100());
  EXPECT_EQ(desk.coordinator().statistics().rejected, 1u);
  desk.returns(1, lease, sum_to_100());
  desk.returns(1, lease, sum_to_100());
  EXPECT_EQ(desk.coordinator().statistics().completed, 1u);
  EXPECT_EQ(desk.coordinator().statistics().rejected, 2u);
  EXPECT_EQ(plan.sum_, 4950u);
}

TEST(Coordinator, AMessageThatCannotBeReadOrIsNotForItEndsTheRunByItsName) {
  SumPlan plan(300, 100, 2);
  Desk desk(plan, 2);
  desk.asks(1);
  desk.coordinator().tick();
  const LeaseId lease = desk.is_assigned(1);
  const auto error_of = [&](Tag tag, core::Bytes body) -> std::string {
    try {
      desk.coordinator().handle({1, tag, std::move(body)});
      while (desk.coordinator().take_large_results()) continue;
    } catch (const core::CorruptRecord& error) {
      return std::string("corrupt: ") + error.what();
    } catch (const core::ProtocolError& error) {
      return std::string("protocol: ") + error.what();
    }
    return "";
  };
  EXPECT_EQ(error_of(Tag::request, core::Bytes(3)),
            "corrupt: a message of rank 1 (request): a byte record ends inside a value");
  EXPECT_EQ(error_of(Tag::begun, {}),
            "corrupt: a message of rank 1 (begun): a byte record ends inside a value");
  EXPECT_EQ(error_of(Tag::hello, {}), "protocol: a message of rank 1 (hello): it is not for rank 0 at work");
  EXPECT_EQ(error_of(static_cast<Tag>(99), {}),
            "protocol: a message of rank 1 (of an unknown kind): it is not for rank 0 at work");
  EXPECT_EQ(error_of(Tag::result, ResultBody{lease, static_cast<Outcome>(7), {}, {}, 0}.bytes()),
            "corrupt: a message of rank 1 (result): a byte record has an unknown outcome");
  // The plan reads the result itself, at once or later.
  EXPECT_EQ(error_of(Tag::result, ResultBody{lease, Outcome::completed, core::Bytes(7), {}, 0}.bytes()),
            "corrupt: a message of rank 1 (result): a byte record ends inside a value");
}

/// Is content with its first result and cancels the rest of the item.
class ContentPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override { return Unit{5, {}}; }
  void completed(const Unit&, std::span<const std::byte>) override {
    ++results_;
    cancelled_.push_back(5);
  }
  void failed(const Unit&, const std::string&) override { ++results_; }
  std::vector<std::uint64_t> take_cancelled() override { return std::exchange(cancelled_, {}); }
  void tick() override {}
  bool finished() const override { return results_ > 0; }
  int results_ = 0;
  std::vector<std::uint64_t> cancelled_;
};

/// Writes down what it hears of one unit.
class ListeningPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override { return Unit{5, {}}; }
  void news(const Unit&, std::span<const std::byte> news) override { note("news", news); }
  void late_news(const Unit&, std::span<const std::byte> news) override { note("late", news); }
  void capacity(int, std::uint64_t capacity) override { capacity_ = capacity; }
  void completed(const Unit&, std::span<const std::byte> result) override { note("result", result); }
  void withdrawn(const Unit&, std::span<const std::byte> result) override {
    if (result.empty()) return heard_.push_back("withdrawn, failed");
    note("withdrawn", result);
  }
  void failed(const Unit&, const std::string&) override {}
  std::vector<std::uint64_t> take_cancelled() override { return std::exchange(cancelled_, {}); }
  void tick() override {}
  bool finished() const override { return false; }
  std::vector<std::string> heard_;
  std::uint64_t capacity_ = 0;
  std::vector<std::uint64_t> cancelled_;

 private:
  void note(const std::string& what, std::span<const std::byte> body) {
    heard_.push_back(what + " " + core::ByteReader(body).get_text());
  }
};

core::Bytes text_bytes(const std::string& text) {
  core::ByteWriter out;
  out.put_text(text);
  return out.take();
}

TEST(Coordinator, PassesOnWhatUnitsTellBeforeTheyEndAndWhatCancelledOnesFound) {
  ListeningPlan plan;
  Desk desk(plan, 1);
  desk.asks(0);
  desk.coordinator().tick();
  const LeaseId lease = desk.is_assigned(0);
  const auto tells = [&](const std::string& text) {
    desk.coordinator().handle({0, Tag::news, NewsBody{lease, text_bytes(text)}.bytes()});
  };
  tells("one");
  tells("two");
  plan.cancelled_.push_back(5);
  desk.coordinator().tick();
  tells("three");  // on the way when the item was cancelled
  desk.returns(0, lease, text_bytes("half"));
  tells("four");  // of a lease that is closed
  EXPECT_EQ(plan.heard_, (std::vector<std::string>{"news one", "news two", "late three", "withdrawn half"}));
  desk.coordinator().handle({0, Tag::request, RequestBody{0, 1.5, 7}.bytes()});
  EXPECT_EQ(plan.capacity_, 7u);
}

TEST(Coordinator, ABrokenUnitEndsTheRunUnlessItWasCancelled) {
  ListeningPlan plan;
  Desk desk(plan, 2);
  desk.asks(1, 2);
  desk.coordinator().tick();
  const LeaseId first = desk.is_assigned(1), second = desk.is_assigned(1);
  const auto breaks = [&](LeaseId lease) {
    desk.coordinator().handle({1, Tag::result, ResultBody{lease, Outcome::broken, {}, "why", 0}.bytes()});
  };
  try {
    breaks(first);
    ADD_FAILURE() << "the run goes on";
  } catch (const core::Error& error) {
    EXPECT_STREQ(error.what(), "rank 1: why");
    EXPECT_EQ(error.status(), core::ExitStatus::internal);
  }
  plan.cancelled_.push_back(5);
  desk.coordinator().tick();
  EXPECT_NO_THROW(breaks(second));
  EXPECT_EQ(plan.heard_, std::vector<std::string>{"withdrawn, failed"});
}

TEST(Coordinator, AResultThatArrivesTogetherWithTheCancellingOneDoesNotCount) {
  ContentPlan plan;
  Desk desk(plan, 1);
  desk.asks(0, 2);
  desk.coordinator().tick();
  const LeaseId first = desk.is_assigned(0), second = desk.is_assigned(0);
  // Both results are handled before the coordinator ticks again.
  desk.returns(0, first);
  desk.returns(0, second);
  EXPECT_EQ(plan.results_, 1);
  EXPECT_EQ(desk.coordinator().statistics().cancelled, 1u);
}

/// Has finished, and after a while no longer waits for what is out.
class ImpatientPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override { return finished_ ? std::nullopt : std::optional(Unit{}); }
  void completed(const Unit&, std::span<const std::byte>) override {}
  void failed(const Unit&, const std::string&) override {}
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override {}
  bool finished() const override { return finished_; }
  bool abandons_leases() const override { return abandons_; }
  bool finished_ = false, abandons_ = false;
};

TEST(Coordinator, ARankThatDoesNotAnswerIsAbandonedWhenThePlanSaysSo) {
  ImpatientPlan plan;
  Desk desk(plan, 2);
  desk.asks(1);
  desk.coordinator().tick();
  ASSERT_EQ(desk.receives(1).value().tag, Tag::assign);
  plan.finished_ = true;
  desk.coordinator().tick();
  EXPECT_FALSE(desk.coordinator().finished());
  plan.abandons_ = true;
  desk.coordinator().tick();
  EXPECT_TRUE(desk.coordinator().finished());
  EXPECT_EQ(desk.receives(1).value().tag, Tag::finish);
}

TEST(Coordinator, ARankThatFoundNothingIsServedWhenThereIsSomething) {
  SumPlan plan(0, 100, 1);
  plan.out_ = 1;  // not finished yet
  Desk desk(plan, 1);
  desk.asks(0);
  desk.coordinator().tick();
  EXPECT_FALSE(desk.receives(0));
  plan.source_ =
      core::RangeSource({{0}, {10}}, core::WorkModel::uniform(1), {.first_work = 10, .largest_work = 10});
  desk.coordinator().tick();
  EXPECT_EQ(desk.receives(0).value().tag, Tag::assign);
}

/// Has work that only rank 0 can do.
class LeadersPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int rank) override {
    return rank == 0 && std::exchange(ready_, false) ? std::optional(Unit{}) : std::nullopt;
  }
  void completed(const Unit&, std::span<const std::byte>) override {}
  void failed(const Unit&, const std::string&) override {}
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override {}
  bool finished() const override { return false; }
  bool ready_ = false;
};

TEST(Coordinator, RankZeroIsServedAtOnceWhoeverWaits) {
  constexpr int kRanks = 1000;
  LeadersPlan plan;
  Desk desk(plan, kRanks);
  for (int rank = kRanks - 1; rank >= 0; --rank) desk.asks(rank, 2);
  for (int round = 0; round < 2; ++round) {
    for (int idle = 0; idle < 20; ++idle) desk.coordinator().tick();
    plan.ready_ = true;
    desk.coordinator().tick();
    EXPECT_EQ(desk.receives(0).value().tag, Tag::assign);
  }
}

}  // namespace
}  // namespace gforbit::sched
