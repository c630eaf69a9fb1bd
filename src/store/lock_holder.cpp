#include "lock_holder.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "gforbit/core/text.hpp"

namespace gforbit::store {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

std::string host_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return host.data();
}

/// Process numbers mean something within one boot and one namespace of processes.
std::string process_space() {
  struct stat space {};
  return ::stat("/proc/self/ns/pid", &space) == 0 ? fmt::format("{}", space.st_ino) : std::string{};
}

/// "KEY=VALUE" between blanks; empty if there is none.
std::string_view value_of(std::string_view text, std::string_view key) {
  const std::string start = fmt::format(" {}=", key);
  const auto at = text.find(start);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + start.size());
  return rest.substr(0, rest.find_first_of(" \n"));
}

long number(std::string_view text) {
  long value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// How often Slurm has put this job back in the queue; it says nothing the first time.
long slurm_restarts() {
  const std::string restarts = variable("SLURM_RESTART_COUNT");
  return restarts.empty() ? 0 : number(restarts);
}

bool was_earlier_start(std::string_view facts) {
  const std::string job = variable("SLURM_JOB_ID");
  const long then = number(value_of(facts, "slurm_restarts"));
  return !job.empty() && value_of(facts, "slurm_job") == job && then >= 0 && then < slurm_restarts();
}

bool has_ended_here(std::string_view facts) {
  const long process = number(value_of(facts, "process"));
  const std::string space = process_space();
  return process > 0 && !space.empty() && value_of(facts, "space") == space &&
         value_of(facts, "host") == host_name() && ::kill(static_cast<pid_t>(process), 0) != 0 &&
         errno == ESRCH;
}

}  // namespace

std::string lock_text() {
  const std::string job = variable("SLURM_JOB_ID");
  std::string text = fmt::format("process {} on host {}", ::getpid(), host_name());
  if (!job.empty()) text += fmt::format(", Slurm job {}", job);
  text += fmt::format("\nfacts: process={} host={} space={}", ::getpid(), host_name(), process_space());
  if (!job.empty()) text += fmt::format(" slurm_job={} slurm_restarts={}", job, slurm_restarts());
  return text + "\n";
}

std::string holder_of(std::string_view lock_text) {
  const std::string line(core::trimmed(lock_text.substr(0, lock_text.find('\n'))));
  return line.empty() ? "an unnamed process" : core::quoted(line, 512);
}

bool is_gone(std::string_view lock_text) {
  const auto line = lock_text.find("\nfacts:");
  if (line == std::string_view::npos || !lock_text.ends_with('\n')) return false;
  const std::string_view facts = lock_text.substr(line + 1);
  return was_earlier_start(facts) || has_ended_here(facts);
}

}  // namespace gforbit::store
