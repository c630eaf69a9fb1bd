/// Calls on one rank: slots, retries, and what is not believed at once.
#include "scoring/call_pump.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>

namespace gforbit::job_scoring {
namespace {

using solvers::Ending;

class CallPumpTest : public ::testing::Test {
 protected:
  struct Seen {
    std::optional<solvers::Outcome> outcome;
    std::uint32_t retries = 0;
  };

  /// A call of the solver `row` for `owner`; what comes of it is seen in `seen`.
  void add(const void* owner, std::uint32_t row, const solvers::Program& program, Seen& seen,
           bool retry_starved = false) {
    pump_.add({.owner = owner,
               .solver_row = row,
               .program = &program,
               .retry_starved = retry_starved,
               .request = [](std::uint64_t id) { return "{\"id\": " + std::to_string(id) + "}"; },
               .done =
                   [&seen](const solvers::Outcome& outcome, std::uint32_t retries) {
                     seen = {outcome, retries};
                   }});
  }
  static solvers::Program program(const char* mode, double wall_s = 30) {
    return {.command = {GFORBIT_TEST_SOLVER, mode}, .limits = {.wall_s = wall_s}};
  }
  void work_until_done(const void* owner) {
    while (pump_.work(owner, false)) continue;
  }

  solvers::Helper helper_ = solvers::Helper::start();
  CallPump pump_{helper_};
  const solvers::Program terminate_ = program("terminate"), reply_ = program("reply");
};

TEST_F(CallPumpTest, ACallThatEndsBySignalIsNotBelievedWhenAStopFollows) {
  pump_.set_slots(1);
  int one = 0, other = 0;
  Seen terminated, replied;
  add(&one, 0, terminate_, terminated);
  add(&other, 1, reply_, replied);
  work_until_done(&other);  // in the same slot, so the first call is over
  ASSERT_EQ(replied.outcome->ending, Ending::replied);
  EXPECT_FALSE(terminated.outcome);
  EXPECT_FALSE(pump_.work(&one, true));
  EXPECT_FALSE(terminated.outcome) << "nobody takes it for a result";
}

TEST_F(CallPumpTest, WithoutAStopItIsBelieved) {
  pump_.set_slots(1);
  Seen terminated;
  add(this, 0, terminate_, terminated);
  work_until_done(this);
  ASSERT_TRUE(terminated.outcome);
  EXPECT_EQ(terminated.outcome->ending, Ending::crashed);
  EXPECT_EQ(terminated.outcome->code, SIGTERM);
}

TEST_F(CallPumpTest, AStarvedCallIsTriedOnceMore) {
  pump_.set_slots(2);
  const solvers::Program sleep = program("sleep", 0.5), spin = program("spin", 0.3);
  Seen slept, spun;
  add(this, 0, sleep, slept, true);
  add(this, 1, spin, spun);
  work_until_done(this);
  EXPECT_EQ(slept.outcome->ending, Ending::timed_out_wall);
  EXPECT_EQ(slept.retries, 1U);
  EXPECT_EQ(spun.outcome->ending, Ending::timed_out_wall);
  EXPECT_EQ(spun.retries, 0U);
}

TEST_F(CallPumpTest, AStopEndsWhatWaitsAndWhatRuns) {
  pump_.set_slots(1);
  const solvers::Program sleep = program("sleep");
  Seen running, waiting;
  add(this, 0, sleep, running);
  add(this, 0, sleep, waiting);
  ASSERT_TRUE(pump_.work(this, false));
  while (pump_.work(this, true)) continue;
  ASSERT_TRUE(running.outcome);
  EXPECT_EQ(running.outcome->ending, Ending::cancelled);
  EXPECT_FALSE(waiting.outcome);
}

}  // namespace
}  // namespace gforbit::job_scoring
