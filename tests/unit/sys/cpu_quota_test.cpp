#include "gforbit/sys/cpu_quota.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fake_machine.hpp"

namespace gforbit::sys {
namespace {

class Quota : public FakeMachine {
 protected:
  void groups(std::string_view lines) { put("proc/self/cgroup", lines); }
  void v1(const std::string& group, std::string_view quota, std::string_view period) {
    put("sys/fs/cgroup/" + group + "/cpu.cfs_quota_us", quota);
    put("sys/fs/cgroup/" + group + "/cpu.cfs_period_us", period);
  }
  void v2(const std::string& group, std::string_view line) {
    put("sys/fs/cgroup" + group + "/cpu.max", line);
  }
  [[nodiscard]] std::vector<double> cores() const {
    std::vector<double> found;
    for (const CpuQuota& quota : cpu_quotas(root_)) found.push_back(quota.cores);
    return found;
  }
  [[nodiscard]] std::optional<int> threads_alone() const {
    return share_of_quotas(std::vector<std::vector<CpuQuota>>(1, cpu_quotas(root_)), 0);
  }
};

using Cores = std::vector<double>;

TEST_F(Quota, MachineWithoutGroupsHasNone) {
  EXPECT_EQ(cores(), Cores{});
  EXPECT_EQ(threads_alone(), std::nullopt);
  groups("0::/job\n");
  EXPECT_EQ(cores(), Cores{});
}

TEST_F(Quota, Version2IsReadAndRoundedUp) {
  groups("0::/job\n");
  v2("/job", "250000 100000\n");
  EXPECT_EQ(cores(), Cores{2.5});
  EXPECT_EQ(threads_alone(), 3);
  v2("/job", "20000 100000\n");
  EXPECT_EQ(threads_alone(), 1);
}

TEST_F(Quota, MaxIsNoLimit) {
  groups("0::/job\n");
  v2("/job", "max 100000\n");
  EXPECT_EQ(cores(), Cores{});
}

TEST_F(Quota, TightestAncestorDecides) {
  groups("0::/job/step/task\n");
  v2("/job/step/task", "800000 100000\n");
  v2("/job/step", "max 100000\n");
  v2("/job", "300000 100000\n");
  v2("", "1600000 100000\n");
  EXPECT_EQ(cores(), (Cores{8, 3, 16}));
  EXPECT_EQ(threads_alone(), 3);
}

TEST_F(Quota, ContainerSeesItsGroupAtTheMount) {
  groups("0::/docker/0123abcd\n");
  v2("", "200000 100000\n");
  EXPECT_EQ(cores(), Cores{2});
}

TEST_F(Quota, Version1IsFoundByItsController) {
  groups("9:cpuset:/other\n4:cpu,cpuacct:/docker/abc\n0::/\n");
  v1("cpuset/other", "10000", "100000");
  v1("cpu,cpuacct/docker/abc", "150000\n", "100000\n");
  v1("cpu,cpuacct", "-1\n", "100000\n");
  EXPECT_EQ(cores(), Cores{1.5});
  EXPECT_EQ(threads_alone(), 2);
}

TEST_F(Quota, MountAndItsLinkAreTheSameGroups) {
  groups("4:cpu,cpuacct:/a\n");
  v1("cpu,cpuacct/a", "400000", "100000");
  std::filesystem::create_directory_symlink("cpu,cpuacct", root_ / "sys/fs/cgroup/cpu");
  EXPECT_EQ(cores(), Cores{4});
}

TEST_F(Quota, GarbageIsNoLimit) {
  groups("nonsense\n4:cpu\n4:cpu:/v1\n0::/v2\n");
  for (const auto* text : {"", "\n", "-5", "2 cores", "1e5", "99999999999999999999999", "0"}) {
    v1("cpu/v1", text, "100000");
    EXPECT_EQ(cores(), Cores{}) << text;
  }
  v1("cpu/v1", "100000", "0");
  EXPECT_EQ(cores(), Cores{});
  std::filesystem::remove(root_ / "sys/fs/cgroup/cpu/v1/cpu.cfs_period_us");
  EXPECT_EQ(cores(), Cores{});
  for (const auto* text :
       {"", "200000", "200000 ", "200000 100000 1", "x y", "0 100000", "1 0", "-1 100000"}) {
    v2("/v2", text);
    EXPECT_EQ(cores(), Cores{}) << text;
  }
  v2("/v2", "18446744073709551615 1");  // more than any number of threads
  EXPECT_GT(threads_alone(), 1 << 20);
}

/// A rank in groups by their numbers, the innermost first.
std::vector<CpuQuota> in(std::vector<std::pair<std::uint64_t, double>> groups) {
  std::vector<CpuQuota> quotas;
  for (const auto& [inode, cores] : groups) quotas.push_back({1, inode, "", cores});
  return quotas;
}

TEST(ShareOfQuotas, RanksOfAGroupShareIt) {
  const std::vector node(3, in({{7, 3.5}}));
  EXPECT_EQ(share_of_quotas(node, 0), 2);
  EXPECT_EQ(share_of_quotas(node, 1), 1);
  EXPECT_EQ(share_of_quotas(node, 2), 1);
  EXPECT_EQ(share_of_quotas(std::vector(5, in({{7, 2}})), 4), 1);
}

TEST(ShareOfQuotas, EachLevelIsSharedByThoseInIt) {
  // Two tasks of 4 cores each in a step of 6, and a rank outside.
  const std::vector node{in({{1, 4}, {9, 6}}), in({{2, 4}, {9, 6}}), in({})};
  EXPECT_EQ(share_of_quotas(node, 0), 3);
  EXPECT_EQ(share_of_quotas(node, 1), 3);
  EXPECT_EQ(share_of_quotas(node, 2), std::nullopt);
}

TEST(ShareOfQuotas, NeverMoreThanTheQuotaUnlessRanksOutnumberIt) {
  for (int quota = 1; quota <= 12; ++quota) {
    for (std::size_t ranks = 1; ranks <= 15; ++ranks) {
      const std::vector node(ranks, in({{1, quota - 0.5}}));
      int sum = 0;
      for (std::size_t self = 0; self < ranks; ++self) sum += share_of_quotas(node, self).value();
      EXPECT_EQ(sum, std::max(quota, static_cast<int>(ranks)));
    }
  }
}

}  // namespace
}  // namespace gforbit::sys
