#include "gforbit/sys/launcher.hpp"

#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"

namespace gforbit::sys {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Launcher detect(Variables variables) {
  return detect_launcher(fixed_environment(std::move(variables)));
}

/// What Slurm 22.05 sets in a batch script of a job with 4 tasks.
const Variables kBatchScript{{"SLURM_JOB_ID", "7"},   {"SLURM_NTASKS", "4"},          {"SLURM_NPROCS", "4"},
                             {"SLURM_PROCID", "0"},   {"SLURM_LOCALID", "0"},         {"SLURM_NODEID", "0"},
                             {"SLURM_TASK_PID", "9"}, {"SLURM_JOB_NODELIST", "node1"}};

/// The same job inside `srun -n 4`, task 2.
Variables step(Variables more = {}) {
  Variables all = kBatchScript;
  all["SLURM_PROCID"] = "2";
  all["SLURM_STEP_ID"] = "0";
  all["SLURM_STEPID"] = "0";
  all["SLURM_STEP_NUM_TASKS"] = "4";
  all.merge(more);
  return all;
}

std::string world_error(const Launcher& launcher, int world_size) {
  try {
    check_world(launcher, world_size);
  } catch (const core::EnvironmentError& error) {
    EXPECT_EQ(error.status(), core::ExitStatus::internal);
    return error.what();
  }
  return {};
}

TEST(DetectLauncher, NothingAnnouncedMeansNoMpi) {
  EXPECT_EQ(detect({}), Launcher{});
  EXPECT_FALSE(detect({}).needs_mpi());
}

TEST(DetectLauncher, BatchScriptIsNoLauncher) {
  EXPECT_EQ(detect(kBatchScript), Launcher{});
}

TEST(DetectLauncher, SpecialSlurmStepsAreNoLauncher) {
  for (const auto* id : {"4294967290", "4294967291", "4294967292"}) {  // interactive, batch, extern
    auto variables = step();
    variables["SLURM_STEP_ID"] = id;
    EXPECT_EQ(detect(variables), Launcher{}) << id;
  }
}

TEST(DetectLauncher, Mpirun) {
  const auto launcher = detect({{"OMPI_COMM_WORLD_SIZE", "3"},
                                {"OMPI_COMM_WORLD_RANK", "2"},
                                {"PMIX_RANK", "2"},
                                {"PMIX_NAMESPACE", "2010644481"}});
  EXPECT_EQ(launcher, (Launcher{LauncherKind::mpirun, false, 3, 2}));
  EXPECT_TRUE(launcher.needs_mpi());
}

TEST(DetectLauncher, MpirunWithOneRankStillWantsMpi) {
  EXPECT_TRUE(detect({{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_RANK", "0"}}).needs_mpi());
}

TEST(DetectLauncher, MpirunInsideASlurmStepIsMpirun) {
  // On remote nodes mpirun's daemons are tasks of a step: one a node, whatever the number of ranks.
  const auto launcher = detect(step({{"OMPI_COMM_WORLD_SIZE", "16"}, {"OMPI_COMM_WORLD_RANK", "9"}}));
  EXPECT_EQ(launcher, (Launcher{LauncherKind::mpirun, true, 16, 9}));
}

TEST(DetectLauncher, SrunWithPmix) {
  const auto launcher = detect(step({{"PMIX_RANK", "2"}, {"PMIX_NAMESPACE", "slurm.pmix.7.0"}}));
  EXPECT_EQ(launcher, (Launcher{LauncherKind::pmix, true, 4, 2}));
  EXPECT_TRUE(launcher.needs_mpi());
}

TEST(DetectLauncher, BatchJobSubmittedFromAStepInheritsNoLauncher) {
  // Seen with Slurm 22.05: sbatch passes on the variables of the step it was called in, here those of job 6.
  auto variables = step({{"PMIX_RANK", "0"}, {"PMIX_NAMESPACE", "slurm.pmix.6.3"}});
  variables["SLURM_STEP_NUM_TASKS"] = "1";
  EXPECT_FALSE(detect(variables).needs_mpi());
  EXPECT_NO_THROW(check_world(detect(variables), 1));
  auto pmi2 = step({{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}, {"PMI_JOBID", "6.3"}});
  EXPECT_FALSE(detect(pmi2).needs_mpi());
  pmi2["PMI_JOBID"] = "7.0";
  EXPECT_TRUE(detect(pmi2).needs_mpi());
  // Job 7 is not job 70.
  EXPECT_FALSE(detect(step({{"PMIX_RANK", "0"}, {"PMIX_NAMESPACE", "slurm.pmix.70.0"}})).needs_mpi());
}

TEST(DetectLauncher, PmixOutsideSlurmDoesNotSayTheSize) {
  EXPECT_EQ(detect({{"PMIX_RANK", "5"}, {"PMIX_NAMESPACE", "prte"}}),
            (Launcher{LauncherKind::pmix, false, 1, 5}));
}

TEST(DetectLauncher, SrunWithPmi2) {
  const auto launcher = detect(step({{"PMI_RANK", "2"}, {"PMI_SIZE", "4"}, {"PMI_FD", "12"}}));
  EXPECT_EQ(launcher, (Launcher{LauncherKind::pmi, true, 4, 2}));
}

TEST(DetectLauncher, SlurmsOwnPmi1NeedsNoVariableOfItsOwn) {
  EXPECT_EQ(detect(step({{"I_MPI_PMI_LIBRARY", "/usr/lib/libpmi.so"}})),
            (Launcher{LauncherKind::pmi, true, 4, 2}));
}

TEST(DetectLauncher, Hydra) {
  const Variables ranks{{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALNRANKS", "2"}};
  EXPECT_EQ(detect(ranks), (Launcher{LauncherKind::hydra, false, 2, 1}));
  EXPECT_EQ(detect(step(ranks)), (Launcher{LauncherKind::hydra, true, 2, 1}));
}

TEST(DetectLauncher, BareSrunConnectsNobody) {
  const auto launcher = detect(step());
  EXPECT_EQ(launcher, (Launcher{LauncherKind::srun_bare, true, 4, 2}));
  EXPECT_FALSE(launcher.needs_mpi());
}

TEST(DetectLauncher, GarbageIsNamed) {
  for (const auto* value : {"", "-1", "four", "99999999999"}) {
    try {
      (void)detect({{"OMPI_COMM_WORLD_SIZE", value}});
      ADD_FAILURE() << "accepted '" << value << "'";
    } catch (const core::EnvironmentError& error) {
      EXPECT_NE(std::string(error.what()).find("OMPI_COMM_WORLD_SIZE"), std::string::npos);
    }
  }
}

TEST(ProcessEnvironment, TellsUnsetFromEmpty) {
  setenv("GFORBIT_TEST_EMPTY", "", 1);
  unsetenv("GFORBIT_TEST_UNSET");
  const auto environment = process_environment();
  EXPECT_EQ(environment("GFORBIT_TEST_EMPTY"), std::optional<std::string>(""));
  EXPECT_EQ(environment("GFORBIT_TEST_UNSET"), std::nullopt);
  unsetenv("GFORBIT_TEST_EMPTY");
}

TEST(CheckWorld, AcceptsAWorldAtLeastAsLargeAsAnnounced) {
  EXPECT_NO_THROW(check_world({}, 1));
  EXPECT_NO_THROW(check_world({LauncherKind::mpirun, false, 4, 0}, 4));
  EXPECT_NO_THROW(check_world({LauncherKind::pmix, false, 1, 3}, 8));
  EXPECT_NO_THROW(check_world({LauncherKind::srun_bare, true, 1, 0}, 1));
}

TEST(CheckWorld, NamesTheRightLaunchLine) {
  const auto under_srun = world_error({LauncherKind::srun_bare, true, 4, 2}, 1);
  EXPECT_NE(under_srun.find("srun --mpi=pmix -n 4"), std::string::npos) << under_srun;
  EXPECT_NE(under_srun.find("announces 4 ranks but the MPI world has 1"), std::string::npos) << under_srun;
  const auto under_hydra = world_error({LauncherKind::hydra, false, 3, 0}, 1);
  EXPECT_NE(under_hydra.find("mpirun -np 3"), std::string::npos) << under_hydra;
  EXPECT_LT(under_hydra.find("mpirun -np"), under_hydra.find("srun --mpi=pmix")) << "the likelier line first";
  EXPECT_LT(under_srun.find("srun --mpi=pmix"), under_srun.find("mpirun -np")) << "the likelier line first";
}

TEST(LaunchAdvice, OnlyForOpenMpiUnderSrunWithoutPmix) {
  const Launcher pmi2{LauncherKind::pmi, true, 4, 0};
  EXPECT_NE(launch_advice(pmi2, true).find("srun --mpi=pmix -n 4"), std::string::npos);
  EXPECT_EQ(launch_advice(pmi2, false), "");
  EXPECT_EQ(launch_advice({LauncherKind::pmix, true, 4, 0}, true), "");
  EXPECT_EQ(launch_advice({LauncherKind::mpirun, false, 4, 0}, true), "");
}

}  // namespace
}  // namespace gforbit::sys
