#include "stream/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/run_course.hpp"
#include "stream/executor.hpp"
#include "stream/hdf5_lock.hpp"
#include "stream/plan.hpp"
#include "stream/results.hpp"

namespace gforbit::job_stream {

namespace {

void print_plan(std::ostream& out, const StreamInput& input) {
  for (const PipelineLine& line : input.lines) {
    const stream::Graph graph = make_graph(line.text);
    out << fmt::format("pipeline {}: {}, ", line.id, core::counted(graph.nodes().size(), "term"));
    if (const auto cut = graph.cut()) {
      out << fmt::format("{}, split over ranks at multiples of {}\n", core::counted(cut->length, "item"),
                         cut->granule);
    } else {
      out << "its work units run one after another\n";
    }
  }
  for (const auto& [name, schema] : input.tables) out << fmt::format("results/{}: {}\n", name, schema.text());
}

launch::Problem problem_of(const StreamOptions& options, const StreamInput& input) {
  launch::Problem problem{{"job", "stream"}, {"checkpoint format", std::to_string(kCheckpointFormat)}};
  const auto& keys = options.settings.problem();
  problem.insert(problem.end(), keys.begin(), keys.end());
  if (!input.digest.empty()) problem.emplace_back("sha256 of the pipelines", input.digest);
  return problem;
}

sys::Progress measure(const StreamPlan& plan, double elapsed_s, const launch::Ranks& ranks) {
  sys::Progress shown;
  shown.done = plan.rows().size() > 1
                   ? static_cast<double>(plan.rows_done()) / static_cast<double>(plan.rows().size())
               : plan.rows_done() == 1 ? 1
                                       : -1;
  shown.rate = elapsed_s > 0 ? static_cast<double>(plan.items()) / elapsed_s : -1;
  shown.unit = "items";
  shown.ranks = ranks.size();
  shown.busy_share = ranks.busy_share();
  return shown;
}

/// The term that took most of the time, and how busy the threads were.
void log_bottleneck(sys::Log& log, const StreamInput& input, const StreamPlan& plan,
                    const launch::RunReport& report) {
  const sched::ThreadReport all = launch::sum_of_threads(report.ranks);
  std::uint64_t most = 0, total = 0, row = 0;
  std::size_t term = 0;
  for (const auto& [pipeline, terms] : plan.metrics()) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
      total += terms[i].busy;
      if (terms[i].busy <= most) continue;
      most = terms[i].busy;
      row = pipeline;
      term = i;
    }
  }
  if (total == 0) return;
  const double share = static_cast<double>(most) / static_cast<double>(total);
  const std::string name = make_graph(input.lines[row].text).nodes().at(term).name;
  log.info("bottleneck",
           fmt::format(
               "bottleneck: term '{}' (number {} of pipeline {}), {:.0f} % of the time of all terms; threads "
               "{:.0f} % busy",
               name, term, input.lines[row].id, 100 * share, 100 * all.busy_share()),
           {{"term", name}, {"share", share}, {"busy_share", all.busy_share()}});
}

void conclude(sys::Log& log, const std::string& output, const StreamPlan& plan, double elapsed_s,
              const std::string& digest) {
  const auto completed =
      static_cast<std::uint64_t>(std::ranges::count(plan.rows(), RowStatus::completed, &PipelineRow::status));
  const std::uint64_t others = plan.rows().size() - completed;
  log.info("done",
           fmt::format("{} completed, {} not; {} items in {}, {} items/s; {} written, results_sha256 {}",
                       completed, others, sys::quantity_text(static_cast<double>(plan.items())),
                       sys::duration_text(elapsed_s),
                       sys::quantity_text(static_cast<double>(plan.items()) / std::max(elapsed_s, 1e-9)),
                       output, digest),
           {{"completed", completed},
            {"not_completed", others},
            {"items", plan.items()},
            {"elapsed_s", elapsed_s},
            {"output", output},
            {"results_sha256", digest}});
}

void log_failures(sys::Log& log, const StreamInput& input, const StreamPlan& plan) {
  std::size_t shown = 0;
  for (std::size_t row = 0; row < input.lines.size() && shown < 5; ++row) {
    if (plan.rows()[row].status == RowStatus::completed) continue;
    log.warning("row", fmt::format("pipeline {}: {}", input.lines[row].id, plan.rows()[row].message));
    ++shown;
  }
}

StreamPlan::Settings plan_settings(const StreamOptions& options, std::span<const sys::RankPlacement> ranks) {
  StreamPlan::Settings settings;
  settings.ranks = static_cast<int>(ranks.size());
  settings.batch_items = options.batch_items;
  settings.edge_capacity = options.edge_capacity;
  settings.on_error = options.on_error;
  settings.stop_after = options.common.stop_after;
  if (options.common.memory) settings.memory = launch::memory_bound(options.common, ranks);
  settings.pause_bytes = std::min(settings.pause_bytes, settings.memory / 8);
  settings.spool_folder = store::resolved_output(options.common.output).parent_path();
  return settings;
}

/// What print writes of a stretch.
void print_rows(std::ostream& out, const std::string& text, const UnitRows& rows) {
  const stream::Graph graph = make_graph(text);
  for (std::size_t i = 0; i < graph.sinks().size(); ++i) {
    if (graph.sink(i).kind() != stream::SinkKind::print) continue;
    for (const stream::Batch& batch : rows.kept.at(i))
      out << printed(graph.sink(i), graph.sink_schema(i), batch);
  }
}

}  // namespace

core::ExitStatus run_stream(const StreamOptions& options, const launch::RunContext& context) {
  launch::Ranks& ranks = context.world.ranks;
  const StreamInput input = read_input(options);
  ranks.set_threads(options.common.threads);
  if (options.common.dry_run) {
    print_plan(context.results, input);
    return core::ExitStatus::done;
  }
  launch::RunCourse course(options.common, problem_of(options, input), input.files, context);
  if (const auto status = course.complete()) return *status;
  const auto n = static_cast<std::uint64_t>(input.lines.size());
  course.announce(core::counted(n, "pipeline"), {{"pipelines", n}});

  StreamPlan::Settings settings = plan_settings(options, ranks.placements());
  settings.stop_asked = [&] { return context.world.signals.stops() > 0; };
  StreamPlan plan(input, std::move(settings), core::work_now);
  course.open_checkpoint(
      {.survey = [&](const store::JournalRecord& record) { plan.survey(record); }, .condense = condensed},
      [&](const store::JournalRecord& record) { plan.restore(record); });
  plan.keep_results([&](store::JournalRecord record) { course.keep(std::move(record)); });
  plan.on_rows([&](std::uint64_t row, const UnitRows& rows) {
    print_rows(context.results, input.lines[row].text, rows);
  });

  StreamExecutor executor;
  const launch::RunCourse::Job job{
      .name = "stream",
      .extent =
          [&] {
            return launch::Extent{plan.rows_done(), n, "pipeline", plan.rows_done() == n};
          },
      .queue = [&] { return plan.statistics(); },
      .progress = [&](double elapsed_s) { return measure(plan, elapsed_s, ranks); },
      .stop = [&] { plan.stop(); },
      .write =
          [&](core::ExitStatus status, const launch::RunFacts& facts) {
            if (status != core::ExitStatus::stopped) {
              context.results.flush();  // a file may be standard output too
              write_files(input, plan);
            }
            const std::lock_guard lock(hdf5_mutex());
            return write_results(course.target(), options, input, plan, status, facts);
          }};
  if (!course.work(job, plan, executor)) return core::ExitStatus::stopped;
  const bool all = std::ranges::all_of(
      plan.rows(), [](const PipelineRow& row) { return row.status == RowStatus::completed; });
  const auto status = all || plan.goal_reached() ? core::ExitStatus::done : core::ExitStatus::unfinished;
  const std::string digest = course.publish(job, status);
  log_bottleneck(course.log(), input, plan, course.facts().report);
  conclude(course.log(), options.common.output, plan, course.facts().elapsed_s, digest);
  log_failures(course.log(), input, plan);
  course.discard_checkpoint();
  return status;
}

}  // namespace gforbit::job_stream
