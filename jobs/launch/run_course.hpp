/// How a run that can be resumed begins and ends, done and said alike by every job.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>

#include "gforbit/config/common.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/sched/statistics.hpp"
#include "gforbit/sys/log.hpp"
#include "gforbit/sys/placement.hpp"
#include "launch/checkpoint.hpp"
#include "launch/ranks.hpp"
#include "launch/stopping.hpp"

namespace gforbit::launch {

/// How far a run is, in the words of its job.
struct Extent {
  std::uint64_t done = 0, all = 0;
  std::string what;  ///< "registers"
};

/// What rank 0 may take: --memory, else 80 % of what is available, shared by the ranks of its node.
[[nodiscard]] std::uint64_t memory_bound(const config::CommonOptions& options,
                                         std::span<const sys::RankPlacement> ranks);

/// What is to be done, by whom, until when; warnings where ranks and cores do not fit.
/// @param text    "3 registers"
/// @param fields  for a log in JSON
void announce_start(sys::Log& log, const std::string& text, std::initializer_list<sys::Field> fields,
                    const Ranks& ranks, const WallLimit& limit, const sys::Moment& now);

/// What a checkpoint had, or that there was none although --resume asked for it.
void announce_resume(sys::Log& log, const std::filesystem::path& output, bool resume,
                     const Checkpoint& checkpoint, const Extent& extent);

/// --resume found the output complete. @return the exit status of the run that wrote it
[[nodiscard]] core::ExitStatus say_complete(sys::Log& log, const std::filesystem::path& output);

/// The end of a run that was stopped: its checkpoint durable, what there is published (a failure of that is
/// no more than a warning), and how to go on.
/// @throws core::OutputError  the checkpoint cannot be written
void end_stopped(sys::Log& log, const std::filesystem::path& output, const std::string& reason,
                 Checkpoint& checkpoint, const std::function<std::string()>& write, const Extent& extent);

/// Writes the complete results. Should they not fit on the disk, the checkpoint has them, and the error says
/// so.
[[nodiscard]] std::string write_last(Checkpoint& checkpoint, const std::function<std::string()>& write);

/// What the queue did, and how busy the threads were.
void log_scheduler(sys::Log& log, const sched::QueueStatistics& queue, const RunReport& report);

}  // namespace gforbit::launch
