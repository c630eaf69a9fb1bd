/// Solvers of every kind under the helper: each ends as what it was, in time, and nothing of it is left.
#include "gforbit/solvers/helper.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "gforbit/core/error.hpp"

namespace gforbit::solvers {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Far more than anything here takes, even on a busy machine under a sanitizer: hang guards.
constexpr auto kPatience = 60s;

std::string tag() {
  static int n = 0;
  return fmt::format("gforbit-test-{}-{}", getpid(), ++n);
}

/// Live or dead processes whose command line holds `text`.
int processes_with(const std::string& text) {
  int found = 0;
  for (const auto& item : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(item.path() / "cmdline");
    std::stringstream line;
    line << file.rdbuf();
    if (line.str().find(text) != std::string::npos) ++found;
  }
  return found;
}

/// Processes whose parent is `parent`, zombies too.
int children_of(pid_t parent) {
  int found = 0;
  for (const auto& item : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(item.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    char state = 0;
    pid_t its = 0;
    rest >> state >> its;
    if (its == parent) ++found;
  }
  return found;
}

std::ptrdiff_t entries(const std::string& folder) {
  const std::filesystem::directory_iterator items(folder);
  return std::distance(begin(items), end(items));
}
std::ptrdiff_t descriptors_of(pid_t pid) {
  return entries(fmt::format("/proc/{}/fd", pid));
}
std::ptrdiff_t threads_of(pid_t pid) {
  return entries(fmt::format("/proc/{}/task", pid));
}

template <class Condition>
bool eventually(Condition condition) {
  for (const auto end = Clock::now() + kPatience; Clock::now() < end; std::this_thread::sleep_for(1ms)) {
    if (condition()) return true;
  }
  return false;
}

class HelperTest : public ::testing::Test {
 protected:
  HelperTest() {
    setenv("SLURM_TEST", "1", 1);
    setenv("OMPI_TEST", "1", 1);
    setenv("PMIX_TEST", "1", 1);
    setenv("PMI_TEST", "1", 1);
    helper_.emplace(Helper::start());
    helper_->set_slots(8);
  }

  Program program(const std::string& mode, long number = 0, Protocol protocol = Protocol::worker) {
    return {.command = {GFORBIT_TEST_SOLVER, mode, tag_, std::to_string(number)},
            .protocol = protocol,
            .limits = {.wall_s = 30, .startup_s = 30}};
  }

  void submit(std::uint32_t id) {
    ++number_;
    helper_->submit({number_, id, fmt::format("{{\"id\": {}}}", number_)});
  }

  Outcome next() {
    const auto end = Clock::now() + kPatience;
    while (Clock::now() < end) {
      if (auto outcome = helper_->next(100ms)) return *outcome;
    }
    throw std::runtime_error("no outcome");
  }

  Outcome call(const Program& what) {
    submit(helper_->define(what));
    return next();
  }

  /// A call that fails; then everything of it is gone at once.
  Outcome failing_call(const Program& what) {
    const Outcome outcome = call(what);
    EXPECT_EQ(processes_with(tag_), 0);
    EXPECT_EQ(outcome.reply, "");
    return outcome;
  }

  void signal_keepers(int number) const {
    for (const auto& item : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(item.path() / "stat");
      std::string line;
      if (!std::getline(file, line)) continue;
      if (line.find(fmt::format("(gforbit-keeper) S {} ", helper_->pid())) != std::string::npos)
        kill(std::stoi(item.path().filename()), number);
    }
  }

  std::string tag_ = tag();
  std::optional<Helper> helper_;
  std::uint64_t number_ = 0;
};

Program with(Program program, Limits limits) {
  limits.startup_s = program.limits.startup_s;
  program.limits = limits;
  return program;
}

// ---- solvers that work ------------------------------------------------------------------------------------

TEST_F(HelperTest, AWorkerAnswersCallAfterCallInOneProcess) {
  const auto id = helper_->define(program("reply"));
  for (int i = 1; i <= 50; ++i) {
    submit(id);
    const Outcome outcome = next();
    EXPECT_EQ(outcome.number, number_);
    ASSERT_EQ(outcome.ending, Ending::replied) << outcome.message;
    EXPECT_EQ(outcome.reply, fmt::format("{{\"id\": {0}, \"outputs\": [[[{0}]]]}}", i));
    EXPECT_EQ(processes_with(tag_), 1);
  }
}

TEST_F(HelperTest, OnceIsAProcessForEachCall) {
  const auto id = helper_->define(program("reply", 0, Protocol::once));
  for (int i = 1; i <= 3; ++i) {
    submit(id);
    const Outcome outcome = next();
    ASSERT_EQ(outcome.ending, Ending::replied) << outcome.message;
    EXPECT_EQ(outcome.reply, fmt::format("{{\"id\": {0}, \"outputs\": [[[{0}]]]}}\n", i));
    EXPECT_EQ(processes_with(tag_), 0);
  }
}

TEST_F(HelperTest, CallsRunAtTheSameTime) {
  const auto id = helper_->define(program("nap", 400));
  const auto begin = Clock::now();
  for (int i = 0; i < 8; ++i) submit(id);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(next().ending, Ending::replied);
  EXPECT_LT(Clock::now() - begin, 8 * 400ms);
}

TEST_F(HelperTest, CallsBeyondTheSlotsWait) {
  helper_->set_slots(2);
  const auto id = helper_->define(program("nap", 5));
  for (int i = 0; i < 20; ++i) submit(id);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(next().ending, Ending::replied);
    EXPECT_LE(processes_with(tag_), 2);
  }
}

TEST_F(HelperTest, ACallDoesNotWaitBehindAnotherOneOfItsSolverWhileASlotIsFree) {
  helper_->set_slots(2);
  const auto slow = helper_->define(program("sleep")), fast = helper_->define(program("reply"));
  submit(slow);
  submit(slow);
  submit(fast);
  EXPECT_EQ(next().number, 3U) << "its solver has no process, so that it needs no waiting";
  const std::string sleeping = std::string("sleep") + '\0' + tag_;
  EXPECT_TRUE(eventually([&] { return processes_with(sleeping) == 2; }));
  helper_->cancel(1);
  EXPECT_EQ(next().ending, Ending::cancelled);
}

TEST_F(HelperTest, CallsWithoutASlotAreRecalled) {
  helper_->set_slots(1);
  const auto id = helper_->define(program("sleep"));
  for (int i = 0; i < 3; ++i) submit(id);
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 1; }));
  helper_->recall();
  std::set<std::uint64_t> recalled;
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = next();
    EXPECT_EQ(outcome.ending, Ending::not_begun);
    recalled.insert(outcome.number);
  }
  EXPECT_EQ(recalled, (std::set<std::uint64_t>{2, 3}));
  helper_->cancel(1);
  EXPECT_EQ(next().ending, Ending::cancelled);
}

TEST_F(HelperTest, AWorkerThatLeavesAfterItsReplyCostsNoOtherCall) {
  for (const long leaves_after_ms : {0, 2, 20}) {
    const auto id = helper_->define(program("one-call", leaves_after_ms));
    for (int i = 0; i < 10; ++i) {
      submit(id);
      const Outcome outcome = next();
      EXPECT_EQ(outcome.ending, Ending::replied) << outcome.message;
      EXPECT_EQ(outcome.number, number_);
    }
  }
}

TEST_F(HelperTest, AWorkerThatSaysReadyHasItsStartForFree) {
  Program slow = program("slow-start", 300);
  slow.ready = true;
  slow.limits.wall_s = 0.25;
  EXPECT_EQ(call(slow).ending, Ending::replied);
  Program never = program("never-ready");
  never.ready = true;
  never.limits.startup_s = 0.1;
  EXPECT_EQ(call(never).ending, Ending::spawn_failed);
}

TEST_F(HelperTest, AWorkerIsReplacedAfterItsCalls) {
  Program recycled = program("reply");
  recycled.recycle = 2;
  const auto id = helper_->define(recycled);
  for (int i = 0; i < 4; ++i) {
    submit(id);
    EXPECT_EQ(next().ending, Ending::replied);
    EXPECT_EQ(processes_with(tag_), i % 2 == 0 ? 1 : 0);
  }
}

TEST_F(HelperTest, IdleWorkersMakeRoomForOthers) {
  helper_->set_slots(2);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(call(program("reply")).ending, Ending::replied);
    EXPECT_TRUE(eventually([&] { return processes_with(tag_) <= 2; }));
  }
}

TEST_F(HelperTest, SolversInheritNoDescriptorsAndNoLauncher) {
  const Outcome outcome = call(program("surroundings"));
  ASSERT_EQ(outcome.ending, Ending::replied);
  for (const char* const prefix : {"SLURM_", "OMPI_", "PMIX_", "PMI_"})
    EXPECT_EQ(outcome.reply.find(prefix), std::string::npos) << outcome.reply;
  EXPECT_NE(outcome.reply.find("PATH"), std::string::npos);
  // 3 is the folder that it reads.
  for (const char* const more : {" 4 ", " 5 ", " 6 ", " 7 "})
    EXPECT_EQ(outcome.reply.substr(outcome.reply.find("descriptors")).find(more), std::string::npos)
        << outcome.reply;
}

TEST_F(HelperTest, ALateReplyIsNotTakenForTheNext) {
  const auto id = helper_->define(program("twice"));
  for (int i = 1; i <= 20; ++i) {
    submit(id);
    const Outcome outcome = next();
    ASSERT_EQ(outcome.ending, Ending::replied) << outcome.message;
    EXPECT_EQ(outcome.reply, fmt::format("{{\"id\": {0}, \"outputs\": [[[{0}]]]}}", i));
  }
}

// ---- solvers that do not ----------------------------------------------------------------------------------

TEST_F(HelperTest, WhoeverDoesNotReplyInTimeTimesOut) {
  for (const char* const mode : {"spin", "sleep", "deaf", "fork", "escape", "half-line"}) {
    const Outcome outcome = failing_call(with(program(mode), {.wall_s = 0.15}));
    EXPECT_EQ(outcome.ending, Ending::timed_out_wall) << mode << ": " << outcome.message;
    EXPECT_GE(outcome.wall_s, 0.15);
  }
  EXPECT_EQ(failing_call(with(program("sleep", 0, Protocol::once), {.wall_s = 0.15})).ending,
            Ending::timed_out_wall);
}

TEST_F(HelperTest, AReplyThatWasNotFlushedIsSuspected) {
  const auto message = [&](const char* mode) {
    return failing_call(with(program(mode), {.wall_s = 0.3})).message;
  };
  EXPECT_NE(message("unflushed").find("does it flush its output"), std::string::npos) << message("unflushed");
  for (const char* const mode : {"sleep", "spin", "half-line"})
    EXPECT_EQ(message(mode).find("flush"), std::string::npos) << mode;
}

TEST_F(HelperTest, ALineThatIsNoReplyIsShown) {
  EXPECT_EQ(failing_call(program("other-id")).message,
            "a line without the id of the call: '{\"id\": 12345678, \"outputs\": [[[12345678]]]}'");
}

TEST_F(HelperTest, AChainOfShortLivedProcessesIsCaught) {
  const Outcome outcome = failing_call(with(program("breed"), {.wall_s = 0.3}));
  // Its first process has left with status 0, whatever it left behind.
  EXPECT_EQ(outcome.ending, Ending::exited);
}

TEST_F(HelperTest, CpuTimeCountsInEveryProcessOfTheCall) {
  for (const char* const mode : {"spin", "spin-below"}) {
    for (const Protocol protocol : {Protocol::worker, Protocol::once}) {
      const Outcome outcome = failing_call(with(program(mode, 0, protocol), {.wall_s = 30, .cpu_s = 0.2}));
      EXPECT_EQ(outcome.ending, Ending::timed_out_cpu) << mode << ": " << outcome.message;
      EXPECT_GE(outcome.cpu_s, 0.2);
    }
  }
}

TEST_F(HelperTest, MemoryCountsInEveryProcessOfTheCall) {
  const auto limit = std::uint64_t{100} << 20;
  const Outcome one = failing_call(with(program("allocate"), {.wall_s = 30, .memory = limit}));
  EXPECT_EQ(one.ending, Ending::out_of_memory) << one.message;
  EXPECT_GT(one.peak_memory, limit);
  const Outcome four = failing_call(with(program("allocate-below", 40), {.wall_s = 30, .memory = limit}));
  EXPECT_EQ(four.ending, Ending::out_of_memory) << four.message;
}

TEST_F(HelperTest, FloodsAreCutOff) {
  EXPECT_EQ(failing_call(program("flood")).ending, Ending::bad_reply);
  EXPECT_EQ(failing_call(program("flood-lines")).ending, Ending::bad_reply);
  EXPECT_EQ(failing_call(program("flood", 0, Protocol::once)).ending, Ending::bad_reply);
  EXPECT_EQ(failing_call(program("other-id")).ending, Ending::bad_reply);
}

TEST_F(HelperTest, EndsAreToldApart) {
  const Outcome exited = failing_call(program("exit", 7));
  EXPECT_EQ(exited.ending, Ending::exited);
  EXPECT_EQ(exited.code, 7);
  EXPECT_EQ(exited.stderr_tail, "a last word\n");
  EXPECT_EQ(failing_call(program("exit", 3, Protocol::once)).code, 3);
  EXPECT_EQ(failing_call(program("exit-at-once", 5)).code, 5);
  EXPECT_EQ(failing_call(program("half-line-and-exit")).ending, Ending::exited);
  const Outcome crashed = failing_call(program("abort"));
  EXPECT_EQ(crashed.ending, Ending::crashed);
  EXPECT_EQ(crashed.code, SIGABRT);
  EXPECT_EQ(failing_call(program("abort", 0, Protocol::once)).ending, Ending::crashed);
  EXPECT_EQ(failing_call(program("close")).ending, Ending::no_reply);
  Program missing = program("reply");
  missing.command[0] = "/no/such/solver";
  const Outcome none = failing_call(missing);
  EXPECT_EQ(none.ending, Ending::spawn_failed);
  EXPECT_NE(none.message.find("No such file"), std::string::npos) << none.message;
}

TEST_F(HelperTest, LimitThatIsMetIsNamed) {
  EXPECT_EQ(call(program("reply")).ending, Ending::replied);
  const rlimit no_more{static_cast<rlim_t>(descriptors_of(helper_->pid())), 4096};
  ASSERT_EQ(prlimit(helper_->pid(), RLIMIT_NOFILE, &no_more, nullptr), 0);
  const Outcome none = call(program("reply", 1));
  EXPECT_EQ(none.ending, Ending::spawn_failed);
  EXPECT_NE(none.message.find("`ulimit -n`"), std::string::npos) << none.message;
}

TEST_F(HelperTest, WhatEscapedFromAWorkerDiesWithIt) {
  const auto id = helper_->define(program("escape-and-reply"));
  submit(id);
  EXPECT_EQ(next().ending, Ending::replied);
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 2; })) << "the worker and what escaped";
  const pid_t helper = helper_->pid();
  helper_.reset();
  EXPECT_EQ(processes_with(tag_), 0);
  EXPECT_NE(kill(helper, 0), 0);
}

TEST_F(HelperTest, ACallIsCancelled) {
  submit(helper_->define(program("sleep")));
  helper_->cancel(number_);
  EXPECT_EQ(next().ending, Ending::cancelled);
  EXPECT_EQ(processes_with(tag_), 0);
}

TEST_F(HelperTest, OnlyTheWorkerAtItsLimitEnds) {
  const auto good = helper_->define(program("reply"));
  const auto bad = helper_->define(with(program("spin"), {.wall_s = 0.1}));
  std::map<std::uint64_t, Ending> expected;
  for (int i = 0; i < 20; ++i) {
    const bool spins = i % 5 == 0;
    submit(spins ? bad : good);
    expected[number_] = spins ? Ending::timed_out_wall : Ending::replied;
    if (i % 4 < 3) continue;
    for (int j = 0; j < 4; ++j) {
      const Outcome outcome = next();
      EXPECT_EQ(outcome.ending, expected.at(outcome.number)) << outcome.message;
    }
  }
}

TEST_F(HelperTest, NoOutcomeIsLostWhileCallsStreamIn) {
  const auto id = helper_->define(program("reply"));
  for (int i = 0; i < 4; ++i) submit(id);
  std::set<std::uint64_t> missing;
  for (std::uint64_t i = 1; i <= 2000; ++i) missing.insert(i);
  while (!missing.empty()) {
    const Outcome outcome = next();
    ASSERT_EQ(outcome.ending, Ending::replied) << outcome.message;
    ASSERT_EQ(missing.erase(outcome.number), 1U) << outcome.number;
    if (number_ < 2000) submit(id);
  }
}

/// GFORBIT_SOLVER_CALLS: how many calls, each of 0.1 s; without it a few short ones.
TEST_F(HelperTest, ManyCallsLeaveNoProcessThreadZombieOrDescriptor) {
  const char* const asked = std::getenv("GFORBIT_SOLVER_CALLS");
  const int calls = asked != nullptr ? std::atoi(asked) : 100;
  const Limits limits{.wall_s = asked != nullptr ? 0.1 : 0.02};
  // Processes that spin, and processes that have children.
  const std::array programs{helper_->define(with(program("spin"), limits)),
                            helper_->define(with(program("fork"), limits))};
  const auto threads_before = threads_of(getpid()), descriptors_before = descriptors_of(getpid());
  int begun = 0;
  const auto begin_one = [&] { submit(programs.at(static_cast<std::size_t>(begun++ % 2))); };
  const auto begin = Clock::now();
  while (begun < 8) begin_one();
  for (int ended = 0; ended < calls; ++ended) {
    EXPECT_EQ(next().ending, Ending::timed_out_wall);
    if (begun < calls) begin_one();
  }
  std::cout << fmt::format("{} calls in {:.1f} s\n", calls,
                           std::chrono::duration<double>(Clock::now() - begin).count());
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 0 && children_of(helper_->pid()) == 0; }));
  // The standard streams, the socket, and the signals that it waits for; /proc while it is looked at.
  EXPECT_TRUE(eventually([&] { return descriptors_of(helper_->pid()) == 5; }));
  EXPECT_EQ(threads_of(helper_->pid()), 1);
  EXPECT_EQ(threads_of(getpid()), threads_before);
  EXPECT_EQ(descriptors_of(getpid()), descriptors_before);
}

TEST_F(HelperTest, ProcessesBeyondTheirNumberEndTheCall) {
  Program many = program("fork");
  many.limits.processes = 4;
  const Outcome outcome = failing_call(many);
  EXPECT_EQ(outcome.ending, Ending::out_of_memory);
  EXPECT_NE(outcome.message.find("processes at the same time, the limit is 4"), std::string::npos)
      << outcome.message;
}

/// Without namespaces: the process tree is walked.
TEST_F(HelperTest, WalksOfTheProcessTreeFindWhatEscapes) {
  helper_.emplace(Helper::start(Containment::process_tree));
  helper_->set_slots(8);
  EXPECT_EQ(helper_->containment(), Containment::process_tree);
  for (const char* const mode : {"spin", "deaf", "fork", "escape"}) {
    const Outcome outcome = failing_call(with(program(mode), {.wall_s = 0.15}));
    EXPECT_EQ(outcome.ending, Ending::timed_out_wall) << mode << ": " << outcome.message;
  }
  EXPECT_EQ(failing_call(with(program("breed"), {.wall_s = 0.3})).ending, Ending::exited);
  const Outcome spun = failing_call(with(program("spin-below"), {.wall_s = 30, .cpu_s = 0.2}));
  EXPECT_EQ(spun.ending, Ending::timed_out_cpu) << spun.message;
}

// ---- ends that nobody plans -------------------------------------------------------------------------------

TEST_F(HelperTest, AHelperThatIsKilledLeavesNothing) {
  const auto id = helper_->define(program("escape"));
  submit(id);
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 4; }));
  kill(helper_->pid(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 0; }));
  EXPECT_THROW(next(), core::EnvironmentError);
}

/// All that could clean up is killed at once.
TEST_F(HelperTest, ANamespaceEndsWithItsKeeper) {
  if (helper_->containment() == Containment::process_tree) GTEST_SKIP() << "no namespaces here";
  submit(helper_->define(program("escape")));
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 4; }));
  kill(helper_->pid(), SIGSTOP);
  signal_keepers(SIGKILL);
  kill(helper_->pid(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 0; }));
}

TEST_F(HelperTest, WhatABatchSystemSendsToAllProcessesIsNotMeantForHelperAndKeepers) {
  submit(helper_->define(program("nap", 300)));
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 1; }));
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) {
    kill(helper_->pid(), number);
    signal_keepers(number);
  }
  const Outcome outcome = next();
  EXPECT_EQ(outcome.ending, Ending::replied) << outcome.message;
}

TEST_F(HelperTest, AKilledKeeperCostsItsCallAlone) {
  submit(helper_->define(program("escape")));
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 4; }));
  signal_keepers(SIGKILL);
  EXPECT_EQ(next().ending, Ending::crashed);
  EXPECT_TRUE(eventually([&] { return processes_with(tag_) == 0; }));
  EXPECT_EQ(call(program("reply")).ending, Ending::replied);
}

TEST(Helper, ARankThatIsKilledLeavesNothing) {
  const std::string mark = tag();
  const pid_t rank = fork();
  if (rank == 0) {
    Helper helper = Helper::start();
    helper.set_slots(4);
    const auto id = helper.define({.command = {GFORBIT_TEST_SOLVER, "escape", mark}, .limits = {}});
    for (std::uint64_t i = 0; i < 3; ++i) helper.submit({i, id, fmt::format("{{\"id\": {}}}", i)});
    pause();
  }
  EXPECT_TRUE(eventually([&] { return processes_with(mark) == 12; }));
  kill(rank, SIGKILL);
  waitpid(rank, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes_with(mark) == 0; }));
}

}  // namespace
}  // namespace gforbit::solvers
