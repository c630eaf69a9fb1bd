/// Where the ranks of a job and their threads live: cores they may use, threads they start, and whether the
/// two fit. A launcher that binds every rank to one core is the commonest way to lose most of a machine
/// without noticing.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/threads.hpp"
#include "gforbit/sys/cpu_quota.hpp"
#include "gforbit/sys/launcher.hpp"

namespace gforbit::sys {

/// Logical cores (hardware threads), ascending, each once.
using CoreSet = std::vector<int>;

/// "0-3,8"; empty for the empty set.
[[nodiscard]] std::string core_list_text(std::span<const int> cores);
/// The inverse, as the kernel writes it in /sys; nullopt for anything else.
[[nodiscard]] std::optional<CoreSet> parse_core_list(std::string_view text);

[[nodiscard]] std::string host_name();
/// Logical cores the machine has online.
[[nodiscard]] int cores_online();
/// The affinity mask of the calling thread; called before threads exist, that of the process. Throws
/// core::EnvironmentError when the kernel refuses.
[[nodiscard]] CoreSet affinity_cores();
/// Physical cores behind `cores`; nullopt where the kernel does not tell.
/// @param cpu_folder  /sys/devices/system/cpu, or another folder in tests
[[nodiscard]] std::optional<int> physical_cores(
    std::span<const int> cores, const std::filesystem::path& cpu_folder = "/sys/devices/system/cpu");

/// OMP_NUM_THREADS: the first number of its comma list; nullopt if unset or empty. Throws core::UsageError
/// for anything that is not a list of numbers from 1 to core::kMostThreads.
[[nodiscard]] std::optional<int> omp_num_threads(const Environment& environment);

/// Default number of threads of a rank: the cores of its mask divided by the ranks of the
/// node whose masks overlap it; what the division leaves over goes to the first of them; at least 1.
/// @param node_masks  masks of all ranks of this node, the same order on each rank
/// @param self        this rank's place in it
[[nodiscard]] int share_of_cores(std::span<const CoreSet> node_masks, std::size_t self);

struct RankPlacement {
  std::string host;
  CoreSet cores;  ///< the rank's affinity mask
  CoreSet
      launcher_cores;  ///< under mpirun the mask of mpirun itself: what binding has taken away; else empty
  int threads = 1;
  std::vector<CoreSet> places = {};  ///< where OpenMP binds the team's threads, in order; empty: nowhere
  std::vector<CpuQuota> quotas = {};
  int most_threads = core::kMostThreads;  ///< that OpenMP would start (OMP_THREAD_LIMIT)
  bool operator==(const RankPlacement&) const = default;
};

/// This process on this machine. Call before the team starts, whose threads may have masks of their own.
[[nodiscard]] RankPlacement this_placement(int threads, const Launcher& launcher);

/// Fixes the size of the rank's worker team. Where OpenMP binds threads (OMP_PROC_BIND), `cores` shrinks to
/// the places it binds them to: ranks that all start at the first place of one mask share its core.
void set_threads(RankPlacement& placement, int threads);

[[nodiscard]] core::Bytes to_bytes(const RankPlacement& placement);
/// Throws core::CorruptRecord for a record that is truncated.
[[nodiscard]] RankPlacement placement_from_bytes(std::span<const std::byte> bytes);

/// Default number of threads of a rank: share_of_cores(), or fewer where its CPU quota or
/// OMP_THREAD_LIMIT allow no more.
/// @param node  all ranks of this node, the same order on each rank
/// @param self  this rank's place in it
[[nodiscard]] int default_threads(std::span<const RankPlacement> node, std::size_t self);

/// What does not fit, one sentence each with its remedy: more threads than cores or than a CPU quota allows,
/// ranks bound to one core, cores that no rank uses. Hosts with the same trouble share a line. Empty if all
/// is well. Cost: O(ranks x cores).
[[nodiscard]] std::vector<std::string> placement_warnings(std::span<const RankPlacement> ranks);

/// All ranks in one line: "3 ranks x 2 threads on node1 (cores 0-5, 2 each)"; equal hosts are told once.
[[nodiscard]] std::string placement_text(std::span<const RankPlacement> ranks);

}  // namespace gforbit::sys
