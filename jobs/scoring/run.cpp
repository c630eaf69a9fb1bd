#include "scoring/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gforbit/store/output_target.hpp"
#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/run_record.hpp"
#include "launch/stopping.hpp"
#include "scoring/executor.hpp"
#include "scoring/plan.hpp"
#include "scoring/results.hpp"
#include "scoring/task_file.hpp"

namespace gforbit::job_scoring {

namespace {

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::vector<Solver> read_solvers(const ScoringOptions& options) {
  ProgramDefaults defaults;
  defaults.limits = {seconds(options.common.timeout), seconds(options.cpu_timeout), options.solver_memory,
                     seconds(options.startup_timeout)};
  defaults.recycle = options.recycle;
  const std::string text = read_file(options.solvers);
  try {
    return solvers_from_text(text, defaults);
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}", options.solvers, error.what()));
  }
}

PlanInput read_input(const ScoringOptions& options) {
  PlanInput input;
  input.tasks = read_tasks(options.tasks);
  input.solvers = read_solvers(options);
  input.rules = {.attempts = options.attempts,
                 .hide_demo = options.hide_demo,
                 .retry_starved = options.retry_starved,
                 .store_outputs = options.store_outputs};
  return input;
}

std::string contents_text(const PlanInput& input) {
  return fmt::format("{} task{}, {} sample{}, {} solver{}, {} calls", input.tasks.size(),
                     input.tasks.size() == 1 ? "" : "s", input.n_samples(), input.n_samples() == 1 ? "" : "s",
                     input.solvers.size(), input.solvers.size() == 1 ? "" : "s", input.n_calls());
}

void print_plan(std::ostream& out, const PlanInput& input) {
  out << contents_text(input) << '\n';
  std::uint64_t programs = 0;
  for (const Solver& solver : input.solvers) programs += solver.kind == SolverKind::program ? 1 : 0;
  out << fmt::format("  of programs   {}\n  of builtins   {}\n", programs * input.n_samples(),
                     input.n_calls() - programs * input.n_samples());
  for (std::size_t rank = 0; rank < input.slots.size(); ++rank)
    out << fmt::format("rank {}: {} slots\n", rank, input.slots[rank]);
  out << fmt::format("memory on rank 0 at least {}\n",
                     sys::bytes_text(2 * sizeof(CallRow) * input.n_calls()));
}

sys::Progress measure(const ScoringPlan& plan, const PlanInput& input, double elapsed_s,
                      const launch::Ranks& ranks) {
  sys::Progress shown;
  shown.done = static_cast<double>(plan.calls_done()) / static_cast<double>(input.n_calls());
  shown.rate = elapsed_s > 0 ? static_cast<double>(plan.calls_done()) / elapsed_s : -1;
  shown.unit = "calls";
  if (shown.done > 0.001) shown.seconds_left = elapsed_s * (1 - shown.done) / shown.done;
  shown.ranks = ranks.size();
  shown.busy_share = ranks.busy_share();
  return shown;
}

void announce(sys::Log& log, const PlanInput& input, const launch::Ranks& ranks,
              const launch::WallLimit& limit, const sys::Moment& now) {
  std::string text = fmt::format("{}; {}", contents_text(input), sys::placement_text(ranks.placements()));
  if (!limit.deadline.never())
    text += fmt::format("; stops within {} ({})", sys::duration_text(limit.deadline.left(now.steady).count()),
                        limit.source);
  log.info("start", text,
           {{"tasks", static_cast<std::uint64_t>(input.tasks.size())}, {"calls", input.n_calls()}});
  for (const std::string& warning : sys::placement_warnings(ranks.placements()))
    log.warning("placement", warning);
}

/// Calls that a limit, a crash or a stop ended.
std::uint64_t count_broken(const std::vector<CallRow>& rows) {
  return static_cast<std::uint64_t>(std::ranges::count_if(rows, [](const CallRow& row) {
    return !has_output(row.status) && row.status != CallStatus::no_output &&
           row.status != CallStatus::bad_output;
  }));
}

void conclude(sys::Log& log, const ScoringOptions& options, const Scores& scores, std::uint64_t calls,
              double elapsed_s, const std::string& digest) {
  const auto solved = std::ranges::count_if(scores.solved_by, [](std::uint64_t n) { return n > 0; });
  log.info(
      "done",
      fmt::format(
          "{} calls in {}, {} calls/s; {} of {} tasks solved; {} calls were ended by a limit, a crash or a "
          "stop; {} written, results_sha256 {}",
          calls, sys::duration_text(elapsed_s),
          sys::quantity_text(static_cast<double>(calls) / std::max(elapsed_s, 1e-9)), solved,
          scores.solved_by.size(), count_broken(scores.rows), options.common.output, digest),
      {{"calls", calls},
       {"elapsed_s", elapsed_s},
       {"tasks_solved", static_cast<std::int64_t>(solved)},
       {"output", options.common.output},
       {"results_sha256", digest}});
}

}  // namespace

core::ExitStatus run_scoring(const ScoringOptions& options, const RunContext& context) {
  launch::Ranks& ranks = context.world.ranks;
  PlanInput input = read_input(options);
  ranks.set_threads(options.common.threads);
  for (const auto& placement : ranks.placements())
    input.slots.push_back(options.slots.value_or(static_cast<std::uint32_t>(placement.threads)));
  if (options.common.dry_run) {
    print_plan(context.results, input);
    return core::ExitStatus::done;
  }
  const sys::Moment begin = sys::now();
  const store::OutputTarget target(options.common.output, options.common.force);
  sys::Log log(context.messages,
               launch::log_options(options.common, context.world.launcher, context.messages_on_terminal));
  const launch::Stopping stopping(
      context.world.signals, launch::wall_limit(options.common.wall_limit, context.world.job_end, begin));
  announce(log, input, ranks, stopping.limit(), begin);

  ScoringPlan plan(input);
  ScoringExecutor executor(context.helper);
  const auto elapsed = [&] { return sys::Seconds(sys::now().steady - begin.steady).count(); };
  std::string stopped_for;
  launch::RunFacts facts;
  facts.report = ranks.work("scoring", plan, executor, [&] {
    constexpr sys::Seconds kMargin{2};
    if (const auto reason = stopping.reason(sys::now().steady, kMargin); reason && stopped_for.empty()) {
      stopped_for = *reason;
      plan.stop();
    }
    log.progress(measure(plan, input, elapsed(), ranks));
  });
  log.end_progress(measure(plan, input, elapsed(), ranks));

  const sys::Moment end = sys::now();
  facts.mpi = context.world.mpi;
  facts.launcher = sys::launcher_name(context.world.launcher);
  facts.argv = context.argv;
  facts.created = begin.wall;
  facts.finished = end.wall;
  facts.elapsed_s = sys::Seconds(end.steady - begin.steady).count();
  const Scores scores = score(input, plan.collected());
  const bool complete = plan.calls_done() == input.n_calls();
  const auto status = count_broken(scores.rows) > 0 ? core::ExitStatus::unfinished : core::ExitStatus::done;
  const std::string digest =
      write_results(target, options, input, plan.collected(), scores, complete, status, facts);
  if (!complete)
    log.warning("stopped", fmt::format("stopped for {}: {} of {} calls done, the others are cancelled",
                                       stopped_for, plan.calls_done(), input.n_calls()));
  conclude(log, options, scores, plan.calls_done(), facts.elapsed_s, digest);
  return status;
}

}  // namespace gforbit::job_scoring
