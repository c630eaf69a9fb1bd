#include "process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

namespace gforbit::solvers {

namespace {

/// /proc/PID/stat; false where the process is gone.
bool read_entry(pid_t pid, ProcessEntry& entry) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 1024> text{};
  const auto size = read(file, text.data(), text.size() - 1);
  close(file);
  if (size <= 0) return false;
  const char* const rest = std::strrchr(text.data(), ')');  // the name before may hold anything
  if (rest == nullptr) return false;
  char state = 0;
  unsigned long user = 0, system = 0;
  long children_user = 0, children_system = 0, resident = 0;
  const int n = std::sscanf(rest + 1,
                            " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld %*d %*d %*d %*d %*u "
                            "%*u %ld",
                            &state, &entry.parent, &entry.group, &user, &system, &children_user,
                            &children_system, &resident);
  if (n != 8) return false;
  static const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  entry.pid = pid;
  entry.zombie = state == 'Z' || state == 'X';
  entry.cpu_s = static_cast<double>(user + system) / ticks;
  entry.children_cpu_s = static_cast<double>(children_user + children_system) / ticks;
  entry.resident = static_cast<std::uint64_t>(resident) * page;
  return true;
}

}  // namespace

void ProcessTable::scan() {
  self_ = getpid();
  entries_.clear();
  children_.clear();
  std::unordered_set<pid_t> listed;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  if (!folder) return;
  while (const dirent* const item = readdir(folder.get())) {
    const auto pid = static_cast<pid_t>(std::strtol(item->d_name, nullptr, 10));
    if (pid <= 0) continue;
    listed.insert(pid);
    if (foreign_.contains(pid)) continue;
    ProcessEntry entry;
    if (read_entry(pid, entry)) entries_.emplace(pid, entry);
  }
  std::erase_if(foreign_, [&](pid_t pid) { return !listed.contains(pid); });
  sort_out_foreign(listed);
  for (const auto& [pid, entry] : entries_) children_[entry.parent].push_back(pid);
}

/// Whose ancestors lead past this process is foreign. Where an ancestor has just ended nothing is decided:
/// its children have another parent at the next scan.
void ProcessTable::sort_out_foreign(const std::unordered_set<pid_t>& listed) {
  const auto is_foreign = [&](pid_t pid) {
    while (pid != self_) {
      if (pid <= 1 || foreign_.contains(pid)) return true;
      const auto found = entries_.find(pid);
      if (found == entries_.end()) return false;
      pid = found->second.parent;
    }
    return false;
  };
  std::vector<pid_t> found;
  for (const auto& [pid, entry] : entries_) {
    if (listed.contains(pid) && is_foreign(pid)) found.push_back(pid);
  }
  for (const pid_t pid : found) {
    foreign_.insert(pid);
    entries_.erase(pid);
  }
}

std::vector<ProcessEntry> ProcessTable::descendants(pid_t root) const {
  std::vector<ProcessEntry> below;
  std::vector<pid_t> open{root};
  while (!open.empty()) {
    const auto children = children_.find(open.back());
    open.pop_back();
    if (children == children_.end()) continue;
    for (const pid_t child : children->second) {
      below.push_back(entries_.at(child));
      open.push_back(child);
    }
  }
  return below;
}

const ProcessEntry* ProcessTable::find(pid_t pid) const {
  const auto found = entries_.find(pid);
  return found == entries_.end() ? nullptr : &found->second;
}

double cpu_seconds(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

pid_t number_here(pid_t parent, pid_t inner) {
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", parent));
  for (pid_t child = 0; children >> child;) {
    std::ifstream status(fmt::format("/proc/{}/status", child));
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("NSpid:")) continue;
      if (std::atoi(line.substr(line.find_last_of(" \t") + 1).c_str()) == inner) return child;
    }
  }
  return -1;
}

void kill_descendants(const ProcessTable& table, pid_t root) {
  for (const ProcessEntry& entry : table.descendants(root)) {
    // A group that began below the root: the leader of its session is the solver or something it started.
    if (entry.group > 1 && entry.group != root && entry.group != getpgrp()) kill(-entry.group, SIGKILL);
    kill(entry.pid, SIGKILL);
  }
}

}  // namespace gforbit::solvers
