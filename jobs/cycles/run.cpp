#include "cycles/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>

#include "cycles/checkpoint_compaction.hpp"
#include "cycles/dry_run.hpp"
#include "cycles/executor.hpp"
#include "cycles/input.hpp"
#include "cycles/plan.hpp"
#include "cycles/results.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/run_course.hpp"

namespace gforbit::job_cycles {

namespace {

PlanSettings plan_settings(const CyclesOptions& options, std::uint64_t registers,
                           std::span<const sys::RankPlacement> ranks) {
  PlanSettings settings;
  settings.mapping.ranks = static_cast<int>(ranks.size());
  settings.mapping.threads =
      std::accumulate(ranks.begin(), ranks.end(), 0, [](int sum, const auto& r) { return sum + r.threads; });
  settings.rank0_computes = settings.mapping.ranks < sched::kManyRanks || ranks.front().threads > 1;
  settings.mapping.stored = options.store_cycles;
  settings.registers = registers;
  settings.mapping.memory_bytes = launch::memory_bound(options.common, ranks);
  settings.coalesce = options.common.coalesce != config::Coalesce::off;
  settings.spool_folder = store::resolved_output(options.common.output).parent_path();
  settings.verify = options.verify;
  settings.mapping.simd = options.simd;
  settings.stop_after = options.common.stop_after;
  return settings;
}

/// "factoring 2^4000 - 1: composite cofactor of 3012 bits, elliptic curve 57 (B1 = 391), for 35 s", and what
/// helps where that may take forever.
std::string activity_text(const AlgebraActivity& activity, std::uint64_t rows) {
  constexpr double kLong_s = 10;
  std::string text = rows > 1 ? fmt::format("row {}: ", activity.row) : "";
  text += fmt::format("{}: {}, for {}", activity.step, activity.detail, sys::duration_text(activity.step_s));
  if (activity.others > 0) text += fmt::format(" (and {} more by algebra)", activity.others);
  if (activity.step_s > kLong_s && !activity.has_timeout)
    text += "; --timeout ends it and keeps what is proven";
  return text;
}

/// Rate and time left from the share of the expected work that this run has done since `before`.
/// @param walked  steps of this rank in this run, those of unfinished units as well
sys::Progress measure(const CyclesPlan& plan, const PlanProgress& before, std::uint64_t walked,
                      double elapsed_s, const launch::Ranks& ranks) {
  const std::uint64_t merged = plan.progress().steps - before.steps;
  const PlanProgress progress = plan.progress(walked - std::min(walked, merged));
  const sched::QueueStatistics queue = plan.statistics();
  sys::Progress shown;
  shown.done = progress.share;
  shown.rate = elapsed_s > 0 ? static_cast<double>(progress.steps - before.steps) / elapsed_s : -1;
  shown.unit = "steps";
  const double gained = progress.share - before.share;
  if (gained > 0.001) shown.seconds_left = elapsed_s * (1 - progress.share) / gained;
  shown.ranks = ranks.size();
  shown.busy_share = ranks.busy_share();
  shown.note = fmt::format("{} running, {} queued", queue.running, queue.pending);
  if (progress.algebra) {
    shown.note += "; " + activity_text(*progress.algebra, progress.rows);
    if (progress.steps == before.steps) shown.rate = -1;  // algebra takes no steps
  }
  return shown;
}

/// Rows of the input by what became of them.
struct RowCounts {
  std::uint64_t completed = 0, others = 0;
  bool unfinished = false;  ///< rows failed or timed out
};

RowCounts count_rows(const RowStore& rows) {
  RowCounts counts;
  for (std::uint64_t row = 0; row < rows.size(); ++row) {
    const RowStatus status = rows.status(rows.first_equal(row));
    ++(status == RowStatus::completed ? counts.completed : counts.others);
    counts.unfinished |= status == RowStatus::failed || status == RowStatus::timed_out;
  }
  return counts;
}

/// 5 when rows failed, timed out or were cancelled by a limit. Rows cancelled because enough others reached
/// the goal of --stop-after are what was asked for.
core::ExitStatus exit_status(const CyclesPlan& plan, const RowCounts& counts) {
  if (plan.methods_disagree()) return core::ExitStatus::internal;
  return counts.unfinished ? core::ExitStatus::unfinished : core::ExitStatus::done;
}

void conclude(sys::Log& log, const std::string& output, const RowStore& rows, const RowCounts& counts,
              const launch::RunFacts& facts, std::uint64_t steps, const std::string& digest) {
  log.info("done",
           fmt::format("{} completed, {} not; {} steps in {}, {} steps/s; {} written, results_sha256 {}",
                       counts.completed, counts.others, sys::quantity_text(static_cast<double>(steps)),
                       sys::duration_text(facts.elapsed_s),
                       sys::quantity_text(static_cast<double>(steps) / std::max(facts.elapsed_s, 1e-9)),
                       output, digest),
           {{"completed", counts.completed},
            {"not_completed", counts.others},
            {"steps", steps},
            {"elapsed_s", facts.elapsed_s},
            {"output", output},
            {"results_sha256", digest}});
  if (!counts.unfinished) return;
  for (std::uint64_t row = 0, shown = 0; row < rows.size() && shown < 5; ++row) {
    if (rows.status(row) != RowStatus::failed && rows.status(row) != RowStatus::timed_out) continue;
    log.warning("row", fmt::format("row {}: {}", row, rows[row].message), {{"row", row}});
    ++shown;
  }
}

store::InputFiles input_files(const CyclesOptions& options) {
  store::InputFiles files;
  files.add(options.settings.config_file());
  files.add(options.registers.value_or(""));
  files.add(options.batch.value_or(""));
  return files;
}

/// What decides about results: the options, and the file they name.
launch::Problem problem_of(const CyclesOptions& options, BatchInput& input) {
  launch::Problem problem{{"job", "cycles"}, {"checkpoint format", std::to_string(kCheckpointFormat)}};
  const auto& keys = options.settings.problem();
  problem.insert(problem.end(), keys.begin(), keys.end());
  if (const std::string digest = input.digest(); !digest.empty())
    problem.emplace_back("sha256 of the input", digest);
  return problem;
}

}  // namespace

core::ExitStatus run_cycles(const CyclesOptions& options, const launch::RunContext& context) {
  launch::Ranks& ranks = context.world.ranks;
  BatchInput input = BatchInput::from_options(options);
  ranks.set_threads(options.common.threads);
  const cycles::SimdLevel level =
      cycles::choose_simd_level(options.simd);  // one that is not there is said before any work
  const PlanSettings settings = plan_settings(options, input.size(), ranks.placements());
  if (options.common.dry_run) {
    print_plan(context.results, input, settings, ranks.placements());
    return core::ExitStatus::done;
  }
  launch::RunCourse course(options.common, problem_of(options, input), input_files(options), context);
  if (const auto status = course.complete()) return *status;
  course.announce(core::counted(input.size(), "register"),
                  {{"registers", input.size()}, {"ranks", static_cast<std::int64_t>(ranks.size())}});

  CyclesPlan plan(input, settings, core::work_now);
  course.open_checkpoint({.survey = [&](const store::JournalRecord& record) { plan.survey(record); },
                          .ways = {{"vector level", std::string(cycles::simd_name(level))}},
                          .condense = condense,
                          .compaction = [] { return std::make_unique<CheckpointCompaction>(); }},
                         [&](const store::JournalRecord& record) { plan.restore(record); });
  plan.end_restore();
  const PlanProgress before = plan.progress();
  plan.keep_results([&](store::JournalRecord record) { course.keep(std::move(record)); });

  CyclesExecutor executor([&plan](std::uint64_t row) { return plan.local_work(row); });
  const launch::RunCourse::Job job{
      .name = "cycles",
      .extent =
          [&] {
            const PlanProgress now = plan.progress();
            return launch::Extent{now.rows_done, now.rows, "register", now.rows_done == now.rows};
          },
      .queue = [&] { return plan.statistics(); },
      .progress =
          [&](double elapsed_s) { return measure(plan, before, executor.work_done(), elapsed_s, ranks); },
      .stop = [&] { plan.stop(); },
      .write =
          [&](core::ExitStatus status, const launch::RunFacts& facts) {
            return write_results(course.target(), options, input, plan, status, facts);
          }};
  if (!course.work(job, plan, executor)) return core::ExitStatus::stopped;
  const RowCounts counts = count_rows(plan.rows());
  const core::ExitStatus status = exit_status(plan, counts);
  const std::string digest = course.publish(job, status);
  conclude(course.log(), options.common.output, plan.rows(), counts, course.facts(),
           plan.progress().steps - before.steps, digest);
  course.discard_checkpoint();
  return status;
}

}  // namespace gforbit::job_cycles
