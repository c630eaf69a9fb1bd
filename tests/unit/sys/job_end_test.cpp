#include "gforbit/sys/job_end.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace gforbit::sys {
namespace {

using std::chrono::system_clock;

const Moment kNow{system_clock::time_point(std::chrono::seconds(1000000)), SteadyTime{}};

std::optional<std::string> silent(const std::string&) {
  return std::nullopt;
}

double seconds(const std::optional<JobEnd>& end) {
  return Seconds(end.value().time - system_clock::time_point{}).count();
}

TEST(SlurmTimeLeft, AsSqueuePrintsIt) {
  EXPECT_EQ(slurm_time_left("1-02:03:04\n"), Seconds(86400 + 2 * 3600 + 3 * 60 + 4));
  EXPECT_EQ(slurm_time_left("10:00:00"), Seconds(36000));
  EXPECT_EQ(slurm_time_left("9:30"), Seconds(570));
  EXPECT_EQ(slurm_time_left("0:00"), Seconds(0));
  for (const char* const none : {"UNLIMITED", "INVALID", "NOT_SET", "", "1-", "a:b", "3::4"}) {
    EXPECT_EQ(slurm_time_left(none), std::nullopt) << none;
  }
}

TEST(SlurmJobEnd, OutsideSlurmNobodyIsAsked) {
  const auto ask = [](const std::string&) -> std::optional<std::string> {
    ADD_FAILURE() << "squeue was asked";
    return std::nullopt;
  };
  EXPECT_FALSE(slurm_job_end(fixed_environment({{"SLURM_JOB_END_TIME", "5"}}), kNow, ask));
  EXPECT_EQ(seconds(slurm_job_end(fixed_environment({{"SLURM_JOB_ID", "7"}, {"SLURM_JOB_END_TIME", "1234"}}),
                                  kNow, ask)),
            1234);
}

TEST(SlurmJobEnd, SqueueIsAskedWhereTheVariableIsMissing) {
  const auto ask = [](const std::string& job) -> std::optional<std::string> {
    EXPECT_EQ(job, "7");
    return "2:00\n";
  };
  const auto end = slurm_job_end(fixed_environment({{"SLURM_JOB_ID", "7"}}), kNow, ask);
  EXPECT_EQ(seconds(end), 1000120);
  EXPECT_EQ(end->source, "squeue");
  EXPECT_FALSE(slurm_job_end(fixed_environment({{"SLURM_JOB_ID", "7"}}), kNow, silent));
}

TEST(SlurmJobEnd, SqueueIsAskedForTheTaskOfAnArray) {
  const auto ask = [](const std::string& job) -> std::optional<std::string> {
    return job == "7_3" ? "2:00\n" : "2:00\n2:00\n2:00\n";
  };
  const auto task =
      fixed_environment({{"SLURM_JOB_ID", "7"}, {"SLURM_ARRAY_JOB_ID", "7"}, {"SLURM_ARRAY_TASK_ID", "3"}});
  EXPECT_EQ(seconds(slurm_job_end(task, kNow, ask)), 1000120);
}

}  // namespace
}  // namespace gforbit::sys
