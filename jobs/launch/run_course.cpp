#include "launch/run_course.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/limits.hpp"
#include "gforbit/sys/memory.hpp"
#include "launch/run_control.hpp"

namespace gforbit::launch {

namespace {

/// Bytes that the limits of rank 0's process leave; nullopt: it has none.
std::optional<std::uint64_t> addresses_left(std::span<const sys::RankPlacement> ranks) {
  return sys::address_space_left(sys::process_limits(), ranks[0].threads);
}

/// Rank 0's share of the memory of its node. @throws core::EnvironmentError if the kernel does not tell
std::uint64_t share_of_memory(std::span<const sys::RankPlacement> ranks) {
  const auto neighbors =
      std::count_if(ranks.begin(), ranks.end(), [&](const auto& r) { return r.host == ranks[0].host; });
  return sys::available_memory() / static_cast<std::uint64_t>(neighbors);
}

}  // namespace

std::uint64_t memory_bound(const config::CommonOptions& options, std::span<const sys::RankPlacement> ranks) {
  const auto most = addresses_left(ranks).value_or(std::numeric_limits<std::uint64_t>::max());
  if (options.memory) return std::min(*options.memory, most);
  return std::min(share_of_memory(ranks), most) / 5 * 4;
}

std::vector<std::string> memory_warnings(std::uint64_t asked, std::span<const sys::RankPlacement> ranks) {
  const auto addresses = addresses_left(ranks);
  if (addresses && asked > *addresses) {
    return {fmt::format(
        "--memory asks for {}, but a limit of the process leaves {}, which is used instead: {}",
        sys::bytes_text(asked), sys::bytes_text(*addresses), sys::memory_advice(sys::process_limits()))};
  }
  try {
    const std::uint64_t share = share_of_memory(ranks);
    if (asked <= share) return {};
    return {
        fmt::format("--memory asks for {}, but {} are available to each rank of this node: the system may "
                    "kill the run when it uses more; lower --memory or start fewer ranks on a node",
                    sys::bytes_text(asked), sys::bytes_text(share))};
  } catch (const core::EnvironmentError&) {
    return {};  // the machine does not tell; --memory is taken as given
  }
}

namespace {

store::OutputTarget claim(const config::CommonOptions& options, const store::InputFiles& inputs) {
  inputs.refuse_result(options.output);
  return {options.output, options.force || options.resume};
}

}  // namespace

RunCourse::RunCourse(const config::CommonOptions& options, Problem problem, const store::InputFiles& inputs,
                     const RunContext& context)
    : options_(options),
      context_(context),
      begin_(sys::now()),
      begin_work_(core::work_now()),
      problem_(std::move(problem)),
      problem_text_(problem_text(problem_)),
      target_(claim(options, inputs)),
      begin_with_(decide_start(target_.path(), options.force, options.resume, problem_text_)),
      log_(context.messages, log_options(options, context.world.launcher, context.messages_on_terminal)),
      limit_(wall_limit(options.wall_limit, context.world.job_end, begin_)) {
  // A result file can be made here, which HDF5 may refuse for reasons of its own (locks).
  if (begin_with_.start != Start::complete) {
    const store::ResultWriter probe(target_);
  }
}

std::optional<core::ExitStatus> RunCourse::complete() {
  if (begin_with_.start != Start::complete) return std::nullopt;
  const auto said = store::ResultReader(target_.path()).integer_attribute("/", "exit_status").value_or(0);
  const auto status = static_cast<core::ExitStatus>(said);
  log_.info("complete",
            fmt::format("'{}' is complete already: nothing to resume{}", target_.path().string(),
                        status == core::ExitStatus::unfinished
                            ? "; --force starts from the beginning and tries failed and timed out items again"
                            : ""));
  return status;
}

void RunCourse::announce(const std::string& text, std::initializer_list<sys::Field> fields) {
  const auto placements = context_.world.ranks.placements();
  std::string line = fmt::format("{}; {}", text, sys::placement_text(placements));
  if (!limit_.deadline.never()) {
    line += fmt::format("; stops within {} ({})",
                        sys::duration_text(limit_.deadline.left(begin_.steady).count()), limit_.source);
  }
  log_.info("start", line, fields);
  for (const std::string& warning : sys::placement_warnings(placements)) log_.warning("placement", warning);
  if (!options_.memory) return;
  for (const std::string& warning : memory_warnings(*options_.memory, placements))
    log_.warning("memory", warning);
}

void RunCourse::open_checkpoint(RecordRules rules,
                                const std::function<void(const store::JournalRecord&)>& restore) {
  const auto path = checkpoint_path(target_.path());
  if (!begin_with_.warning.empty()) log_.warning("checkpoint", begin_with_.warning);
  if (begin_with_.start == Start::fresh) {
    context_.world.answer_signals();
    checkpoint_ = std::make_unique<Checkpoint>(path, problem_text_, std::move(rules));
  } else {
    checkpoint_ = std::make_unique<Checkpoint>(path, problem_text_, std::move(rules), restore);
  }
  checkpoint_->before_writing([this] { target_.renew(); });
}

bool RunCourse::work(const Job& job, sched::WorkPlan& plan, sched::Executor& executor) {
  context_.world.answer_signals();
  say_resumed(job.extent());
  facts_ =
      begin_facts(problem_, *checkpoint_, context_.world.launcher, context_.world.mpi, context_.argv, begin_);
  Ranks& ranks = context_.world.ranks;
  RunControl control(Stopping(context_.world.signals, limit_), ranks, *checkpoint_, log_,
                     {options_.checkpoint_interval, options_.snapshot_interval}, job.stop,
                     [&] { static_cast<void>(write(job, core::ExitStatus::stopped)); });
  try {
    facts_.report = ranks.work(job.name, plan, executor, [&] {
      control.look();
      log_.progress(job.progress(elapsed_s()));
    });
  } catch (const core::OutputError&) {
    save_what_can_be();
    throw;
  }
  log_.end_progress(job.progress(elapsed_s()));
  if (control.stop_reason().empty() || job.extent().complete) return true;
  end_stopped(job, control.stop_reason());
  return false;
}

std::string RunCourse::publish(const Job& job, core::ExitStatus status) {
  std::string digest;
  try {
    digest = write(job, status);
  } catch (const core::OutputError& error) {
    save_checkpoint();
    throw core::OutputError(
        fmt::format("{}; all results are in the checkpoint: free disk space or allow writing there, then "
                    "--resume writes them",
                    error.what()));
  }
  if (facts_.queue.submitted > 1) log_scheduler();
  return digest;
}

double RunCourse::elapsed_s() const {
  return sys::Seconds(core::work_now() - begin_work_).count();
}

std::string RunCourse::write(const Job& job, core::ExitStatus status) {
  update_facts(facts_, *checkpoint_, job.queue());
  return job.write(status, facts_);
}

/// Logs what the checkpoint held, or that there was none although --resume was given.
void RunCourse::say_resumed(const Extent& extent) {
  if (const auto& resumed = checkpoint_->resumed()) {
    log_.info("resume",
              fmt::format("resumed from '{}': {} of {} done", checkpoint_path(target_.path()).string(),
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
void RunCourse::save_checkpoint() {
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
void RunCourse::save_what_can_be() {
  try {
    checkpoint_->finish();
  } catch (const core::OutputError&) {
    // The earlier writes remain; the error that ends the run says what to do.
  }
}

/// Makes the checkpoint durable, publishes the results so far (a failure is only a warning), and says how to
/// continue.
void RunCourse::end_stopped(const Job& job, const std::string& reason) {
  save_checkpoint();
  try {
    static_cast<void>(write(job, core::ExitStatus::stopped));
  } catch (const core::OutputError& error) {
    log_.warning("output", error.what());
  }
  save_checkpoint();  // it is still there
  const Extent extent = job.extent();
  log_.info("stopped",
            fmt::format("stopped for {}: {} of {} done; checkpoint '{}' saved, --resume continues", reason,
                        extent.done, core::counted(extent.all, extent.what),
                        checkpoint_path(target_.path()).string()),
            {{"reason", reason}, {"rows_done", extent.done}, {"rows", extent.all}});
}

/// Logs the statistics of the queue and how busy the threads were.
void RunCourse::log_scheduler() {
  const sched::QueueStatistics& queue = facts_.queue;
  sched::TimeHistogram waits, runs;
  for (const auto priority : sched::kPriorities) {
    waits.merge(queue.waits[sched::index_of(priority)]);
    runs.merge(queue.runs[sched::index_of(priority)]);
  }
  const double busy = sum_of_threads(facts_.report.ranks).busy_share();
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

}  // namespace gforbit::launch
