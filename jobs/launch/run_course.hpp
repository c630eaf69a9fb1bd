/// The lifecycle of a run, the same for every job: claim the output, restore a checkpoint, work, publish.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gforbit/config/common.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sched/statistics.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/output_target.hpp"
#include "gforbit/sys/log.hpp"
#include "gforbit/sys/placement.hpp"
#include "launch/checkpoint.hpp"
#include "launch/process.hpp"
#include "launch/ranks.hpp"
#include "launch/run_record.hpp"
#include "launch/stopping.hpp"

namespace gforbit::launch {

/// How far a run is, in the words of its job.
struct Extent {
  std::uint64_t done = 0, all = 0;
  std::string what;       ///< "register"
  bool complete = false;  ///< nothing is left to do
};

/// What rank 0 may take: --memory, else 80 % of what is available, shared by the ranks of its node; never
/// more than the limits of the process leave (ulimit -v).
[[nodiscard]] std::uint64_t memory_bound(const config::CommonOptions& options,
                                         std::span<const sys::RankPlacement> ranks);
/// What to say before any work of a --memory that is more than rank 0 can have.
[[nodiscard]] std::vector<std::string> memory_warnings(std::uint64_t asked,
                                                       std::span<const sys::RankPlacement> ranks);

/// One run on rank 0. The calls come in the order they are declared in, from one thread.
class RunCourse {
 public:
  /// A job's part. `write` and `progress` are called while the team works, too, by thread 0.
  struct Job {
    std::string name;  ///< as ranks know it
    std::function<Extent()> extent;
    std::function<sched::QueueStatistics()> queue;
    std::function<sys::Progress(double elapsed_s)> progress;
    std::function<void()> stop;  ///< the plan hands out nothing more, and cancels what is out
    /// Publishes the output, complete unless the status is `stopped`. @return the digest of the results
    std::function<std::string(core::ExitStatus, const RunFacts&)> write;
  };

  /// Claims the output and decides how to begin.
  /// @param inputs  what the run reads
  /// @throws core::UsageError  the output is one of `inputs`; otherwise as store::OutputTarget and
  /// decide_start()
  RunCourse(const config::CommonOptions& options, Problem problem, const store::InputFiles& inputs,
            const RunContext& context);

  /// --resume found the output complete: says so. @return the exit status of the run that wrote it
  [[nodiscard]] std::optional<core::ExitStatus> complete();
  /// Logs the work, the ranks and the time limit; warns where ranks and cores do not fit.
  /// @param text    "3 registers"
  /// @param fields  for a log in JSON
  void announce(const std::string& text, std::initializer_list<sys::Field> fields);
  /// Makes the checkpoint, or restores what the one that is there holds. @throws as Checkpoint
  void open_checkpoint(RecordRules rules, const std::function<void(const store::JournalRecord&)>& restore);
  /// For the records of results from now on.
  void keep(store::JournalRecord record) { checkpoint_->add(std::move(record)); }
  /// Works until the plan has finished. @return false: it was stopped before; all is saved and said then
  [[nodiscard]] bool work(const Job& job, sched::WorkPlan& plan, sched::Executor& executor);
  /// Writes the complete results and says what the queue did. @return the digest
  /// @throws core::OutputError  they do not fit on the disk; the checkpoint has them, and the error says so
  [[nodiscard]] std::string publish(const Job& job, core::ExitStatus status);
  /// The results are complete: removes the checkpoint.
  void discard_checkpoint() { checkpoint_->discard(); }

  [[nodiscard]] const store::OutputTarget& target() const noexcept { return target_; }
  [[nodiscard]] sys::Log& log() noexcept { return log_; }
  [[nodiscard]] const RunFacts& facts() const noexcept { return facts_; }

 private:
  [[nodiscard]] double elapsed_s() const;
  std::string write(const Job& job, core::ExitStatus status);
  void say_resumed(const Extent& extent);
  void save_checkpoint();
  void save_what_can_be();
  void end_stopped(const Job& job, const std::string& reason);
  void log_scheduler();

  const config::CommonOptions& options_;
  const RunContext& context_;
  sys::Moment begin_;
  core::WorkClock::Time begin_work_;
  Problem problem_;
  std::string problem_text_;
  store::OutputTarget target_;
  Beginning begin_with_;
  sys::Log log_;
  WallLimit limit_;
  std::unique_ptr<Checkpoint> checkpoint_;
  RunFacts facts_;
};

}  // namespace gforbit::launch
