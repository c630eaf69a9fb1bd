/// The launcher of this process, as the environment shows it. The answer decides whether MPI is initialized
/// at all (a plain ./gforbit must run without any launcher) and lets a wrong launcher be named instead of N
/// ranks quietly doing the same work N times.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gforbit::sys {

enum class LauncherKind {
  none,       ///< started by hand or by a batch script
  mpirun,     ///< Open MPI's mpirun
  pmix,       ///< srun --mpi=pmix or another PMIx launcher
  pmi,        ///< srun --mpi=pmi2 and relatives: PMI-1, PMI-2, PALS
  hydra,      ///< MPICH's or Intel's mpiexec
  srun_bare,  ///< srun without any process management interface: an MPI library could not find its peers
};

struct Launcher {
  LauncherKind kind = LauncherKind::none;
  bool slurm_step = false;  ///< inside a step made by srun, also if mpirun placed the ranks
  int ranks = 1;            ///< announced size of the world; 1 where the launcher does not say
  int rank = 0;             ///< announced rank: good enough to let one process speak before MPI does

  /// MPI is initialized only if some launcher stands ready to connect the ranks.
  [[nodiscard]] bool needs_mpi() const noexcept {
    return kind != LauncherKind::none && kind != LauncherKind::srun_bare;
  }
  auto operator<=>(const Launcher&) const = default;
};

/// Value of an environment variable, nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

[[nodiscard]] Environment process_environment();
/// An environment of exactly these variables.
[[nodiscard]] Environment fixed_environment(std::map<std::string, std::string, std::less<>> variables);

/// Reads the announcement. The launcher nearest to the process wins: mpirun inside a Slurm step is mpirun.
/// Throws core::EnvironmentError where a variable that must be a number is none.
[[nodiscard]] Launcher detect_launcher(const Environment& environment);

/// "srun with PMIx", for messages and the result file.
[[nodiscard]] std::string launcher_name(const Launcher& launcher);

/// Throws core::EnvironmentError that names the right launch line if more ranks are announced than the MPI
/// world has
/// (`world_size` = 1 where MPI is not initialized).
void check_world(const Launcher& launcher, int world_size);

/// What to print before MPI_Init where an MPI library is known to fail with a message that does not help:
/// Open MPI under srun without PMIx. Empty otherwise.
/// @param open_mpi  the program was built with Open MPI
[[nodiscard]] std::string launch_advice(const Launcher& launcher, bool open_mpi);

}  // namespace gforbit::sys
