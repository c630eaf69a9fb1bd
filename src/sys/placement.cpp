#include "gforbit/sys/placement.hpp"

#include <fmt/format.h>
#include <omp.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <set>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::sys {

std::string core_list_text(std::span<const int> cores) {
  std::string text;
  for (std::size_t i = 0; i < cores.size();) {
    std::size_t last = i;
    while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", cores[i]);
    if (last > i) text += fmt::format("-{}", cores[last]);
    i = last + 1;
  }
  return text;
}

std::optional<CoreSet> parse_core_list(std::string_view text) {
  constexpr std::uint64_t kMostCores = 1 << 20;
  text = core::trimmed(text);
  if (text.empty()) return CoreSet{};
  std::set<int> cores;
  for (const auto piece : core::split(text, ',')) {
    const auto ends = core::split(piece, '-');
    const auto first = core::parse_u64(ends.front());
    const auto last = core::parse_u64(ends.back());
    if (ends.size() > 2 || !first || !last || *first > *last || *last >= kMostCores) return std::nullopt;
    for (auto core = *first; core <= *last; ++core) cores.insert(static_cast<int>(core));
  }
  return CoreSet(cores.begin(), cores.end());
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

int cores_online() {
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

namespace {
/// nullopt: refused, errno says why.
std::optional<CoreSet> read_affinity(int process) {
  // The kernel refuses a mask shorter than its own (EINVAL), and machines beyond 1024 cores exist.
  for (std::size_t bits = 1024; bits <= (1U << 20); bits *= 4) {
    const std::size_t bytes = CPU_ALLOC_SIZE(bits);
    std::vector<cpu_set_t> mask(bytes / sizeof(cpu_set_t) + 1);
    if (sched_getaffinity(process, bytes, mask.data()) == 0) {
      CoreSet cores;
      for (std::size_t core = 0; core < bits; ++core) {
        if (CPU_ISSET_S(core, bytes, mask.data())) cores.push_back(static_cast<int>(core));
      }
      return cores;
    }
    if (errno != EINVAL) break;
  }
  return std::nullopt;
}
}  // namespace

CoreSet affinity_cores() {
  if (auto cores = read_affinity(0)) return *std::move(cores);
  throw core::EnvironmentError(fmt::format("sched_getaffinity failed: {}", std::strerror(errno)));
}

std::optional<int> physical_cores(std::span<const int> cores, const std::filesystem::path& cpu_folder) {
  std::set<std::string> siblings;  // hardware threads of one core name the same list
  for (const int core : cores) {
    std::ifstream in(cpu_folder / fmt::format("cpu{}", core) / "topology" / "thread_siblings_list");
    std::string line;
    if (!std::getline(in, line)) return std::nullopt;
    siblings.insert(line);
  }
  return static_cast<int>(siblings.size());
}

std::optional<int> omp_num_threads(const Environment& environment) {
  const auto text = environment("OMP_NUM_THREADS");
  if (!text || core::trimmed(*text).empty()) return std::nullopt;
  std::optional<int> first;
  for (const auto piece : core::split(*text, ',')) {
    const auto number = core::parse_u64(core::trimmed(piece));
    if (!number || *number == 0 || *number > std::uint64_t{core::kMostThreads}) {
      throw core::UsageError(
          fmt::format("environment variable OMP_NUM_THREADS={}: expected a number from 1 to {}, or several "
                      "separated by commas; "
                      "correct it, unset it or give --threads",
                      core::quoted(*text), core::kMostThreads));
    }
    if (!first) first = static_cast<int>(*number);
  }
  return first;
}

namespace {
bool overlap(const CoreSet& a, const CoreSet& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](int core) { return std::binary_search(b.begin(), b.end(), core); });
}
}  // namespace

int share_of_cores(std::span<const CoreSet> node_masks, std::size_t self) {
  const CoreSet& own = node_masks[self];
  std::size_t sharers = 0, before_me = 0;
  for (std::size_t i = 0; i < node_masks.size(); ++i) {
    if (i != self && !overlap(own, node_masks[i])) continue;
    ++sharers;
    if (i < self) ++before_me;
  }
  const std::size_t share = own.size() / sharers + (before_me < own.size() % sharers ? 1 : 0);
  return static_cast<int>(std::max<std::size_t>(share, 1));
}

namespace {
/// libgomp binds the initial thread as the process starts, so that thread's mask says nothing about the
/// rank's.
std::vector<CoreSet> openmp_places() {
  if (omp_get_proc_bind() == omp_proc_bind_false) return {};
  std::vector<CoreSet> places(static_cast<std::size_t>(std::max(omp_get_num_places(), 0)));
  for (std::size_t place = 0; place < places.size(); ++place) {
    CoreSet& cores = places[place];
    cores.resize(static_cast<std::size_t>(omp_get_place_num_procs(static_cast<int>(place))));
    omp_get_place_proc_ids(static_cast<int>(place), cores.data());
    std::sort(cores.begin(), cores.end());
  }
  return places;
}

CoreSet joined(std::span<const CoreSet> places) {
  std::set<int> cores;
  for (const auto& place : places) cores.insert(place.begin(), place.end());
  return {cores.begin(), cores.end()};
}
}  // namespace

RankPlacement this_placement(int threads, const Launcher& launcher) {
  RankPlacement placement{host_name(),
                          affinity_cores(),
                          {},
                          threads,
                          openmp_places(),
                          cpu_quotas(),
                          std::min(core::kMostThreads, omp_get_thread_limit())};
  if (!placement.places.empty()) placement.cores = joined(placement.places);
  // Only mpirun: a shell or slurmstepd above us may roam over cores that were never meant for this job.
  if (launcher.kind == LauncherKind::mpirun)
    placement.launcher_cores = read_affinity(getppid()).value_or(CoreSet{});
  return placement;
}

void set_threads(RankPlacement& placement, int threads) {
  placement.threads = threads;
  const auto& places = placement.places;
  if (!places.empty())
    placement.cores =
        joined(std::span(places).first(std::min(places.size(), static_cast<std::size_t>(threads))));
}

int default_threads(std::span<const RankPlacement> node, std::size_t self) {
  std::vector<CoreSet> masks;
  std::vector<std::vector<CpuQuota>> quotas;
  for (const RankPlacement& rank : node) {
    masks.push_back(rank.cores);
    quotas.push_back(rank.quotas);
  }
  const int by_cores = std::min(share_of_cores(masks, self), node[self].most_threads);
  return std::min(by_cores, share_of_quotas(quotas, self).value_or(by_cores));
}

core::Bytes to_bytes(const RankPlacement& placement) {
  core::ByteWriter out;
  out.put_text(placement.host);
  out.put_array(placement.cores);
  out.put_array(placement.launcher_cores);
  out.put(static_cast<std::int32_t>(placement.threads));
  out.put(static_cast<std::uint32_t>(placement.places.size()));
  for (const auto& place : placement.places) out.put_array(place);
  out.put(static_cast<std::int32_t>(placement.most_threads));
  out.put(static_cast<std::uint32_t>(placement.quotas.size()));
  for (const auto& quota : placement.quotas)
    out.put(quota.device).put(quota.inode).put_text(quota.group).put(quota.cores);
  return out.take();
}

RankPlacement placement_from_bytes(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  RankPlacement placement;
  placement.host = in.get_text();
  placement.cores = in.get_array<int>();
  placement.launcher_cores = in.get_array<int>();
  placement.threads = in.get<std::int32_t>();
  for (auto places = in.get<std::uint32_t>(); places > 0; --places)
    placement.places.push_back(in.get_array<int>());
  placement.most_threads = in.get<std::int32_t>();
  for (auto quotas = in.get<std::uint32_t>(); quotas > 0; --quotas) {
    CpuQuota& quota = placement.quotas.emplace_back();
    quota.device = in.get<std::uint64_t>();
    quota.inode = in.get<std::uint64_t>();
    quota.group = in.get_text();
    quota.cores = in.get<double>();
  }
  return placement;
}

}  // namespace gforbit::sys
