#include "stream/job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/stream/formula.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/memory.hpp"
#include "skeleton/results.hpp"
#include "stream/executor.hpp"
#include "stream/file_facts.hpp"
#include "stream/hdf5_lock.hpp"
#include "stream/input.hpp"
#include "stream/options.hpp"
#include "stream/plan.hpp"
#include "stream/python_processes.hpp"
#include "stream/report.hpp"
#include "stream/results.hpp"
#include "stream/source_file.hpp"
#include "stream/tables.hpp"

namespace gforbit::job_stream {

namespace {

void print_plan(std::ostream& out, const StreamInput& input, bool loses_items) {
  for (const PipelineLine& line : input.lines) {
    const stream::Graph graph = make_graph(line.text);
    out << fmt::format("pipeline {}: {}, ", line.id, core::counted(graph.nodes().size(), "term"));
    if (const auto cut = graph.cut(loses_items)) {
      out << fmt::format("{}, split over ranks at multiples of {}\n", core::counted(cut->length, "item"),
                         cut->granule);
    } else {
      out << "its work units run one after another\n";
    }
  }
  for (const auto& [name, schema] : input.tables) out << fmt::format("results/{}: {}\n", name, schema.text());
}

/// The term that took most of the time, and how busy the threads were.
void log_bottleneck(sys::Log& log, const StreamInput& input, const StreamPlan& plan,
                    const launch::RunReport& report) {
  const sched::ThreadReport all = launch::sum_of_threads(report.ranks);
  std::uint64_t most = 0, total = 0, of_engine = 0, row = 0;
  std::size_t term = 0;
  for (const auto& [pipeline, terms] : plan.metrics()) {
    of_engine += terms.back().busy;
    for (std::size_t i = 0; i + 1 < terms.size(); ++i) {
      total += terms[i].busy;
      if (terms[i].busy <= most) continue;
      most = terms[i].busy;
      row = pipeline;
      term = i;
    }
  }
  if (total == 0) return;
  const double engine_s = 1e-9 * static_cast<double>(of_engine);
  const double share = static_cast<double>(most) / static_cast<double>(total);
  const std::string name = make_graph(input.lines[row].text).nodes().at(term).name;
  log.info(
      "bottleneck",
      fmt::format(
          "bottleneck: term '{}' (number {} of pipeline {}), {:.0f} % of the time of all terms ({:.2f} s; "
          "engine: {:.2f} s); threads {:.0f} % busy",
          name, term, input.lines[row].id, 100 * share, 1e-9 * static_cast<double>(total), engine_s,
          100 * all.busy_share()),
      {{"term", name}, {"share", share}, {"engine_s", engine_s}, {"busy_share", all.busy_share()}});
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
void print_rows(std::ostream& out, StreamPlan& plan, std::uint64_t row, const std::string& text,
                const UnitRows& rows) {
  const stream::Graph graph = make_graph(text);
  for (std::size_t i = 0; i < graph.sinks().size(); ++i) {
    if (graph.sink(i).kind() != stream::SinkKind::print) continue;
    const SinkTime time(plan, graph, row, i);
    for (const stream::Batch& batch : rows.kept.at(i))
      out << printed(graph.sink(i), graph.sink_schema(i), batch);
  }
}

class StreamRun final : public skeleton::Run {
 public:
  explicit StreamRun(StreamOptions options) : options_(std::move(options)), input_(read_input(options_)) {}

  [[nodiscard]] const skeleton::JobOptions& options() const override { return options_; }
  void place(std::span<const sys::RankPlacement> ranks) override {
    const auto pipe = std::ranges::find_if(input_.sources, is_pipe);
    if (ranks.size() > 1 && pipe != input_.sources.end())
      throw core::UsageError(
          fmt::format("{} reaches one rank only: save it to a file first (`cat > in.csv`), or run one rank "
                      "with more threads",
                      source_name(*pipe)));
    settings_ = plan_settings(options_, ranks);
  }
  void print_plan(std::ostream& out) override {
    job_stream::print_plan(out, input_, options_.on_error != stream::OnError::fail);
  }

  [[nodiscard]] skeleton::Subject subject() override {
    const auto n = static_cast<std::uint64_t>(input_.lines.size());
    skeleton::Subject subject{core::counted(n, "pipeline"), {{"pipelines", n}}};
    if (!input_.digest.empty()) subject.problem.emplace_back("sha256 of the pipelines", input_.digest);
    for (const std::string& file : input_.sources) {
      const FileFacts facts = facts_of(file);
      subject.problem.emplace_back(fmt::format("contents of '{}'", file), facts.contents);
      subject.problem.emplace_back(fmt::format("{}'{}'", launch::kModificationOf, file), facts.modified);
    }
    subject.files = input_.files;
    subject.checkpoint_format = kCheckpointFormat;
    return subject;
  }

  [[nodiscard]] skeleton::Plan& begin(const launch::RunContext& context) override {
    results_ = &context.results;
    settings_.stop_asked = [&signals = context.world.signals] { return signals.stops() > 0; };
    plan_.emplace(input_, std::move(settings_), core::work_now);
    plan_->on_rows([this](std::uint64_t row, const UnitRows& rows) {
      print_rows(*results_, *plan_, row, input_.lines[row].text, rows);
    });
    return *plan_;
  }

  [[nodiscard]] launch::RecordRules record_rules() override { return {.condense = condensed}; }

  [[nodiscard]] skeleton::Work work_done() const override {
    const std::size_t rows = plan_->rows().size();
    const double share = static_cast<double>(plan_->rows_done()) / static_cast<double>(rows);
    return {rows == 1 && share < 1 ? -1 : share, plan_->items(), "items"};
  }

  [[nodiscard]] skeleton::RowEnds ends() const override {
    const auto& rows = plan_->rows();
    return skeleton::count_ends(
        rows.size(), [&](std::uint64_t row) { return rows[row].status; },
        [&](std::uint64_t row) {
          return fmt::format("pipeline {}: {}", input_.lines[row].id, rows[row].message);
        });
  }
  [[nodiscard]] core::ExitStatus exit_status() const override {
    const auto status = plan_->goal_reached() ? core::ExitStatus::done : Run::exit_status();
    return plan_->errors() == 0 ? status : core::ExitStatus::unfinished;
  }

  std::string publish(const std::function<std::string()>& write_file, bool complete) override {
    if (complete) {
      results_->flush();  // a file may be standard output too
      write_files(input_, *plan_);
    }
    const std::lock_guard lock(hdf5_mutex());
    return write_file();
  }

  void write_tables(store::ResultWriter& file, const launch::RunFacts&) override {
    job_stream::write_tables(file, input_, *plan_, options_.on_error == stream::OnError::dead_letter);
  }
  [[nodiscard]] launch::RankWords rank_words() const override { return job_stream::rank_words(); }
  [[nodiscard]] skeleton::PartRows write_part(store::ResultWriter& file) override {
    return skeleton::write_equal_rows(file, runtime_part_table(), input_.rows);
  }

  [[nodiscard]] skeleton::Conclusion conclude(sys::Log& log, const launch::RunFacts& facts,
                                              std::uint64_t gained) const override {
    log_bottleneck(log, input_, *plan_, facts.report);
    skeleton::Conclusion conclusion = Run::conclude(log, facts, gained);
    const std::uint64_t errors = plan_->errors();
    conclusion.fields.push_back({"errors", errors});
    if (errors > 0) {
      const std::size_t place = conclusion.text.find("; ");
      conclusion.text.insert(std::min(place, conclusion.text.size()),
                             fmt::format("; {} could not be processed", core::counted(errors, "item")));
    }
    return conclusion;
  }

 private:
  StreamOptions options_;
  StreamInput input_;
  StreamPlan::Settings settings_;
  std::optional<StreamPlan> plan_;
  std::ostream* results_ = nullptr;
};

}  // namespace

skeleton::JobType stream_job() {
  auto type =
      skeleton::job_type<StreamRun, StreamExecutor>(stream_command, parse_stream_options, stream_report());
  type.start = [start = type.start] {
    // Before the ranks meet: afterwards there are threads and MPI, and a process that has either must not
    // fork.
    const auto processes = PythonProcesses::start();
    skeleton::JobProcess process = start();
    process.make_executor = [processes, make = process.make_executor] { return make(); };
    return process;
  };
  type.pages = {{"--help-expressions", stream::expression_help}};
  return type;
}

}  // namespace gforbit::job_stream
