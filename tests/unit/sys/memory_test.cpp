#include "gforbit/sys/memory.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "fake_machine.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::sys {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// machine: 1000 MiB available.
class Memory : public FakeMachine {
 protected:
  void SetUp() override {
    FakeMachine::SetUp();
    put("proc/meminfo", "MemTotal:        4096000 kB\nMemFree:  100 kB\nMemAvailable:    1024000 kB\n");
  }
  void group_v2(const std::string& folder, std::string_view max, std::uint64_t current, std::uint64_t cache) {
    put(folder + "/memory.max", std::string(max) + "\n");
    put(folder + "/memory.current", std::to_string(current) + "\n");
    put(folder + "/memory.stat", "anon 5\ninactive_file " + std::to_string(cache) + "\nslab 7\n");
  }
};

TEST_F(Memory, WithoutGroupsTheMachineDecides) {
  EXPECT_EQ(available_memory(root_), 1000 * kMiB);
}

TEST_F(Memory, GroupWithoutLimitChangesNothing) {
  put("proc/self/cgroup", "0::/job\n");
  group_v2("sys/fs/cgroup/job", "max", 300 * kMiB, 0);
  EXPECT_EQ(available_memory(root_), 1000 * kMiB);
}

TEST_F(Memory, Version2LimitLessUsePlusDroppableCache) {
  put("proc/self/cgroup", "0::/job/step_0\n");
  group_v2("sys/fs/cgroup/job/step_0", std::to_string(500 * kMiB), 300 * kMiB, 100 * kMiB);
  EXPECT_EQ(available_memory(root_), 300 * kMiB);
}

TEST_F(Memory, TightestAncestorDecides) {
  put("proc/self/cgroup", "0::/job/step_0/task_3\n");
  group_v2("sys/fs/cgroup/job/step_0/task_3", std::to_string(800 * kMiB), 0, 0);
  group_v2("sys/fs/cgroup/job", std::to_string(250 * kMiB), 50 * kMiB, 0);
  EXPECT_EQ(available_memory(root_), 200 * kMiB);
}

TEST_F(Memory, ContainerSeesItsGroupAtTheMount) {
  // The path is one of the host; inside the container only the mount itself exists.
  put("proc/self/cgroup", "0::/docker/0123abcd\n");
  group_v2("sys/fs/cgroup", std::to_string(64 * kMiB), 0, 0);
  EXPECT_EQ(available_memory(root_), 64 * kMiB);
}

TEST_F(Memory, Version1LimitIsFoundByItsController) {
  put("proc/self/cgroup", "9:name=systemd:/x\n4:cpu,memory:/slurm/job_1\n0::/\n");
  const std::string folder = "sys/fs/cgroup/memory/slurm/job_1";
  put(folder + "/memory.limit_in_bytes", std::to_string(400 * kMiB));
  put(folder + "/memory.usage_in_bytes", std::to_string(150 * kMiB));
  put(folder + "/memory.stat", "inactive_file 1\ntotal_inactive_file " + std::to_string(50 * kMiB) + "\n");
  EXPECT_EQ(available_memory(root_), 300 * kMiB);
}

TEST_F(Memory, HybridMachineUsesTheUnifiedMount) {
  put("proc/self/cgroup", "0::/job\n");
  group_v2("sys/fs/cgroup/unified/job", std::to_string(70 * kMiB), 0, 0);
  EXPECT_EQ(available_memory(root_), 70 * kMiB);
}

TEST_F(Memory, OverdrawnGroupHasNothingLeft) {
  put("proc/self/cgroup", "0::/job\n");
  group_v2("sys/fs/cgroup/job", std::to_string(100 * kMiB), 120 * kMiB, 0);
  EXPECT_EQ(available_memory(root_), 0U);
}

TEST_F(Memory, SilentKernelIsAnErrorThatNamesTheFile) {
  put("proc/meminfo", "MemTotal: 4096000 kB\n");
  try {
    (void)available_memory(root_);
    FAIL() << "no error";
  } catch (const core::EnvironmentError& error) {
    EXPECT_NE(std::string(error.what()).find("proc/meminfo"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("--memory"), std::string::npos);
  }
}

TEST(ThisMachine, HasMemoryAndThePeakGrowsWithUse) {
  EXPECT_GT(available_memory(), 0U);
  const auto before = peak_resident_memory();
  std::vector<char> block(64 * kMiB + before, 'x');  // more than was ever resident before
  EXPECT_GE(peak_resident_memory(), 64 * kMiB + before);
  EXPECT_EQ(block.back(), 'x');
}

}  // namespace
}  // namespace gforbit::sys
