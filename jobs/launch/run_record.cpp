#include "launch/run_record.hpp"

#include "gforbit/core/build_info.hpp"
#include "gforbit/store/version.hpp"
#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/machine.hpp"

namespace gforbit::launch {

namespace {

using Attributes = std::vector<std::pair<std::string, store::AttributeValue>>;

void set_all(store::ResultWriter& file, const char* group, const Attributes& attributes) {
  for (const auto& [name, value] : attributes) file.set_attribute(group, name, value);
}

std::vector<store::AttributeSpec> specs_of(const Attributes& attributes) {
  std::vector<store::AttributeSpec> specs;
  for (const auto& [name, value] : attributes) specs.push_back({name, store::type_of(value)});
  return specs;
}

/// Attributes of /runtime/scheduler.
Attributes scheduler_attributes(const sched::CoordinatorStatistics& leases,
                                const sched::QueueStatistics& queue) {
  return {{"leases", leases.leases},
          {"leases_completed", leases.completed},
          {"leases_failed", leases.failed},
          {"leases_cancelled", leases.cancelled},
          {"results_rejected", leases.rejected},
          {"largest_live_leases", leases.largest_live},
          {"submitted", queue.submitted},
          {"coalesced", queue.coalesced},
          {"completed", queue.completed},
          {"failed", queue.failed},
          {"timed_out", queue.timed_out},
          {"cancelled", queue.cancelled},
          {"pending", queue.pending},
          {"running", queue.running},
          {"largest_pending", queue.largest_pending},
          {"largest_running", queue.largest_running},
          {"items_per_s", queue.rate()}};
}

/// Attributes of /runtime that every job has.
Attributes run_attributes(const RunFacts& facts) {
  const auto build = core::build_info();
  std::string hosts;
  std::int32_t threads = 0;
  for (const auto& rank : facts.report.ranks) {
    hosts += (hosts.empty() ? "" : ",") + rank.placement.host;
    threads += rank.placement.threads;
  }
  return {{"created", sys::utc_text(facts.created)},
          {"finished", sys::utc_text(facts.finished)},
          {"elapsed_s", facts.elapsed_s},
          {"hosts", hosts},
          {"ranks", static_cast<std::int32_t>(facts.report.ranks.size())},
          {"threads", threads},
          {"mpi", facts.mpi},
          {"launcher", facts.launcher},
          {"hdf5", store::library_version()},
          {"compiler", build.compiler},
          {"build_type", build.build_type},
          {"cpu", sys::cpu_model()},
          {"slurm_job_id", sys::slurm_job_id()},
          {"argv", facts.argv},
          {"problem", facts.problem},
          {"restarts", facts.restarts},
          {"checkpoint_writes", facts.checkpoint.writes},
          {"checkpoint_failures", facts.checkpoint.failures},
          {"checkpoint_bytes", facts.checkpoint.bytes},
          {"checkpoint_s", facts.checkpoint.seconds}};
}

/// Histograms of waiting and running, one row a class and power of two that anything was counted in; one row
/// a thread.
store::TableSpec threads_table() {
  return {"runtime/threads",
          "Statistics of each thread, one row per thread",
          {
              {"rank", "rank", "", store::ColumnType::int32},
              {"thread", "number in the rank's worker team; 0 is the main thread, which communicates", "",
               store::ColumnType::int32},
              {"slices", "slices of work", "", store::ColumnType::uint64},
              {"busy_s", "busy time", "s", store::ColumnType::float64},
              {"waiting_s", "time without work", "s", store::ColumnType::float64},
              {"communicating_s", "time sending, receiving and planning", "s", store::ColumnType::float64},
              {"busy_share", "busy share of the time, 0 to 1", "", store::ColumnType::float64},
          }};
}

store::TableSpec times_table() {
  return {"runtime/scheduler/times",
          "Waiting and running times of work items, by priority class and power of two",
          {
              {"priority",
               "class as submitted",
               "",
               store::ColumnType::int8,
               {"critical", "high", "normal", "low", "idle"}},
              {"below_s", "upper end of the bucket; its lower end is half of that", "s",
               store::ColumnType::float64},
              {"waited", "items with this waiting time, from submission to begin", "items",
               store::ColumnType::uint64},
              {"ran", "items with this running time, from begin to end", "items", store::ColumnType::uint64},
          }};
}

void write_times(store::ResultWriter& file, const sched::QueueStatistics& queue) {
  store::Table times(times_table());
  for (const sched::Priority priority : sched::kPriorities) {
    const auto& waits = queue.waits[sched::index_of(priority)];
    const auto& runs = queue.runs[sched::index_of(priority)];
    for (std::size_t k = 0; k < sched::TimeHistogram::kBuckets; ++k) {
      if (waits.bucket(k) == 0 && runs.bucket(k) == 0) continue;
      times.append(static_cast<std::int8_t>(priority), sched::TimeHistogram::bound_s(k), waits.bucket(k),
                   runs.bucket(k));
    }
  }
  file.write(times);
}

void write_threads(store::ResultWriter& file, const launch::RunReport& report) {
  store::Table table(threads_table());
  for (std::size_t rank = 0; rank < report.ranks.size(); ++rank) {
    const auto& threads = report.ranks[rank].team.threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      const auto& thread = threads[i];
      table.append(static_cast<std::int32_t>(rank), static_cast<std::int32_t>(i), thread.slices,
                   thread.busy_s, thread.waiting_s, thread.communicating_s, thread.busy_share());
    }
  }
  file.write(table);
}

/// One row a thread and bin of time: few, whatever the length of the run.
void write_utilization(store::ResultWriter& file, const RunReport& report) {
  store::Table table(runtime_utilization_table());
  for (std::size_t rank = 0; rank < report.ranks.size(); ++rank) {
    const auto& threads = report.ranks[rank].team.threads;
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
      const sched::BusyTimeline& timeline = threads[thread].timeline;
      for (std::size_t k = 0; k < timeline.size(); ++k) {
        table.append(static_cast<std::int32_t>(rank), static_cast<std::int32_t>(thread),
                     static_cast<double>(k) * timeline.width_s(), timeline.width_s(), timeline.busy_s(k));
      }
    }
  }
  file.write(table);
}

}  // namespace

RunFacts begin_facts(const Problem& problem, const Checkpoint& checkpoint, const sys::Launcher& launcher,
                     std::string mpi, std::vector<std::string> argv, const sys::Moment& begin) {
  RunFacts facts;
  facts.mpi = std::move(mpi);
  facts.launcher = sys::launcher_name(launcher);
  facts.argv = std::move(argv);
  facts.created = begin.wall;
  facts.begin = begin.steady;
  facts.problem = problem_text(problem);
  Problem batch = problem;
  std::erase_if(batch, [](const auto& key) {
    return key.first == "part" || key.first.starts_with(kModificationOf);  // parts may run on other machines
  });
  facts.batch_problem = problem_text(batch);
  facts.restarts = checkpoint.resumed() ? checkpoint.resumed()->restarts : 0;
  return facts;
}

void update_facts(RunFacts& facts, const Checkpoint& checkpoint, const sched::QueueStatistics& queue) {
  const sys::Moment now = sys::now();
  facts.finished = now.wall;
  facts.elapsed_s = sys::Seconds(now.steady - facts.begin).count();
  facts.checkpoint = checkpoint.statistics();
  facts.queue = queue;
}

store::TableSpec runtime_utilization_table() {
  using store::ColumnType;
  return {"runtime/utilisation",
          "Busy time of each thread over the run, one row per thread and time bin",
          {
              {"rank", "rank", "", ColumnType::int32},
              {"thread", "number in the rank's worker team", "", ColumnType::int32},
              {"begin_s", "begin of the bin, counted from the begin of the work", "s", ColumnType::float64},
              {"width_s", "length of the bin", "s", ColumnType::float64},
              {"busy_s", "busy time within the bin", "s", ColumnType::float64},
          }};
}

void write_facts(store::ResultWriter& file, const std::string& configuration, const RunFacts& facts) {
  file.write_text("runtime/config", configuration);
  set_all(file, kRuntime, run_attributes(facts));
  set_all(file, kScheduler, scheduler_attributes(facts.report.coordinator, facts.queue));
  write_threads(file, facts.report);
  write_times(file, facts.queue);
}

store::TableSpec runtime_ranks_table(const RankWords& words) {
  using store::ColumnType;
  return {"runtime/ranks",
          "Statistics of each rank, one row per rank",
          {
              {"host", "name of the node", "", ColumnType::text},
              {"threads", "size of the rank's worker team", "", ColumnType::int32},
              words.units,
              words.work,
              {"busy_s", words.busy + ", summed over threads", "s", ColumnType::float64},
              {"waiting_s", "time without work, summed over threads", "s", ColumnType::float64},
              {"communicating_s", "time sending and receiving", "s", ColumnType::float64},
          }};
}

RunLayout run_layout(const RankWords& words) {
  return {{threads_table(), times_table(), runtime_utilization_table(), runtime_ranks_table(words)},
          specs_of(run_attributes({})),
          specs_of(scheduler_attributes({}, {}))};
}

void write_ranks(store::ResultWriter& file, const RankWords& words, const RunReport& report) {
  store::Table table(runtime_ranks_table(words));
  for (const auto& rank : report.ranks) {
    const sched::ThreadReport sum = sum_of_threads(std::span(&rank, 1));
    table.append(rank.placement.host, rank.placement.threads, rank.team.units, rank.work_done, sum.busy_s,
                 sum.waiting_s, sum.communicating_s);
  }
  file.write(table);
  write_utilization(file, report);
}

namespace {
/// What `merge` must know of a part, as attributes of the table /runtime/part.
Attributes part_facts(config::Part part, std::uint64_t first, std::uint64_t end, const std::string& problem) {
  return {{"index", static_cast<std::int64_t>(part.index)},
          {"count", static_cast<std::int64_t>(part.count)},
          {"first_row", static_cast<std::int64_t>(first)},
          {"end_row", static_cast<std::int64_t>(end)},
          {"problem", problem}};
}
}  // namespace

void write_part_facts(store::ResultWriter& file, config::Part part, std::uint64_t first, std::uint64_t end,
                      const std::string& problem) {
  set_all(file, kRuntimePart, part_facts(part, first, end, problem));
}

std::vector<store::AttributeSpec> part_attributes() {
  return specs_of(part_facts({}, 0, 0, ""));
}

store::Hdf5Format file_format(const config::CommonOptions& options) {
  return options.hdf5_format == config::Hdf5Format::v1_8 ? store::Hdf5Format::v1_8 : store::Hdf5Format::v1_10;
}

sys::Log::Options log_options(const config::CommonOptions& options, const sys::Launcher& launcher,
                              bool terminal) {
  const auto format =
      options.log_format == config::LogFormat::json ? sys::LogFormat::json : sys::LogFormat::text;
  const auto mode = options.progress == config::Progress::always  ? sys::ProgressMode::always
                    : options.progress == config::Progress::never ? sys::ProgressMode::never
                                                                  : sys::ProgressMode::automatic;
  const bool launched = launcher.kind != sys::LauncherKind::none;
  return {.format = format,
          .style = sys::progress_style(mode, format, terminal, launched),
          .quiet = options.quiet,
          .eager = mode == sys::ProgressMode::always};
}

}  // namespace gforbit::launch
