/// When the batch system will end this job: the default of --wall-limit.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/launcher.hpp"

namespace gforbit::sys {

struct JobEnd {
  std::chrono::system_clock::time_point time;
  std::string source;  ///< where it comes from: "SLURM_JOB_END_TIME", "squeue"
};

/// What `squeue -h -o %L` prints: "1-02:03:04", "02:03:04", "03:04"; nullopt for UNLIMITED, INVALID and the
/// like.
[[nodiscard]] std::optional<Seconds> slurm_time_left(std::string_view text);

/// What squeue says of the time left of a job; nullopt where it cannot be asked or is silent for 5 seconds.
/// Starts a process: call it before MPI is initialized.
[[nodiscard]] std::optional<std::string> ask_squeue(const std::string& job);

/// SLURM_JOB_END_TIME, else what `ask` says (Slurm 22.05 does not set the variable); nullopt outside Slurm
/// and for jobs without an end.
[[nodiscard]] std::optional<JobEnd> slurm_job_end(
    const Environment& environment, const Moment& now,
    const std::function<std::optional<std::string>(const std::string& job)>& ask = ask_squeue);

}  // namespace gforbit::sys
