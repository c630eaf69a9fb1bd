/// What a job type supplies. Everything else of a run, from the claim on the output to the exit status, is in
/// lead.cpp and the same for all jobs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/config/common.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/report/job_report.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/result_writer.hpp"
#include "gforbit/sys/log.hpp"
#include "gforbit/sys/placement.hpp"
#include "launch/checkpoint.hpp"
#include "launch/process.hpp"
#include "launch/run_record.hpp"
#include "skeleton/batch_rows.hpp"
#include "skeleton/plan.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::skeleton {

using Arguments = std::span<const std::string>;
using MakeExecutor = std::function<std::unique_ptr<sched::Executor>()>;

/// The options of a job are a struct derived from this one.
struct JobOptions {
  config::CommonOptions common;
  config::Settings settings;  ///< where the values came from, and the effective configuration as text
};

/// What a run works on.
struct Subject {
  std::string text;                ///< "3 registers"
  std::vector<sys::Field> fields;  ///< the same for a log in JSON
  /// What decides about results besides the options: digests of input files, by name.
  launch::Problem problem{};
  store::InputFiles files{};  ///< that the run reads
  /// Raised when records of the checkpoint change: a checkpoint of another format is refused.
  int checkpoint_format = 1;
  std::vector<std::string> notes{};  ///< said before the work: what the user may not expect of it
};

/// How much is done, for progress messages.
struct Work {
  double share = -1;            ///< of all work, 0 to 1; negative: unknown
  std::uint64_t amount = 0;     ///< with what was restored
  std::string_view unit;        ///< of the amount: "steps"
  std::uint64_t under_way = 0;  ///< done too, but not taken yet
  std::string note{};           ///< what else is to be said
  bool has_rate = true;         ///< false: no rate is shown until the amount grows
};

/// An item that did not complete.
struct Failure {
  std::uint64_t row = 0;
  std::string text;  ///< "row 3: why"
};

/// How the rows of the input ended.
struct RowEnds {
  std::uint64_t completed = 0, others = 0;
  bool unfinished = false;          ///< rows failed or timed out
  std::vector<Failure> failures{};  ///< the first of these
};

/// @param status_of  of a row: RowStatus
/// @param text_of    of a row that failed or timed out: the text of its failure; empty: another row says it
[[nodiscard]] RowEnds count_ends(std::uint64_t n_rows,
                                 const std::function<RowStatus(std::uint64_t row)>& status_of,
                                 const std::function<std::string(std::uint64_t row)>& text_of);

/// What has become of a run whose results are published.
struct Conclusion {
  std::string text;  ///< "12 completed, 1 not; 3.1e9 steps in 2.0 s, 1.5e9 steps/s"
  std::vector<sys::Field> fields;
  std::vector<Failure> failures{};
};

/// "3.1e9 steps in 2.0 s, 1.5e9 steps/s".
/// @param done  "3.1e9 steps"
[[nodiscard]] std::string speed_text(const std::string& done, std::uint64_t amount, std::string_view unit,
                                     double elapsed_s);

/// A job's part of one run, on rank 0. The constructor reads and checks the input. Before the work the
/// skeleton calls the functions in the order of their declaration, each at most once, and options() any
/// number of times; those of the next two sections in any order and any number of times, also after the work.
class Run {
 public:
  virtual ~Run() = default;

  // ---- before the work ----

  [[nodiscard]] virtual const JobOptions& options() const = 0;
  /// The ranks are known. @throws core::UsageError  the work does not fit them
  virtual void place(std::span<const sys::RankPlacement> ranks) { static_cast<void>(ranks); }
  /// For --dry-run, which ends the run here.
  virtual void print_plan(std::ostream& out) = 0;
  [[nodiscard]] virtual Subject subject() = 0;
  /// Makes the plan, which belongs to the run.
  /// @param context  outlives the run
  [[nodiscard]] virtual Plan& begin(const launch::RunContext& context) = 0;
  /// What the checkpoint should know of the records of the plan; `survey` is set by the skeleton.
  [[nodiscard]] virtual launch::RecordRules record_rules() { return {}; }
  /// The executor of rank 0.
  /// @param usual  makes one as on the other ranks
  [[nodiscard]] virtual std::unique_ptr<sched::Executor> make_executor(const MakeExecutor& usual) {
    return usual();
  }

  // ---- at work: thread 0, between slices ----

  [[nodiscard]] virtual Work work_done() const = 0;

  // ---- results: also while the work goes on (--snapshot-interval) ----

  /// Of a run whose plan has finished.
  [[nodiscard]] virtual RowEnds ends() const = 0;
  [[nodiscard]] virtual core::ExitStatus exit_status() const {
    return ends().unfinished ? core::ExitStatus::unfinished : core::ExitStatus::done;
  }
  /// Publishes the output.
  /// @param write_file  writes the result file; @return the digest
  /// @param complete    the last time
  /// @throws core::Error  with ExitStatus::stopped: a signal came while it worked on something else than the
  /// file
  virtual std::string publish(const std::function<std::string()>& write_file, bool complete) {
    static_cast<void>(complete);
    return write_file();
  }
  /// The tables of the job: those of /results, and its own of /runtime.
  virtual void write_tables(store::ResultWriter& file, const launch::RunFacts& facts) = 0;
  /// What the columns of /runtime/ranks are called.
  [[nodiscard]] virtual launch::RankWords rank_words() const = 0;

  /// With --part: writes the table runtime/part, which `merge` needs. @return the rows of the whole batch
  /// that it has
  [[nodiscard]] virtual PartRows write_part(store::ResultWriter& file) = 0;

  // ---- afterwards ----

  /// @param gained  the growth of Work::amount in this run
  [[nodiscard]] virtual Conclusion conclude(sys::Log& log, const launch::RunFacts& facts,
                                            std::uint64_t gained) const;
};

/// A job type in one process of a run.
struct JobProcess {
  MakeExecutor make_executor;
  std::function<std::unique_ptr<Run>(Arguments)> make_run;  ///< rank 0: reads options and input
};

/// A job type: what the program lists.
struct JobType {
  std::string name;
  /// The command and its options, for pages; the values that it binds to are gone.
  std::function<config::Command()> describe;
  /// Called on every rank before MPI and threads are started. What the functions hold lives as long as the
  /// process works: a job that needs to fork does it here.
  std::function<JobProcess()> start;
  report::JobReport report;  ///< of summary, check and merge
  std::map<std::string, std::function<std::string()>>
      pages{};  ///< options that print a text instead of a run
};

/// For a job whose process holds nothing: `JobRun` is made of its options, `Executor` of nothing.
template <class JobRun, class Executor, class Options>
[[nodiscard]] JobType job_type(config::Command (*command)(Options&), Options (*parse)(Arguments),
                               report::JobReport report) {
  const auto describe = [command] {
    Options none;
    return command(none);
  };
  const auto start = [parse] {
    return JobProcess{[] { return std::make_unique<Executor>(); },
                      [parse](Arguments arguments) { return std::make_unique<JobRun>(parse(arguments)); }};
  };
  return {describe().name, describe, start, std::move(report)};
}

}  // namespace gforbit::skeleton
