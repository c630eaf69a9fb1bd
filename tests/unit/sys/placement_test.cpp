#include "gforbit/sys/placement.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>

#include "gforbit/core/error.hpp"
#include "seed.hpp"

namespace gforbit::sys {
namespace {

CoreSet cores(int first, int last) {
  CoreSet set(static_cast<std::size_t>(last - first + 1));
  std::iota(set.begin(), set.end(), first);
  return set;
}

RankPlacement rank_on(std::string host, CoreSet mask, int threads, CoreSet launcher = {}) {
  return {std::move(host), std::move(mask), std::move(launcher), threads};
}

std::optional<int> omp(const std::string& value) {
  return omp_num_threads(fixed_environment({{"OMP_NUM_THREADS", value}}));
}

TEST(CoreList, WritesRunsAsRanges) {
  EXPECT_EQ(core_list_text(CoreSet{}), "");
  EXPECT_EQ(core_list_text(CoreSet{5}), "5");
  EXPECT_EQ(core_list_text(CoreSet{0, 1, 2, 3, 8}), "0-3,8");
  EXPECT_EQ(core_list_text(CoreSet{0, 2, 4, 5}), "0,2,4-5");
}

TEST(CoreList, ReadsWhatItWrites) {
  std::mt19937 random(testing_support::test_seed());
  for (int i = 0; i < 200; ++i) {
    CoreSet set;
    for (int core = 0; core < 150; ++core) {
      if (random() % 3 != 0) set.push_back(core);
    }
    EXPECT_EQ(parse_core_list(core_list_text(set)), set);
  }
}

TEST(CoreList, SortsAndRefuses) {
  EXPECT_EQ(parse_core_list("8,0-1,1\n"), (CoreSet{0, 1, 8}));
  for (const auto* text : {"a", "1-", "-1", "3-1", "1-2-3", "0,,1", "0-99999999999"}) {
    EXPECT_EQ(parse_core_list(text), std::nullopt) << text;
  }
}

TEST(ThisMachine, MaskIsSortedAndFollowsTheKernel) {
  EXPECT_FALSE(host_name().empty());
  const CoreSet all = affinity_cores();
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_GE(cores_online(), 1);

  cpu_set_t former, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof former, &former), 0);
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(all.back()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(affinity_cores(), CoreSet{all.back()});
  sched_setaffinity(0, sizeof former, &former);
  EXPECT_EQ(affinity_cores(), all);
}

TEST(ThisMachine, PlacementNamesHostMaskAndThreads) {
  const auto alone = this_placement(3, Launcher{});
  auto expected = rank_on(host_name(), affinity_cores(), 3);
  expected.quotas = cpu_quotas();
  expected.most_threads = alone.most_threads;
  EXPECT_EQ(alone, expected);
  const auto by_mpirun = this_placement(1, {LauncherKind::mpirun, false, 2, 0});
  EXPECT_FALSE(by_mpirun.launcher_cores.empty());
}

TEST(PhysicalCores, CountsSiblingsOnce) {
  const auto folder = std::filesystem::temp_directory_path() / ("gforbit_cpu_" + std::to_string(getpid()));
  for (int core = 0; core < 4; ++core) {  // two cores of two threads: {0,2} and {1,3}
    const auto topology = folder / ("cpu" + std::to_string(core)) / "topology";
    std::filesystem::create_directories(topology);
    std::ofstream(topology / "thread_siblings_list") << core % 2 << ',' << core % 2 + 2 << '\n';
  }
  EXPECT_EQ(physical_cores(cores(0, 3), folder), 2);
  EXPECT_EQ(physical_cores(CoreSet{0, 2}, folder), 1);
  EXPECT_EQ(physical_cores(CoreSet{0, 9}, folder), std::nullopt);
  std::filesystem::remove_all(folder);
}

TEST(OmpNumThreads, FirstNumberOfTheList) {
  EXPECT_EQ(omp_num_threads(fixed_environment({})), std::nullopt);
  EXPECT_EQ(omp(""), std::nullopt);
  EXPECT_EQ(omp("4"), 4);
  EXPECT_EQ(omp(" 6 , 2 "), 6);
}

TEST(OmpNumThreads, AnythingElseIsAUsageErrorWithTheValue) {
  for (const auto* value : {"0", "-2", "four", "4,", "4,x", "1.5", "99999999", "65536"}) {
    try {
      (void)omp(value);
      ADD_FAILURE() << "accepted " << value;
    } catch (const core::UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(value), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("OMP_NUM_THREADS"), std::string::npos);
    }
  }
}

TEST(ShareOfCores, OneRankTakesItsMask) {
  EXPECT_EQ(share_of_cores(std::vector<CoreSet>{cores(0, 7)}, 0), 8);
}

TEST(ShareOfCores, BoundRanksDoNotShare) {
  const std::vector masks{cores(0, 3), cores(4, 5)};
  EXPECT_EQ(share_of_cores(masks, 0), 4);
  EXPECT_EQ(share_of_cores(masks, 1), 2);
}

TEST(ShareOfCores, EqualMasksAreUsedUpAndNeverOverdrawn) {
  for (int size = 1; size <= 20; ++size) {
    for (std::size_t ranks = 1; ranks <= 20; ++ranks) {
      const std::vector<CoreSet> masks(ranks, cores(0, size - 1));
      int sum = 0, least = size, most = 0;
      for (std::size_t self = 0; self < ranks; ++self) {
        const int share = share_of_cores(masks, self);
        sum += share;
        least = std::min(least, share);
        most = std::max(most, share);
      }
      EXPECT_EQ(sum, std::max(size, static_cast<int>(ranks))) << size << " cores, " << ranks << " ranks";
      EXPECT_LE(most - least, 1);
      EXPECT_GE(least, 1);
    }
  }
}

RankPlacement with_quota(RankPlacement rank, double quota, std::uint64_t inode = 1) {
  rank.quotas.push_back({7, inode, "/sys/fs/cgroup/job", quota});
  return rank;
}

TEST(DefaultThreads, CoresQuotaOrLimitOfOpenMp) {
  const auto rank = rank_on("a", cores(0, 63), 0);
  EXPECT_EQ(default_threads(std::vector{rank}, 0), 64);
  EXPECT_EQ(default_threads(std::vector{with_quota(rank, 2)}, 0), 2);
  EXPECT_EQ(default_threads(std::vector(2, with_quota(rank, 3)), 0), 2);
  EXPECT_EQ(default_threads(std::vector(2, with_quota(rank, 3)), 1), 1);
  EXPECT_EQ(default_threads(std::vector{with_quota(rank, 100)}, 0), 64);
  auto limited = rank;
  limited.most_threads = 5;
  EXPECT_EQ(default_threads(std::vector{limited}, 0), 5);
}

TEST(RankPlacement, SurvivesTheTripAsBytes) {
  for (const auto& placement : {rank_on("node1", cores(0, 5), 3, cores(0, 63)), rank_on("", {}, 1),
                                with_quota(rank_on("a", {0}, 1), 2.5)}) {
    const auto bytes = to_bytes(placement);
    EXPECT_EQ(placement_from_bytes(bytes), placement);
    const auto cut = std::span(bytes).first(bytes.size() - 1);
    EXPECT_THROW((void)placement_from_bytes(cut), core::CorruptRecord);
  }
}

TEST(PlacementWarnings, SilentWhereThreadsFit) {
  EXPECT_TRUE(placement_warnings({}).empty());
  EXPECT_TRUE(placement_warnings(std::vector{rank_on("a", cores(0, 3), 4)}).empty());
  EXPECT_TRUE(
      placement_warnings(std::vector{rank_on("a", cores(0, 3), 2), rank_on("a", cores(0, 3), 2)}).empty());
  // The same core numbers on another host are other cores.
  EXPECT_TRUE(
      placement_warnings(std::vector{rank_on("a", cores(0, 1), 2), rank_on("b", cores(0, 1), 2)}).empty());
  // Pure MPI: each rank bound to a core of its own, and no core left.
  std::vector<RankPlacement> bound;
  for (int core = 0; core < 4; ++core) bound.push_back(rank_on("a", {core}, 1, cores(0, 3)));
  EXPECT_TRUE(placement_warnings(bound).empty());
}

TEST(PlacementWarnings, RanksThatShareCores) {
  const auto warnings =
      placement_warnings(std::vector{rank_on("a", cores(0, 1), 2), rank_on("a", cores(0, 1), 2)});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].find("a: 2 ranks x 2 threads share 2 cores (0-1): 4 threads"), 0U) << warnings[0];
  EXPECT_NE(warnings[0].find("--threads"), std::string::npos);
}

TEST(PlacementWarnings, SharingIsFoundThroughAChainOfMasks) {
  const auto warnings = placement_warnings(
      std::vector{rank_on("a", {0, 1}, 2), rank_on("a", {2, 3}, 2), rank_on("a", {1, 2}, 1)});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("5 threads in all share 4 cores (0-3)"), std::string::npos) << warnings[0];
}

TEST(PlacementWarnings, RankBoundToOneCore) {
  const auto one = placement_warnings(std::vector{rank_on("a", {3}, 4)});
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].find("a: 1 rank is bound to one core"), 0U) << one[0];
  for (const auto* remedy : {"mpirun --bind-to none", "--map-by slot:PE=N", "srun --cpus-per-task=N"}) {
    EXPECT_NE(one[0].find(remedy), std::string::npos) << one[0];
  }
  // Cores that binding leaves idle need no second sentence: the remedy is the same.
  const auto two =
      placement_warnings(std::vector{rank_on("a", {0}, 2, cores(0, 7)), rank_on("a", {1}, 2, cores(0, 7))});
  ASSERT_EQ(two.size(), 1U);
  EXPECT_EQ(two[0].find("a: 2 ranks are bound to one core"), 0U) << two[0];
}

// OMP_PROC_BIND=close under `mpirun --bind-to none`: every rank's first thread goes to the first core.
TEST(PlacementWarnings, OpenMpBindsAllRanksToTheSameCores) {
  RankPlacement rank = rank_on("a", cores(0, 7), 0);
  for (int core = 0; core < 8; ++core) rank.places.push_back({core});
  set_threads(rank, 4);
  EXPECT_EQ(rank.cores, cores(0, 3));
  EXPECT_TRUE(placement_warnings(std::vector{rank}).empty());
  const auto warnings = placement_warnings(std::vector{rank, rank});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(
      warnings[0].find("a: 2 ranks x 4 threads share 4 cores (0-3): 8 threads take turns. OMP_PROC_BIND"), 0U)
      << warnings[0];
  EXPECT_EQ(placement_from_bytes(to_bytes(rank)), rank);

  set_threads(rank, 8);  // bound one to one, on all cores
  EXPECT_TRUE(placement_warnings(std::vector{rank}).empty());
}

TEST(PlacementWarnings, CoresWithoutThread) {
  const auto idle = placement_warnings(std::vector{rank_on("a", cores(0, 7), 2)});
  ASSERT_EQ(idle.size(), 1U);
  EXPECT_EQ(idle[0].find("a: 6 of 8 cores (0-7) have no thread: raise --threads"), 0U) << idle[0];

  // One thread each because mpirun left each rank one core: the mask alone looks perfect.
  const auto bound =
      placement_warnings(std::vector{rank_on("a", {0}, 1, cores(0, 7)), rank_on("a", {1}, 1, cores(0, 7))});
  ASSERT_EQ(bound.size(), 1U);
  EXPECT_EQ(bound[0].find("a: 6 of 8 cores (0-7) have no thread: the launcher binds"), 0U) << bound[0];
  EXPECT_NE(bound[0].find("mpirun --bind-to none"), std::string::npos);
}

TEST(PlacementWarnings, ThreadsBeyondAQuota) {
  const auto rank = [](int threads) { return with_quota(rank_on("a", cores(0, 63), threads), 2.5); };
  // As many as can use it: no warning of cores without thread either.
  EXPECT_TRUE(placement_warnings(std::vector{rank(3)}).empty());
  const auto one = placement_warnings(std::vector{rank(64)});
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].find("a: 1 rank x 64 threads share a CPU quota of 2.5 cores (control group "
                        "/sys/fs/cgroup/job): threads beyond it"),
            0U)
      << one[0];
  EXPECT_NE(one[0].find("--threads"), std::string::npos);
  const auto two = placement_warnings(std::vector{rank(3), rank(3)});
  ASSERT_EQ(two.size(), 1U);
  EXPECT_EQ(two[0].find("a: 2 ranks x 3 threads share a CPU quota of 2.5 cores"), 0U) << two[0];
  const auto idle = placement_warnings(std::vector{rank(1)});
  ASSERT_EQ(idle.size(), 1U);
  EXPECT_NE(idle[0].find("have no thread"), std::string::npos) << idle[0];
  // Each in a container of its own.
  EXPECT_EQ(placement_warnings(std::vector{with_quota(rank_on("a", cores(0, 3), 2), 2, 1),
                                           with_quota(rank_on("a", cores(0, 3), 2), 2, 2)}),
            std::vector<std::string>{});
}

TEST(PlacementWarnings, EqualHostsShareALine) {
  std::vector<RankPlacement> ranks;
  for (int node = 0; node < 100; ++node) ranks.push_back(rank_on(fmt::format("n{}", node), {0}, 2));
  ranks.push_back(rank_on("odd", cores(0, 3), 1));
  const auto warnings = placement_warnings(ranks);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].find("on each of 100 hosts (n0 ... n99): 1 rank is bound"), 0U) << warnings[0];
  EXPECT_EQ(warnings[1].find("odd: 3 of 4 cores"), 0U) << warnings[1];
}

TEST(PlacementText, SaysRanksThreadsHostsAndCores) {
  EXPECT_EQ(placement_text({}), "");
  EXPECT_EQ(placement_text(std::vector{rank_on("a", {0}, 1)}), "1 rank x 1 thread on a (core 0)");
  EXPECT_EQ(placement_text(std::vector(3, rank_on("node1", cores(0, 1), 2))),
            "3 ranks x 2 threads on node1 (cores 0-1)");
  EXPECT_EQ(placement_text(std::vector{rank_on("a", {0, 1}, 2), rank_on("a", {2, 3}, 2)}),
            "2 ranks x 2 threads on a (cores 0-3, 2 each)");
  EXPECT_EQ(placement_text(std::vector{rank_on("a", cores(0, 7), 3), rank_on("b", cores(0, 7), 3),
                                       rank_on("c", cores(0, 7), 4)}),
            "1 rank x 3 threads on each of 2 hosts: a, b (cores 0-7); 1 rank x 4 threads on c (cores 0-7)");
  EXPECT_EQ(placement_text(std::vector{rank_on("a", cores(0, 7), 3), rank_on("a", cores(0, 7), 2)}),
            "2 ranks with 5 threads in all on a (cores 0-7)");
  EXPECT_EQ(placement_text(std::vector{with_quota(rank_on("a", cores(0, 7), 2), 1)}),
            "1 rank x 2 threads on a (cores 0-7, CPU quota of 1 core)");
}

}  // namespace
}  // namespace gforbit::sys
