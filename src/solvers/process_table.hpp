/// The processes below this one, as /proc tells.
///
/// A scan reads every process of the machine once and afterwards only new ones and our own: a process that is
/// no descendant never becomes one, as long as its number is not given to another.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gforbit::solvers {

struct ProcessEntry {
  pid_t pid = 0, parent = 0, group = 0;
  bool zombie = false;
  double cpu_s = 0;            ///< its own, all threads
  double children_cpu_s = 0;   ///< of children that it has waited for, in clock ticks
  std::uint64_t resident = 0;  ///< bytes
};

class ProcessTable {
 public:
  /// Looks at /proc now.
  void scan();
  /// All processes below `root` at the time of the scan, without it.
  [[nodiscard]] std::vector<ProcessEntry> descendants(pid_t root) const;
  /// nullptr where the scan did not see it.
  [[nodiscard]] const ProcessEntry* find(pid_t pid) const;

 private:
  void sort_out_foreign(const std::unordered_set<pid_t>& listed);

  pid_t self_ = 0;
  std::unordered_map<pid_t, ProcessEntry> entries_;
  std::unordered_map<pid_t, std::vector<pid_t>> children_;
  std::unordered_set<pid_t> foreign_;
};

/// CPU seconds of a live process, all threads; negative where there is none.
[[nodiscard]] double cpu_seconds(pid_t pid);

/// The number here of the child of `parent` that has the number `inner` in its own namespace; -1 where the
/// system does not tell.
[[nodiscard]] pid_t number_here(pid_t parent, pid_t inner);

/// SIGKILL to everything below `root` that the table knows, and to the process groups made there: a group
/// dies at once, even if it forks faster than it can be listed.
void kill_descendants(const ProcessTable& table, pid_t root);

}  // namespace gforbit::solvers
