/// What every job does alike around its run: how it speaks, and what its file says of the run itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "gforbit/config/common.hpp"
#include "gforbit/sched/statistics.hpp"
#include "gforbit/store/result_writer.hpp"
#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/launcher.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/checkpoint.hpp"
#include "launch/ranks.hpp"

namespace gforbit::launch {

/// Key of a problem, before the name of an input file: when the file was changed last.
inline constexpr const char* kModificationOf = "modification time of ";

/// What the file says of the run, under /runtime.
struct RunFacts {
  std::string mpi;  ///< library version, "none" without a launcher
  std::string launcher;
  std::vector<std::string> argv;
  std::chrono::system_clock::time_point created, finished;
  sys::SteadyTime begin;
  double elapsed_s = 0;
  RunReport report;
  sched::QueueStatistics queue;
  std::string problem;        ///< problem_text()
  std::string batch_problem;  ///< the same without --part
  std::int32_t restarts = 0;
  CheckpointStatistics checkpoint;
};

/// What is known when a run begins.
[[nodiscard]] RunFacts begin_facts(const Problem& problem, const Checkpoint& checkpoint,
                                   const sys::Launcher& launcher, std::string mpi,
                                   std::vector<std::string> argv, const sys::Moment& begin);
/// What is known whenever the file is written.
void update_facts(RunFacts& facts, const Checkpoint& checkpoint, const sched::QueueStatistics& queue);

/// Attributes of /runtime and /runtime/scheduler, the tables /runtime/threads and /runtime/scheduler/times,
/// and the effective configuration as runtime/config.
void write_facts(store::ResultWriter& file, const std::string& configuration, const RunFacts& facts);

/// When each thread was at work; written by write_ranks().
[[nodiscard]] store::TableSpec runtime_utilization_table();

/// What units of work and the work that is done are called by a job: columns of /runtime/ranks.
struct RankWords {
  store::ColumnSpec units, work;
  std::string busy = "busy time";
};

[[nodiscard]] store::TableSpec runtime_ranks_table(const RankWords& words);

/// What write_facts() and write_ranks() write: tables, attributes of /runtime and of /runtime/scheduler.
struct RunLayout {
  std::vector<store::TableSpec> tables;
  std::vector<store::AttributeSpec> runtime, scheduler;
};
[[nodiscard]] RunLayout run_layout(const RankWords& words);

/// /runtime/ranks, one row a rank: host, threads, units, work done, busy, waiting and communicating seconds.
void write_ranks(store::ResultWriter& file, const RankWords& words, const RunReport& report);

inline constexpr const char* kRuntime = "runtime";
inline constexpr const char* kScheduler = "runtime/scheduler";
inline constexpr const char* kRuntimeConfig = "runtime/config";
inline constexpr const char* kRuntimePart = "runtime/part";
/// What `merge` must know of a part, as attributes of the table /runtime/part, which the job has written.
/// @param first, end  rows of the batch that the part has
void write_part_facts(store::ResultWriter& file, config::Part part, std::uint64_t first, std::uint64_t end,
                      const std::string& problem);

/// The attributes that write_part_facts() writes.
[[nodiscard]] std::vector<store::AttributeSpec> part_attributes();

/// The format of the result file, by the common options.
[[nodiscard]] store::Hdf5Format file_format(const config::CommonOptions& options);

/// How rank 0 logs, by the common options.
/// @param terminal  messages go to one
[[nodiscard]] sys::Log::Options log_options(const config::CommonOptions& options,
                                            const sys::Launcher& launcher, bool terminal);

}  // namespace gforbit::launch
