#include "skeleton/lead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/store/output_target.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/sys/human.hpp"
#include "launch/cancel_watch.hpp"
#include "launch/memory.hpp"
#include "launch/run_control.hpp"
#include "launch/stopping.hpp"

namespace gforbit::skeleton {

namespace {

using core::ExitStatus;

launch::Problem problem_of(const std::string& job, const JobOptions& options, const Subject& subject) {
  launch::Problem problem{{"job", job}, {"checkpoint format", std::to_string(subject.checkpoint_format)}};
  for (const auto* const keys : {&options.settings.problem(), &subject.problem})
    problem.insert(problem.end(), keys->begin(), keys->end());
  return problem;
}

store::OutputTarget claim(const config::CommonOptions& options, const store::InputFiles& inputs) {
  inputs.refuse_result(options.output);
  return {options.output, options.force || options.resume};
}

/// One run. The calls come in the order they are declared in, from one thread.
class Course {
 public:
  /// Claims the output and decides how to begin.
  /// @throws core::UsageError  the output is an input; otherwise as store::OutputTarget, decide_start()
  Course(const JobType& type, const JobProcess& process, Run& run, const launch::RunContext& context);

  /// --resume found the output complete: says so. @return the exit status of the run that wrote it
  [[nodiscard]] std::optional<ExitStatus> complete();
  /// Logs the work, the ranks and the time limit; warns where ranks and cores do not fit.
  void announce();
  /// Makes plan and checkpoint, or restores what the checkpoint that is there holds. @throws as Checkpoint
  void begin();
  /// Works until the plan has finished. @return false: it was stopped before; all is saved and said then
  [[nodiscard]] bool work();
  /// Writes the complete results, says what became of the run, removes the checkpoint.
  /// @throws core::OutputError  they do not fit on the disk; the checkpoint has them, and the error says so
  [[nodiscard]] ExitStatus end();

 private:
  [[nodiscard]] double elapsed_s() const;
  [[nodiscard]] sys::Progress progress() const;
  [[nodiscard]] std::uint64_t gained(const Work& work) const { return work.amount - before_.amount; }
  [[nodiscard]] store::CancelAnswer cancel(const std::string& item);
  std::string write(ExitStatus status);
  std::string write_file(ExitStatus status);
  void say_resumed(const Extent& extent);
  void save_checkpoint();
  void save_what_can_be();
  void end_stopped(const std::string& reason);
  void log_scheduler();
  void conclude(const std::string& digest);

  const JobType& type_;
  const JobProcess& process_;
  Run& run_;
  const config::CommonOptions& options_;
  const launch::RunContext& context_;
  sys::Moment begin_;
  core::WorkClock::Time begin_work_;
  Subject subject_;
  launch::Problem problem_;
  std::string problem_text_;
  store::OutputTarget target_;
  launch::Beginning begin_with_;
  sys::Log log_;
  launch::CancelWatch cancels_;
  launch::WallLimit limit_;
  Plan* plan_ = nullptr;
  std::unique_ptr<launch::Checkpoint> checkpoint_;
  std::unique_ptr<sched::Executor> executor_;
  Work before_;  ///< when this run began
  launch::RunFacts facts_;
};

Course::Course(const JobType& type, const JobProcess& process, Run& run, const launch::RunContext& context)
    : type_(type),
      process_(process),
      run_(run),
      options_(run.options().common),
      context_(context),
      begin_(sys::now()),
      begin_work_(core::work_now()),
      subject_(run.subject()),
      problem_(problem_of(type.name, run.options(), subject_)),
      problem_text_(launch::problem_text(problem_)),
      target_(claim(options_, subject_.files)),
      begin_with_(launch::decide_start(target_.path(), options_.force, options_.resume, problem_text_)),
      log_(context.messages,
           launch::log_options(options_, context.world.launcher, context.messages_on_terminal)),
      cancels_(target_.path(), log_),
      limit_(launch::wall_limit(options_.wall_limit, context.world.job_end, begin_)) {
  // A result file can be made here, which HDF5 may refuse for reasons of its own (locks).
  if (begin_with_.start == launch::Start::fresh) cancels_.forget();
  if (begin_with_.start != launch::Start::complete) {
    const store::ResultWriter probe(target_);
  }
}

std::optional<ExitStatus> Course::complete() {
  if (begin_with_.start != launch::Start::complete) return std::nullopt;
  const auto said = store::ResultReader(target_.path()).integer_attribute("/", "exit_status").value_or(0);
  const auto status = static_cast<ExitStatus>(said);
  log_.info("complete",
            fmt::format("'{}' is complete already: nothing to resume{}", target_.path().string(),
                        status == ExitStatus::unfinished
                            ? "; --force starts from the beginning and tries failed and timed out items again"
                            : ""));
  return status;
}

void Course::announce() {
  const auto placements = context_.world.ranks.placements();
  std::string line = fmt::format("{}; {}", subject_.text, sys::placement_text(placements));
  if (!limit_.deadline.never()) {
    line += fmt::format("; stops within {} ({})",
                        sys::duration_text(limit_.deadline.left(begin_.steady).count()), limit_.source);
  }
  log_.info("start", line, subject_.fields);
  for (const std::string& note : subject_.notes) log_.info("note", note);
  for (const std::string& warning : sys::placement_warnings(placements)) log_.warning("placement", warning);
  if (!options_.memory) return;
  for (const std::string& warning : launch::memory_warnings(*options_.memory, placements))
    log_.warning("memory", warning);
}

void Course::begin() {
  plan_ = &run_.begin(context_);
  launch::RecordRules rules = run_.record_rules();
  rules.survey = [this](const store::JournalRecord& record) { plan_->survey(record); };
  const auto path = launch::checkpoint_path(target_.path());
  if (!begin_with_.warning.empty()) log_.warning("checkpoint", begin_with_.warning);
  if (begin_with_.start == launch::Start::fresh) {
    context_.world.answer_signals();
    checkpoint_ = std::make_unique<launch::Checkpoint>(path, problem_text_, std::move(rules));
  } else {
    checkpoint_ = std::make_unique<launch::Checkpoint>(
        path, problem_text_, std::move(rules),
        [this](const store::JournalRecord& record) { plan_->restore(record); });
  }
  checkpoint_->before_writing([this] { target_.renew(); });
  plan_->end_restore();
  before_ = run_.work_done();
  plan_->keep_results([this](store::JournalRecord record) { checkpoint_->add(std::move(record)); });
}

bool Course::work() {
  context_.world.answer_signals();
  say_resumed(plan_->extent());
  facts_ = launch::begin_facts(problem_, *checkpoint_, context_.world.launcher, context_.world.mpi,
                               context_.argv, begin_);
  executor_ = run_.make_executor(process_.make_executor);
  launch::Ranks& ranks = context_.world.ranks;
  launch::RunControl control(
      launch::Stopping(context_.world.signals, limit_), ranks, *checkpoint_, log_,
      {options_.checkpoint_interval, options_.snapshot_interval}, [this] { plan_->stop(); },
      [this] { static_cast<void>(write(ExitStatus::stopped)); });
  try {
    facts_.report = ranks.work(type_.name, *plan_, *executor_, [&] {
      control.look();
      if (control.stop_reason().empty()) cancels_.look([&](const std::string& item) { return cancel(item); });
      log_.progress(progress());
    });
  } catch (const std::exception&) {
    save_what_can_be();
    throw;
  }
  log_.end_progress(progress());
  if (control.stop_reason().empty() || plan_->extent().complete()) return true;
  end_stopped(control.stop_reason());
  return false;
}

ExitStatus Course::end() {
  const ExitStatus status = run_.exit_status();
  std::string digest;
  try {
    digest = write(status);
  } catch (const core::OutputError& error) {
    save_checkpoint();
    throw core::OutputError(
        fmt::format("{}; all results are in the checkpoint: free disk space or allow writing there, then "
                    "--resume writes them",
                    error.what()));
  } catch (const core::Error& error) {
    if (error.status() != ExitStatus::stopped) throw;
    save_checkpoint();
    log_.info("stopped", error.what());
    return ExitStatus::stopped;
  }
  if (facts_.queue.submitted > 1) log_scheduler();
  conclude(digest);
  checkpoint_->discard();
  return status;
}

/// For `gforbit cancel`. A restart must know of it soon.
store::CancelAnswer Course::cancel(const std::string& item) {
  const Cancellation cancelled = plan_->cancel(item);
  context_.world.ranks.apply_cancellations();
  if (cancelled.done) checkpoint_->request();
  return {cancelled.done, cancelled.text};
}

double Course::elapsed_s() const {
  return sys::Seconds(core::work_now() - begin_work_).count();
}

/// Rate and time left from the share of the work that this run has done.
sys::Progress Course::progress() const {
  constexpr double kLeastGain = 0.001;
  const double elapsed = elapsed_s();
  const Work work = run_.work_done();
  const sched::QueueStatistics queue = plan_->statistics();
  sys::Progress shown;
  shown.done = work.share;
  const std::uint64_t done = gained(work) + work.under_way;
  const bool has_rate = elapsed > 0 && (work.has_rate || done > 0);
  shown.rate = has_rate ? static_cast<double>(done) / elapsed : -1;
  shown.unit = work.unit;
  if (const double gain = work.share - before_.share; before_.share >= 0 && gain > kLeastGain)
    shown.seconds_left = elapsed * (1 - work.share) / gain;
  shown.ranks = context_.world.ranks.size();
  shown.busy_share = context_.world.ranks.busy_share();
  shown.note = fmt::format("{} running, {} queued", queue.running, queue.pending);
  if (!work.note.empty()) shown.note += "; " + work.note;
  return shown;
}

std::string Course::write(ExitStatus status) {
  launch::update_facts(facts_, *checkpoint_, plan_->statistics());
  return run_.publish([&] { return write_file(status); }, status != ExitStatus::stopped);
}

std::string Course::write_file(ExitStatus status) {
  store::ResultWriter file(target_, launch::file_format(options_));
  file.set_header(type_.name, status != ExitStatus::stopped, status);
  run_.write_tables(file, facts_);
  launch::write_facts(file, run_.options().settings.text(), facts_);
  launch::write_ranks(file, run_.rank_words(), facts_.report);
  if (options_.part.count > 1) {
    const PartRows rows = run_.write_part(file);
    launch::write_part_facts(file, options_.part, rows.first, rows.end, facts_.batch_problem);
  }
  return file.commit();
}

/// Logs what the checkpoint held, or that there was none although --resume was given.
void Course::say_resumed(const Extent& extent) {
  if (const auto& resumed = checkpoint_->resumed()) {
    log_.info(
        "resume",
        fmt::format("resumed from '{}': {} of {} done", launch::checkpoint_path(target_.path()).string(),
                    extent.done, core::counted(extent.all, extent.what)),
        {{"restarts", static_cast<std::int64_t>(resumed->restarts)}, {"rows_done", extent.done}});
    for (const std::string& other : resumed->other_ways) {
      log_.info("resume", fmt::format("this run differs from the one before: {}", other));
    }
    if (!resumed->damage.empty()) {
      log_.warning("checkpoint",
                   fmt::format("the checkpoint had {}: the records after it are discarded and computed again",
                               resumed->damage));
    }
  } else if (options_.resume && begin_with_.warning.empty()) {
    log_.info("resume", "there is no checkpoint: starting from the beginning");
  }
}

/// Makes the checkpoint durable, or throws an error that says what --resume can use.
void Course::save_checkpoint() {
  try {
    checkpoint_->finish();
  } catch (const core::OutputError& error) {
    throw core::OutputError(
        fmt::format("{}; {}", error.what(),
                    checkpoint_->holds_earlier_writes()
                        ? "the checkpoint holds the earlier results, and --resume continues from there"
                        : "the results of this run are not saved, and --resume can continue only from the "
                          "rest of the checkpoint"));
  }
}

/// The run ends by an error after which --resume may help: saves as much as the disk can hold.
void Course::save_what_can_be() {
  try {
    checkpoint_->finish();
  } catch (const std::exception&) {
    // The earlier writes remain; the error that ends the run says what to do.
  }
}

/// Makes the checkpoint durable, publishes the results so far (a failure is only a warning), and says how to
/// continue.
void Course::end_stopped(const std::string& reason) {
  save_checkpoint();
  try {
    static_cast<void>(write(ExitStatus::stopped));
  } catch (const core::OutputError& error) {
    log_.warning("output", error.what());
  }
  save_checkpoint();  // it is still there
  const Extent extent = plan_->extent();
  log_.info("stopped",
            fmt::format("stopped for {}: {} of {} done; checkpoint '{}' saved, --resume continues", reason,
                        extent.done, core::counted(extent.all, extent.what),
                        launch::checkpoint_path(target_.path()).string()),
            {{"reason", reason}, {"rows_done", extent.done}, {"rows", extent.all}});
}

/// Logs the statistics of the queue and how busy the threads were.
void Course::log_scheduler() {
  const sched::QueueStatistics& queue = facts_.queue;
  sched::TimeHistogram waits, runs;
  for (const auto priority : sched::kPriorities) {
    waits.merge(queue.waits[sched::index_of(priority)]);
    runs.merge(queue.runs[sched::index_of(priority)]);
  }
  const double busy = launch::sum_of_threads(facts_.report.ranks).busy_share();
  log_.info(
      "scheduler",
      fmt::format("{}: {} completed, {} failed, {} timed out, {} cancelled, {} coalesced, {} pending; "
                  "{} items/s, median wait {:.2g} s, median run {:.2g} s; threads {:.0f} % busy",
                  core::counted(queue.submitted, "item"), queue.completed, queue.failed, queue.timed_out,
                  queue.cancelled, queue.coalesced, queue.pending + queue.running,
                  sys::quantity_text(queue.rate()), waits.quantile_s(0.5), runs.quantile_s(0.5), 100 * busy),
      {{"submitted", queue.submitted},
       {"coalesced", queue.coalesced},
       {"completed", queue.completed},
       {"failed", queue.failed},
       {"timed_out", queue.timed_out},
       {"cancelled", queue.cancelled},
       {"pending", queue.pending},
       {"running", queue.running},
       {"largest_pending", queue.largest_pending},
       {"items_per_s", queue.rate()},
       {"busy_share", busy}});
}

/// The last lines: what was done, and the first items that failed.
void Course::conclude(const std::string& digest) {
  Conclusion said = run_.conclude(log_, facts_, gained(run_.work_done()));
  for (auto& field : std::vector<sys::Field>{
           {"elapsed_s", facts_.elapsed_s}, {"output", options_.output}, {"results_sha256", digest}})
    said.fields.push_back(std::move(field));
  log_.info("done", fmt::format("{}; {} written, results_sha256 {}", said.text, options_.output, digest),
            said.fields);
  for (const Failure& failure : said.failures) log_.warning("row", failure.text, {{"row", failure.row}});
}

}  // namespace

std::string speed_text(const std::string& done, std::uint64_t amount, std::string_view unit,
                       double elapsed_s) {
  return fmt::format("{} in {}, {} {}/s", done, sys::duration_text(elapsed_s),
                     sys::quantity_text(static_cast<double>(amount) / std::max(elapsed_s, 1e-9)), unit);
}

RowEnds count_ends(std::uint64_t n_rows, const std::function<RowStatus(std::uint64_t row)>& status_of,
                   const std::function<std::string(std::uint64_t row)>& text_of) {
  constexpr std::size_t kShown = 5;
  RowEnds ends;
  for (std::uint64_t row = 0; row < n_rows; ++row) {
    const RowStatus status = status_of(row);
    ++(status == RowStatus::completed ? ends.completed : ends.others);
    if (status != RowStatus::failed && status != RowStatus::timed_out) continue;
    ends.unfinished = true;
    if (ends.failures.size() == kShown) continue;
    if (std::string text = text_of(row); !text.empty()) ends.failures.push_back({row, std::move(text)});
  }
  return ends;
}

Conclusion Run::conclude(sys::Log&, const launch::RunFacts& facts, std::uint64_t gained) const {
  const RowEnds rows = ends();
  const std::string_view unit = work_done().unit;
  const std::string done = fmt::format("{} {}", sys::quantity_text(static_cast<double>(gained)), unit);
  return {fmt::format("{} completed, {} not; {}", rows.completed, rows.others,
                      speed_text(done, gained, unit, facts.elapsed_s)),
          {{"completed", rows.completed}, {"not_completed", rows.others}, {unit, gained}},
          rows.failures};
}

ExitStatus lead(const JobType& type, const JobProcess& process, const launch::RunContext& context) {
  const std::unique_ptr<Run> run = process.make_run(context.argv);
  launch::Ranks& ranks = context.world.ranks;
  ranks.set_threads(run->options().common.threads);
  run->place(ranks.placements());
  if (run->options().common.dry_run) {
    run->print_plan(context.results);
    return ExitStatus::done;
  }
  Course course(type, process, *run, context);
  if (const auto status = course.complete()) return *status;
  course.announce();
  course.begin();
  return course.work() ? course.end() : ExitStatus::stopped;
}

}  // namespace gforbit::skeleton
