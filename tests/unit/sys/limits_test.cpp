#include "gforbit/sys/limits.hpp"

#include <cstdlib>
#include <string>

#include "fake_machine.hpp"

namespace gforbit::sys {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class Limits : public FakeMachine {
 protected:
  void SetUp() override {
    FakeMachine::SetUp();
    setenv("OMP_STACKSIZE", "4M", 1);
    put("proc/self/status", "Name:\tgforbit\nVmSize:\t  102400 kB\nVmData:\t   20480 kB\n");
  }
  void TearDown() override {
    unsetenv("OMP_STACKSIZE");
    FakeMachine::TearDown();
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Limits, WithoutLimitsAddressesAreNotBounded) {
  EXPECT_EQ(address_space_left({}, 64, root_), std::nullopt);
}

TEST_F(Limits, AddressesLeftAreThoseNotInUseLessStacksAndArenas) {
  EXPECT_EQ(address_space_left({.address_space = 800 * kMiB}, 0, root_), 600 * kMiB);
  EXPECT_EQ(address_space_left({.address_space = 800 * kMiB}, 10, root_), 560 * kMiB);
  EXPECT_EQ(address_space_left({.address_space = 800 * kMiB}, 1000, root_), 0U);
  EXPECT_EQ(address_space_left({.data = 160 * kMiB}, 0, root_), 120 * kMiB);
  EXPECT_EQ(address_space_left({.address_space = 800 * kMiB, .data = 160 * kMiB}, 0, root_), 120 * kMiB);
}

TEST_F(Limits, StackSizeIsThatOfOpenMp) {
  EXPECT_EQ(thread_stack_bytes(), 4 * kMiB);
  setenv("OMP_STACKSIZE", " 512 ", 1);
  EXPECT_EQ(thread_stack_bytes(), 512U * 1024);
  setenv("OMP_STACKSIZE", "65536b", 1);
  EXPECT_EQ(thread_stack_bytes(), 65536U);
  for (const auto* wrong : {"", "4X", "M", "99999999999999G"}) {
    setenv("OMP_STACKSIZE", wrong, 1);
    EXPECT_GE(thread_stack_bytes(), 16384U) << wrong;
  }
}

TEST_F(Limits, AdviceNamesTheLimitsThatAreSet) {
  const std::string memory = memory_advice({.address_space = 200 * kMiB}, root_);
  EXPECT_TRUE(contains(memory, "`ulimit -v` allows 200.0 MiB and 100.0 MiB are in use")) << memory;
  EXPECT_TRUE(contains(memory, "--memory")) << memory;
  EXPECT_FALSE(contains(memory, "ulimit -d")) << memory;
  EXPECT_TRUE(contains(memory_advice({}, root_), "--memory"));

  put("proc/self/cgroup", "7:pids:/job/task\n");
  put("sys/fs/cgroup/pids/job/task/pids.max", "max\n");
  put("sys/fs/cgroup/pids/job/pids.max", "20\n");
  put("sys/fs/cgroup/pids/job/pids.current", "19\n");
  const std::string threads = thread_advice({.processes = 50}, root_);
  EXPECT_TRUE(contains(threads, "pids/job allows 20 (in use: 19)")) << threads;
  EXPECT_TRUE(contains(threads, "`ulimit -u` allows the user 50")) << threads;
  EXPECT_TRUE(contains(threads, "--threads")) << threads;
  EXPECT_FALSE(contains(threads, "ulimit -v")) << threads;
}

TEST(ThreadTrial, SmallTeamsStart) {
  for (const int team : {1, 2, 9}) EXPECT_EQ(ThreadTrial(team).shortage(), "") << team;
}

}  // namespace
}  // namespace gforbit::sys
