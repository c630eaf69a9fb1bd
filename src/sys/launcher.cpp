#include "gforbit/sys/launcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::sys {

namespace {

/// A variable that counts ranks or numbers one; nullopt where it is not set.
std::optional<int> number_in(const Environment& environment, std::string_view name) {
  const auto text = environment(name);
  if (!text) return std::nullopt;
  const auto value = core::parse_u64(*text);
  if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    throw core::EnvironmentError(
        fmt::format("environment variable {}={}: expected a natural number; start again with mpirun or srun",
                    name, core::quoted(*text)));
  }
  return static_cast<int>(*value);
}

/// True inside a step made by srun. A batch script is a step of its own kind: Slurm 22.05 gives it
/// SLURM_PROCID and SLURM_NTASKS but no SLURM_STEP_ID; other versions number such steps from 0xfffffffa up.
bool in_slurm_step(const Environment& environment) {
  constexpr std::uint64_t kFirstSpecialStep = 0xfffffff0;
  const auto step = environment("SLURM_STEP_ID");
  if (!step) return false;
  const auto number = core::parse_u64(*step);
  return number && *number < kFirstSpecialStep;
}

/// True if PMIx or PMI speak of another job than Slurm does: a batch job inherits the variables of the step
/// it was submitted from (an interactive `srun --pty`), whose servers are not for it.
bool interface_is_stale(const Environment& environment) {
  const auto job = environment("SLURM_JOB_ID");
  if (!job) return false;
  constexpr std::string_view kPmixPrefix = "slurm.pmix.";  // then job.step
  auto owner = environment("PMIX_NAMESPACE").value_or("");
  if (owner.starts_with(kPmixPrefix)) return !owner.substr(kPmixPrefix.size()).starts_with(*job + '.');
  owner = environment("PMI_JOBID").value_or("");  // job.step where Slurm sets it
  return owner.find('.') != std::string::npos && !owner.starts_with(*job + '.');
}

bool any_set(const Environment& environment, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](auto name) { return environment(name).has_value(); });
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* const value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Environment fixed_environment(std::map<std::string, std::string, std::less<>> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional<std::string>(it->second);
  };
}

Launcher detect_launcher(const Environment& environment) {
  const bool step = in_slurm_step(environment);
  const auto announced = [&](LauncherKind kind, std::string_view size, std::string_view rank) {
    Launcher launcher{.kind = kind, .slurm_step = step};
    launcher.ranks = std::max(1, number_in(environment, size).value_or(1));
    launcher.rank = number_in(environment, rank).value_or(0);
    return launcher;
  };

  // Nearest first: mpirun and hydra start their daemons with srun, so that their ranks see Slurm's variables
  // of the daemons too; and Open MPI's ranks are PMIx clients.
  if (any_set(environment, {"OMPI_COMM_WORLD_SIZE"})) {
    return announced(LauncherKind::mpirun, "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK");
  }
  if (any_set(environment, {"PMI_SIZE"}) && any_set(environment, {"MPI_LOCALNRANKS", "HYDI_CONTROL_FD"})) {
    return announced(LauncherKind::hydra, "PMI_SIZE", "PMI_RANK");
  }
  const bool stale = interface_is_stale(environment);
  if (!stale && any_set(environment, {"PMIX_NAMESPACE", "PMIX_RANK"})) {
    return announced(LauncherKind::pmix, step ? "SLURM_STEP_NUM_TASKS" : "", "PMIX_RANK");
  }
  // I_MPI_PMI_LIBRARY: Intel MPI meets Slurm's own PMI-1 library, which needs no variable of its own.
  if (!stale &&
      (any_set(environment, {"PMI_SIZE", "PMI_RANK", "PMI_FD", "PMI_CONTROL_PORT", "PALS_RANKID"}) ||
       (step && any_set(environment, {"I_MPI_PMI_LIBRARY"})))) {
    if (any_set(environment, {"PMI_SIZE"})) return announced(LauncherKind::pmi, "PMI_SIZE", "PMI_RANK");
    return announced(LauncherKind::pmi, step ? "SLURM_STEP_NUM_TASKS" : "",
                     step ? "SLURM_PROCID" : "PMI_RANK");
  }
  if (step) return announced(LauncherKind::srun_bare, "SLURM_STEP_NUM_TASKS", "SLURM_PROCID");
  return {};
}

std::string launcher_name(const Launcher& launcher) {
  switch (launcher.kind) {
    case LauncherKind::none:
      return "no launcher";
    case LauncherKind::mpirun:
      return "mpirun of Open MPI";
    case LauncherKind::pmix:
      return launcher.slurm_step ? "srun with PMIx" : "a PMIx launcher";
    case LauncherKind::pmi:
      return launcher.slurm_step ? "srun with PMI" : "a PMI launcher";
    case LauncherKind::hydra:
      return "mpiexec of MPICH or Intel MPI";
    case LauncherKind::srun_bare:
      return "srun without PMI";
  }
  return {};
}

void check_world(const Launcher& launcher, int world_size) {
  if (launcher.ranks <= world_size) return;
  const std::string srun = fmt::format("`srun --mpi=pmix -n {} gforbit ...`", launcher.ranks);
  const std::string mpirun = fmt::format("`mpirun -np {} gforbit ...`", launcher.ranks);
  throw core::EnvironmentError(fmt::format(
      "the environment ({}) announces {} ranks but the MPI world has {}: launcher and MPI library do not "
      "belong together, and every process would do all the work. Use {} or {} with the mpirun of the MPI "
      "library that "
      "gforbit was built with (gforbit --version names it)",
      launcher_name(launcher), launcher.ranks, world_size, launcher.slurm_step ? srun : mpirun,
      launcher.slurm_step ? mpirun : srun));
}

std::string launch_advice(const Launcher& launcher, bool open_mpi) {
  if (!open_mpi || !launcher.slurm_step || launcher.kind != LauncherKind::pmi) return {};
  return fmt::format(
      "srun started these {} ranks with PMI, which Open MPI needs a special build for; should MPI_Init fail "
      "now, use `srun --mpi=pmix -n {} gforbit ...` or `mpirun -np {} gforbit ...`",
      launcher.ranks, launcher.ranks, launcher.ranks);
}

}  // namespace gforbit::sys
