#include "scoring/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>

#include "gforbit/core/digest.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/run_course.hpp"
#include "scoring/executor.hpp"
#include "scoring/plan.hpp"
#include "scoring/results.hpp"
#include "scoring/task_file.hpp"

namespace gforbit::job_scoring {

namespace {

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::vector<Solver> read_solvers(const ScoringOptions& options, const std::string& text) {
  ProgramDefaults defaults;
  defaults.limits = {seconds(options.common.timeout), seconds(options.cpu_timeout), options.solver_memory,
                     seconds(options.startup_timeout)};
  defaults.recycle = options.recycle;
  try {
    return solvers_from_text(text, defaults);
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}", options.solvers, error.what()));
  }
}

/// The input, and what tells it from another one.
struct Read {
  PlanInput input;
  std::string digest;
};

Read read_input(const ScoringOptions& options) {
  Read read;
  const std::string solvers = read_file(options.solvers);
  read.input.tasks = read_tasks(options.tasks);
  read.input.solvers = read_solvers(options, solvers);
  read.input.rules = {.attempts = options.attempts,
                      .hide_demo = options.hide_demo,
                      .retry_starved = options.retry_starved,
                      .store_outputs = options.store_outputs,
                      .coalesce = options.common.coalesce != config::Coalesce::off};
  read.input.keep_part(options.common.part);
  core::ByteWriter all;
  all.put_text(solvers);
  for (const scoring::Task& task : read.input.tasks) {
    all.put_text(task.id);
    write_samples(all, task);
  }
  const core::Bytes bytes = all.take();
  core::Sha256 sha;
  sha.update(bytes);
  read.digest = sha.hex();
  return read;
}

store::InputFiles input_files(const ScoringOptions& options, const PlanInput& input) {
  store::InputFiles files;
  files.add(options.settings.config_file());
  files.add(options.solvers);
  for (const auto& file : task_files(options.tasks)) files.add(file);
  for (const Solver& solver : input.solvers) {
    for (const std::string& word : solver.program.command) files.add(word);
  }
  return files;
}

launch::Problem problem_of(const ScoringOptions& options, const std::string& digest) {
  launch::Problem problem{{"job", "scoring"}, {"checkpoint format", std::to_string(kCheckpointFormat)}};
  const auto& keys = options.settings.problem();
  problem.insert(problem.end(), keys.begin(), keys.end());
  problem.emplace_back("sha256 of tasks and solvers", digest);
  return problem;
}

std::string contents_text(const PlanInput& input) {
  return fmt::format("{}, {}, {}, {}", core::counted(input.tasks.size(), "task"),
                     core::counted(input.n_samples(), "sample"),
                     core::counted(input.solvers.size(), "solver"), core::counted(input.n_calls(), "call"));
}

/// What rank 0 needs at least: the rows as they came and as they are sorted.
std::uint64_t memory_of(const PlanInput& input) {
  return 2 * sizeof(CallRow) * input.n_calls();
}

/// @throws core::UsageError  the rows do not fit
void check_memory(const ScoringOptions& options, const PlanInput& input,
                  std::span<const sys::RankPlacement> ranks) {
  const std::uint64_t bound = launch::memory_bound(options.common, ranks), needed = memory_of(input);
  if (needed <= bound) return;
  throw core::UsageError(
      fmt::format("{} calls need {} on rank 0, and it may take {}: choose a smaller depth, fewer tasks, "
                  "--part I/N, or another --memory",
                  input.n_calls(), sys::bytes_text(needed), sys::bytes_text(bound)));
}

void print_plan(std::ostream& out, const PlanInput& input) {
  out << contents_text(input) << '\n';
  std::uint64_t programs = 0;
  for (std::size_t i = 0; i < input.solvers.size(); ++i) {
    if (input.solvers[i].kind == SolverKind::program) programs += input.candidates[i].size();
  }
  out << fmt::format("  of programs   {}\n  of builtins   {}\n", programs * input.n_samples(),
                     input.n_calls() - programs * input.n_samples());
  const Items items(input);
  std::uint64_t shared = 0;
  for (std::uint64_t i = 0; i < items.size(); ++i) shared += items.is_first(i) ? 0 : 1;
  out << fmt::format("{}, {} of them shared with an equal one\n", core::counted(items.size(), "item"),
                     shared);
  for (std::size_t rank = 0; rank < input.slots.size(); ++rank)
    out << fmt::format("rank {}: {}\n", rank, core::counted(input.slots[rank], "slot"));
  out << fmt::format("memory on rank 0 at least {}\n", sys::bytes_text(memory_of(input)));
}

/// Rate and time left from the calls that this run has done since `before`.
sys::Progress measure(const ScoringPlan& plan, const PlanInput& input, std::uint64_t before, double elapsed_s,
                      const launch::Ranks& ranks) {
  const auto gained = static_cast<double>(plan.calls_done() - before);
  sys::Progress shown;
  shown.done = static_cast<double>(plan.calls_done()) / static_cast<double>(input.n_calls());
  shown.rate = elapsed_s > 0 ? gained / elapsed_s : -1;
  shown.unit = "calls";
  if (gained > 0)
    shown.seconds_left = elapsed_s * static_cast<double>(input.n_calls() - plan.calls_done()) / gained;
  shown.ranks = ranks.size();
  shown.busy_share = ranks.busy_share();
  const sched::QueueStatistics queue = plan.statistics();
  shown.note = fmt::format("{} running, {} queued", queue.running, queue.pending);
  return shown;
}

/// Calls that a limit or a crash ended.
std::uint64_t count_broken(const std::vector<CallRow>& rows) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(rows, [](const CallRow& row) { return is_broken(row.status); }));
}

void conclude(sys::Log& log, const ScoringOptions& options, const ScoringPlan& plan, std::uint64_t calls,
              std::uint64_t broken, double elapsed_s, const std::string& digest) {
  std::string text =
      fmt::format("{} in {}, {} calls/s; {} ended by a limit or a crash", core::counted(calls, "call"),
                  sys::duration_text(elapsed_s),
                  sys::quantity_text(static_cast<double>(calls) / std::max(elapsed_s, 1e-9)), broken);
  if (plan.goal_reached()) text += "; enough was solved for --stop-after, the rest is cancelled";
  log.info("done", fmt::format("{}; {} written, results_sha256 {}", text, options.common.output, digest),
           {{"calls", calls},
            {"broken_calls", broken},
            {"elapsed_s", elapsed_s},
            {"output", options.common.output},
            {"results_sha256", digest}});
}

}  // namespace

core::ExitStatus run_scoring(const ScoringOptions& options, solvers::Helper& helper,
                             const launch::RunContext& context) {
  launch::Ranks& ranks = context.world.ranks;
  Read read = read_input(options);
  PlanInput& input = read.input;
  ranks.set_threads(options.common.threads);
  for (const auto& placement : ranks.placements())
    input.slots.push_back(options.slots.value_or(static_cast<std::uint32_t>(placement.threads)));
  check_memory(options, input, ranks.placements());
  if (options.common.dry_run) {
    print_plan(context.results, input);
    return core::ExitStatus::done;
  }
  launch::RunCourse course(options.common, problem_of(options, read.digest), input_files(options, input),
                           context);
  if (const auto status = course.complete()) return *status;
  course.announce(contents_text(input),
                  {{"tasks", static_cast<std::uint64_t>(input.tasks.size())}, {"calls", input.n_calls()}});

  ScoringPlan plan(input, options.common.stop_after, core::work_now);
  course.open_checkpoint({.survey = [&](const store::JournalRecord& record) { plan.survey(record); }},
                         [&](const store::JournalRecord& record) { plan.restore(record); });
  const std::uint64_t before = plan.calls_done();
  plan.keep_results([&](store::JournalRecord record) { course.keep(std::move(record)); });

  ScoringExecutor executor(helper);
  const launch::RunCourse::Job job{
      .name = "scoring",
      .extent =
          [&] {
            return launch::Extent{plan.calls_done(), input.n_calls(), "call", plan.complete()};
          },
      .queue = [&] { return plan.statistics(); },
      .progress = [&](double elapsed_s) { return measure(plan, input, before, elapsed_s, ranks); },
      .stop = [&] { plan.stop(); },
      .write =
          [&](core::ExitStatus status, const launch::RunFacts& facts) {
            return write_results(course.target(), options, input, plan.collected(), status, facts);
          }};
  if (!course.work(job, plan, executor)) return core::ExitStatus::stopped;
  const std::uint64_t broken = count_broken(plan.collected().rows);
  const auto status = broken > 0 ? core::ExitStatus::unfinished : core::ExitStatus::done;
  const std::string digest = course.publish(job, status);
  conclude(course.log(), options, plan, plan.calls_done() - before, broken, course.facts().elapsed_s, digest);
  course.discard_checkpoint();
  return status;
}

}  // namespace gforbit::job_scoring
