// Sentences about the placement of many ranks. Ranks are grouped by host, ranks of a host by cores they
// share; hosts that would get the same sentence get it once, because a job of a thousand equal nodes has one
// problem, not a thousand.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/sys/placement.hpp"

namespace gforbit::sys {

namespace {

using Ranks = std::vector<const RankPlacement*>;

CoreSet joined(const CoreSet& a, const CoreSet& b) {
  CoreSet all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

CoreSet cores_of(const Ranks& ranks) {
  CoreSet all;
  for (const auto* rank : ranks) all = joined(all, rank->cores);
  return all;
}

int threads_of(const Ranks& ranks) {
  int sum = 0;
  for (const auto* rank : ranks) sum += rank->threads;
  return sum;
}

/// "2 ranks x 4 threads", or the sum where the ranks differ.
std::string team_text(const Ranks& ranks) {
  const int first = ranks.front()->threads;
  const bool equal =
      std::all_of(ranks.begin(), ranks.end(), [&](auto* rank) { return rank->threads == first; });
  if (!equal)
    return fmt::format("{} with {} threads in all", core::counted(ranks.size(), "rank"), threads_of(ranks));
  return fmt::format("{} x {}", core::counted(ranks.size(), "rank"),
                     core::counted(static_cast<std::size_t>(first), "thread"));
}

/// Hosts in order of first appearance with their ranks.
std::vector<std::pair<std::string, Ranks>> by_host(std::span<const RankPlacement> ranks) {
  std::vector<std::pair<std::string, Ranks>> hosts;
  std::map<std::string, std::size_t> place;
  for (const auto& rank : ranks) {
    const auto [it, fresh] = place.try_emplace(rank.host, hosts.size());
    if (fresh) hosts.emplace_back(rank.host, Ranks{});
    hosts[it->second].second.push_back(&rank);
  }
  return hosts;
}

/// Ranks of one host, cut into groups that have no core in common.
std::vector<Ranks> sharing_groups(const Ranks& host) {
  struct Group {
    Ranks ranks;
    CoreSet cores;
  };
  std::vector<Group> groups;
  for (const auto* rank : host) {
    Group mine{{}, rank->cores};
    std::vector<Group> apart;
    for (auto& group : groups) {
      CoreSet common;
      std::set_intersection(group.cores.begin(), group.cores.end(), rank->cores.begin(), rank->cores.end(),
                            std::back_inserter(common));
      if (common.empty()) {
        apart.push_back(std::move(group));
        continue;
      }
      mine.ranks.insert(mine.ranks.end(), group.ranks.begin(), group.ranks.end());
      mine.cores = joined(mine.cores, group.cores);
    }
    mine.ranks.push_back(rank);
    apart.push_back(std::move(mine));
    groups = std::move(apart);
  }
  std::vector<Ranks> result;
  for (auto& group : groups) result.push_back(std::move(group.ranks));
  return result;
}

constexpr std::string_view kMoreCores =
    "Lower --threads or OMP_NUM_THREADS, start fewer ranks, or ask for more cores (`srun --cpus-per-task=N`, "
    "`mpirun --bind-to none`)";
constexpr std::string_view kUnbind =
    "OMP_PROC_BIND binds the threads of each rank from the first core on that the rank may use: unset it, or "
    "have the launcher give each rank cores of its own (`srun --cpu-bind=cores`, `mpirun --map-by "
    "slot:PE=N`)";

/// Several ranks, and unbound they would have more cores.
bool is_bound_by_openmp(const Ranks& ranks) {
  return ranks.size() > 1 && std::any_of(ranks.begin(), ranks.end(), [](auto* rank) {
           return rank->places.size() > static_cast<std::size_t>(rank->threads);
         });
}

/// The quotas of the ranks, each once.
std::vector<CpuQuota> quotas_of(const Ranks& ranks) {
  std::vector<CpuQuota> all;
  for (const auto* rank : ranks) {
    for (const auto& quota : rank->quotas) {
      if (std::none_of(all.begin(), all.end(), [&](const auto& q) { return q.same_group(quota); }))
        all.push_back(quota);
    }
  }
  return all;
}

Ranks in_group_of(const CpuQuota& quota, const Ranks& ranks) {
  Ranks inside;
  std::copy_if(ranks.begin(), ranks.end(), std::back_inserter(inside), [&](auto* rank) {
    return std::any_of(rank->quotas.begin(), rank->quotas.end(),
                       [&](const auto& q) { return q.same_group(quota); });
  });
  return inside;
}

std::string quota_text(double cores) {
  return fmt::format("{:.3g} core{}", cores, cores == 1 ? "" : "s");
}

/// Threads beyond the quota of each group that they exceed, for the group with the smallest quota only.
void warn_of_quota(const Ranks& host, std::vector<std::string>& warnings) {
  const CpuQuota* least = nullptr;
  const std::vector<CpuQuota> quotas = quotas_of(host);
  for (const CpuQuota& quota : quotas) {
    const bool exceeded = threads_of(in_group_of(quota, host)) > quota.threads();
    if (exceeded && (least == nullptr || quota.cores < least->cores)) least = &quota;
  }
  if (least == nullptr) return;
  warnings.push_back(fmt::format(
      "{} share a CPU quota of {} (control group {}): threads beyond it stand still for a part of "
      "each period. Lower --threads or OMP_NUM_THREADS, start fewer ranks, or raise the quota "
      "(`docker run --cpus=N`, `limits.cpu` of Kubernetes)",
      team_text(in_group_of(*least, host)), quota_text(least->cores), least->group));
}

/// No rank can have another thread within its quotas.
bool quotas_are_used_up(const Ranks& host) {
  return std::all_of(host.begin(), host.end(), [&](auto* rank) {
    return std::any_of(rank->quotas.begin(), rank->quotas.end(), [&](const auto& quota) {
      return threads_of(in_group_of(quota, host)) >= quota.threads();
    });
  });
}

/// Warnings of one host, without its name.
std::vector<std::string> host_warnings(const Ranks& host) {
  std::vector<std::string> warnings;
  std::size_t bound_ranks = 0;  // one core, several threads, and no other rank uses the core
  std::size_t crowded_threads = 0, crowded_cores = 0;
  Ranks crowded;
  std::size_t used = 0;  // cores with a thread
  for (const auto& group : sharing_groups(host)) {
    const std::size_t cores = cores_of(group).size();
    const auto threads = static_cast<std::size_t>(threads_of(group));
    used += std::min(cores, threads);
    if (threads <= cores) continue;
    if (group.size() == 1 && cores == 1) {
      ++bound_ranks;
      continue;
    }
    crowded.insert(crowded.end(), group.begin(), group.end());
    crowded_threads += threads;
    crowded_cores += cores;
  }

  if (bound_ranks > 0) {
    warnings.push_back(fmt::format(
        "{} bound to one core with several threads: the threads take turns. mpirun binds "
        "each rank to one core unless told otherwise: use `mpirun --bind-to none` or `mpirun --map-by "
        "slot:PE=N` (N threads a rank); with srun `srun --cpus-per-task=N`",
        core::counted(bound_ranks, "rank") + (bound_ranks == 1 ? " is" : " are")));
  }
  if (!crowded.empty()) {
    warnings.push_back(fmt::format("{} share {} ({}): {} threads take turns. {}", team_text(crowded),
                                   core::counted(crowded_cores, "core"), core_list_text(cores_of(crowded)),
                                   crowded_threads, is_bound_by_openmp(crowded) ? kUnbind : kMoreCores));
  }

  CoreSet reachable = cores_of(host);
  const std::size_t bound_to = reachable.size();
  for (const auto* rank : host) reachable = joined(reachable, rank->launcher_cores);
  warn_of_quota(host, warnings);
  // Bound ranks: the sentence above has the remedy.
  if (used < reachable.size() && bound_ranks == 0 && !quotas_are_used_up(host)) {
    const bool binding = used == bound_to;
    warnings.push_back(fmt::format(
        "{} of {} ({}) have no thread: {}", reachable.size() - used, core::counted(reachable.size(), "core"),
        core_list_text(reachable),
        binding ? "the launcher binds the ranks to the others; use `mpirun --bind-to none` or `mpirun "
                  "--map-by slot:PE=N` (N threads a rank), or `srun --cpus-per-task=N`"
                : "raise --threads or OMP_NUM_THREADS, or start more ranks"));
  }
  return warnings;
}

std::string hosts_text(const std::vector<std::string>& hosts) {
  constexpr std::size_t kNamed = 4;
  if (hosts.size() <= kNamed) return fmt::format("{}", fmt::join(hosts, ", "));
  return fmt::format("{} ... {}", hosts.front(), hosts.back());
}

/// Sentences in order of first appearance, each with the hosts it holds for.
class SentencesByHost {
 public:
  void add(const std::string& sentence, const std::string& host) {
    const auto [it, fresh] = place_.try_emplace(sentence, list_.size());
    if (fresh) list_.emplace_back(sentence, std::vector<std::string>{});
    list_[it->second].second.push_back(host);
  }
  [[nodiscard]] const auto& list() const { return list_; }

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> list_;
  std::map<std::string, std::size_t> place_;
};

/// "(cores 0-5, 2 each)" where the masks are disjoint and equally large, else "(cores 0-5)"; and the least
/// quota that all of them are in.
std::string cores_text(const Ranks& ranks) {
  const CoreSet all = cores_of(ranks);
  const std::size_t each = ranks.front()->cores.size();
  const bool equal =
      std::all_of(ranks.begin(), ranks.end(), [&](auto* rank) { return rank->cores.size() == each; });
  const bool apart = ranks.size() > 1 && equal && all.size() == each * ranks.size();
  std::string quota;
  double least = 0;
  for (const CpuQuota& q : quotas_of(ranks)) {
    if (in_group_of(q, ranks).size() == ranks.size() && (quota.empty() || q.cores < least)) {
      least = q.cores;
      quota = fmt::format(", CPU quota of {}", quota_text(q.cores));
    }
  }
  return fmt::format("({} {}{}{})", all.size() == 1 ? "core" : "cores", core_list_text(all),
                     apart ? fmt::format(", {} each", each) : "", quota);
}

}  // namespace

std::vector<std::string> placement_warnings(std::span<const RankPlacement> ranks) {
  SentencesByHost sentences;
  for (const auto& [host, on_host] : by_host(ranks)) {
    for (const auto& warning : host_warnings(on_host)) sentences.add(warning, host);
  }
  std::vector<std::string> warnings;
  for (const auto& [sentence, hosts] : sentences.list()) {
    warnings.push_back(hosts.size() == 1 ? fmt::format("{}: {}", hosts.front(), sentence)
                                         : fmt::format("on each of {} hosts ({}): {}", hosts.size(),
                                                       hosts_text(hosts), sentence));
  }
  return warnings;
}

std::string placement_text(std::span<const RankPlacement> ranks) {
  SentencesByHost sentences;
  for (const auto& [host, on_host] : by_host(ranks)) {
    sentences.add(team_text(on_host) + '\n' + cores_text(on_host), host);
  }
  std::string text;
  for (const auto& [key, hosts] : sentences.list()) {
    const auto cut = key.find('\n');
    text += fmt::format("{}{} on {}{} {}", text.empty() ? "" : "; ", key.substr(0, cut),
                        hosts.size() == 1 ? "" : fmt::format("each of {} hosts: ", hosts.size()),
                        hosts_text(hosts), key.substr(cut + 1));
  }
  return text;
}

}  // namespace gforbit::sys
