#include "gforbit/sys/machine.hpp"

#include <cstdlib>
#include <fstream>

#include "gforbit/core/text.hpp"

namespace gforbit::sys {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && core::trimmed(line.substr(0, colon)) == "model name") {
      return std::string(core::trimmed(line.substr(colon + 1)));
    }
  }
  return "unknown";
}

std::string slurm_job_id() {
  const char* const array = std::getenv("SLURM_ARRAY_JOB_ID");
  const char* const task = std::getenv("SLURM_ARRAY_TASK_ID");
  if (array != nullptr && task != nullptr) return std::string(array) + "_" + task;
  const char* const job = std::getenv("SLURM_JOB_ID");
  return job != nullptr ? job : "";
}

}  // namespace gforbit::sys
