/// Calls on one rank: slots, retries, what is not believed at once, and what is given back.
#include "scoring/call_pump.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace gforbit::job_scoring {
namespace {

using solvers::Ending;

class Owner final : public CallOwner {
 public:
  void ended(std::uint64_t tag, solvers::Outcome outcome, std::uint32_t retries) override {
    outcomes_[tag] = {std::move(outcome), retries};
  }
  void given_back(std::uint64_t tag) override { given_back_.insert(tag); }
  [[nodiscard]] const solvers::Outcome& outcome(std::uint64_t tag) const { return outcomes_.at(tag).first; }
  [[nodiscard]] std::uint32_t retries(std::uint64_t tag) const { return outcomes_.at(tag).second; }

  std::map<std::uint64_t, std::pair<solvers::Outcome, std::uint32_t>> outcomes_;
  std::set<std::uint64_t> given_back_;
};

class CallPumpTest : public ::testing::Test {
 protected:
  /// A call of the solver `row`, which is its tag too.
  void add(Owner& owner, std::uint32_t row, const solvers::Program& program, bool retry_starved = false) {
    add(owner, row, row, program, retry_starved);
  }
  void add(Owner& owner, std::uint64_t tag, std::uint32_t row, const solvers::Program& program,
           bool retry_starved = false) {
    pump_.add({.owner = &owner,
               .tag = tag,
               .solver_row = row,
               .program = &program,
               .retry_starved = retry_starved,
               .request = [](std::uint64_t id) { return "{\"id\": " + std::to_string(id) + "}"; }});
  }
  static solvers::Program program(const char* mode, double wall_s = 30) {
    return {.command = {GFORBIT_TEST_SOLVER, mode}, .limits = {.wall_s = wall_s}};
  }
  /// Attends until `owner` has heard of so many calls.
  void work_until(const Owner& owner, std::size_t n) {
    while (owner.outcomes_.size() + owner.given_back_.size() < n) {
      if (!pump_.attend()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  solvers::Helper helper_ = solvers::Helper::start();
  CallPump pump_{helper_};
  const solvers::Program terminate_ = program("terminate"), reply_ = program("reply"),
                         sleep_ = program("sleep");
};

TEST_F(CallPumpTest, ACallThatEndsBySignalIsNotBelievedWhenAStopFollows) {
  pump_.set_slots(1);
  Owner one, other;
  add(one, 0, terminate_);
  do {
    add(other, 1, reply_);
    work_until(other, 1);
  } while (other.given_back_.erase(1) > 0);  // in the same slot, so the first call is over
  ASSERT_EQ(other.outcome(1).ending, Ending::replied);
  pump_.withdraw(&one);
  EXPECT_TRUE(one.outcomes_.empty()) << "nobody takes it for a result";
}

TEST_F(CallPumpTest, ASolverThatEndsSoAgainIsBelievedSooner) {
  pump_.set_slots(1);
  Owner first;
  add(first, 0, 0, terminate_);
  work_until(first, 1);
  constexpr int kTries = 5;  // a machine that stands still between the two changes their order
  bool overtakes = false;
  for (int i = 1; i <= kTries && !overtakes; ++i) {
    Owner other, again;
    add(other, 1, static_cast<std::uint32_t>(i), terminate_);
    add(again, 0, 0, terminate_);
    work_until(again, 1);
    EXPECT_EQ(again.outcome(0).code, SIGTERM);
    overtakes = other.outcomes_.empty();
    pump_.withdraw(&other);
  }
  EXPECT_TRUE(overtakes) << "a solver that nobody knows is doubted for longer";
}

TEST_F(CallPumpTest, WithoutAStopItIsBelieved) {
  pump_.set_slots(1);
  Owner owner;
  add(owner, 0, terminate_);
  work_until(owner, 1);
  EXPECT_EQ(owner.outcome(0).ending, Ending::crashed);
  EXPECT_EQ(owner.outcome(0).code, SIGTERM);
}

TEST_F(CallPumpTest, AStarvedCallIsTriedOnceMore) {
  pump_.set_slots(2);
  const solvers::Program sleep = program("sleep", 0.5), spin = program("spin", 0.3);
  Owner owner;
  add(owner, 0, sleep, true);
  add(owner, 1, spin);
  work_until(owner, 2);
  EXPECT_EQ(owner.outcome(0).ending, Ending::timed_out_wall);
  EXPECT_EQ(owner.retries(0), 1U);
  EXPECT_EQ(owner.outcome(1).ending, Ending::timed_out_wall);
  EXPECT_EQ(owner.retries(1), 0U);
}

TEST_F(CallPumpTest, WhatIsWithdrawnIsNotHeardOfAndLeavesItsSlot) {
  pump_.set_slots(1);
  Owner gone, other;
  add(gone, 0, sleep_);
  add(gone, 1, 0, sleep_);
  pump_.withdraw(&gone);
  do {
    add(other, 2, reply_);
    work_until(other, 1);
  } while (other.given_back_.erase(2) > 0);
  EXPECT_TRUE(gone.outcomes_.empty());
  EXPECT_TRUE(gone.given_back_.empty());
}

TEST_F(CallPumpTest, CallsBehindSlotsThatDoNotBecomeFreeAreGivenBack) {
  pump_.set_slots(1);
  EXPECT_EQ(pump_.room(), 1U);
  for (bool has_begun = false; !has_begun;) {
    Owner owner;
    add(owner, 0, 0, sleep_);
    EXPECT_EQ(pump_.room(), 0U);
    add(owner, 1, 0, sleep_);
    add(owner, 2, 1, reply_);
    work_until(owner, 2);
    // On a machine that is slow to start the first call, that is given back, too.
    has_begun = !owner.given_back_.contains(0);
    if (has_begun) {
      EXPECT_EQ(owner.given_back_, (std::set<std::uint64_t>{1, 2}));
    }
    pump_.withdraw(&owner);
  }
}

TEST(CallRate, CountsTheLastTenthOfASecond) {
  using namespace std::chrono_literals;
  const CallRate::Time begin(1000s);
  CallRate rate;
  EXPECT_EQ(rate.per_s(begin), 0);
  rate.note(begin, 5);
  rate.note(begin + 50ms, 7);
  EXPECT_EQ(rate.per_s(begin + 60ms), 120);
  EXPECT_EQ(rate.per_s(begin + 110ms), 70);
  EXPECT_EQ(rate.per_s(begin + 10s), 0);
}

}  // namespace
}  // namespace gforbit::job_scoring
