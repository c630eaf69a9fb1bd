#include "launch/run_course.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gforbit/store/result_reader.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/memory.hpp"

namespace gforbit::launch {

namespace {

/// Time at work by all time of the threads of all ranks.
double busy_share(const RunReport& report) {
  sched::ThreadReport sum;
  for (const auto& rank : report.ranks) {
    for (const auto& thread : rank.crew.threads) {
      sum.busy_s += thread.busy_s;
      sum.waiting_s += thread.waiting_s;
      sum.communicating_s += thread.communicating_s;
    }
  }
  return sum.busy_share();
}

}  // namespace

std::uint64_t memory_bound(const config::CommonOptions& options, std::span<const sys::RankPlacement> ranks) {
  if (options.memory) return *options.memory;
  const auto neighbours =
      std::count_if(ranks.begin(), ranks.end(), [&](const auto& r) { return r.host == ranks[0].host; });
  return sys::available_memory() / 5 * 4 / static_cast<std::uint64_t>(neighbours);
}

void announce_start(sys::Log& log, const std::string& text, std::initializer_list<sys::Field> fields,
                    const Ranks& ranks, const WallLimit& limit, const sys::Moment& now) {
  std::string line = fmt::format("{}; {}", text, sys::placement_text(ranks.placements()));
  if (!limit.deadline.never()) {
    line += fmt::format("; stops within {} ({})", sys::duration_text(limit.deadline.left(now.steady).count()),
                        limit.source);
  }
  log.info("start", line, fields);
  for (const std::string& warning : sys::placement_warnings(ranks.placements()))
    log.warning("placement", warning);
}

void announce_resume(sys::Log& log, const std::filesystem::path& output, bool resume,
                     const Checkpoint& checkpoint, const Extent& extent) {
  if (const auto& resumed = checkpoint.resumed()) {
    log.info("resume",
             fmt::format("resumed from '{}': {} of {} {} done", checkpoint_path(output).string(), extent.done,
                         extent.all, extent.what),
             {{"restarts", static_cast<std::int64_t>(resumed->restarts)}, {"rows_done", extent.done}});
    if (!resumed->damage.empty()) {
      log.warning("checkpoint",
                  fmt::format("the checkpoint had {}: what follows was cut off and is computed again",
                              resumed->damage));
    }
  } else if (resume) {
    log.info("resume", "there is no checkpoint: starting from the beginning");
  }
}

core::ExitStatus say_complete(sys::Log& log, const std::filesystem::path& output) {
  log.info("complete", fmt::format("'{}' is complete already: nothing to resume", output.string()));
  const auto status = store::ResultReader(output).integer_attribute("/", "exit_status");
  return static_cast<core::ExitStatus>(status.value_or(0));
}

void end_stopped(sys::Log& log, const std::filesystem::path& output, const std::string& reason,
                 Checkpoint& checkpoint, const std::function<std::string()>& write, const Extent& extent) {
  checkpoint.finish();
  try {
    static_cast<void>(write());
  } catch (const core::OutputError& error) {
    log.warning("output", error.what());
  }
  log.info("stopped",
           fmt::format("stopped for {}: {} of {} {} done; checkpoint '{}' saved, --resume continues", reason,
                       extent.done, extent.all, extent.what, checkpoint_path(output).string()),
           {{"reason", reason}, {"rows_done", extent.done}, {"rows", extent.all}});
}

std::string write_last(Checkpoint& checkpoint, const std::function<std::string()>& write) {
  try {
    return write();
  } catch (const core::OutputError& error) {
    checkpoint.finish();
    throw core::OutputError(fmt::format(
        "{}; all results are in the checkpoint: make room, then --resume writes them", error.what()));
  }
}

void log_scheduler(sys::Log& log, const sched::QueueStatistics& queue, const RunReport& report) {
  sched::TimeHistogram waits, runs;
  for (const auto priority : sched::kPriorities) {
    waits.merge(queue.waits[sched::index_of(priority)]);
    runs.merge(queue.runs[sched::index_of(priority)]);
  }
  const double busy = busy_share(report);
  log.info(
      "scheduler",
      fmt::format("{} items: {} completed, {} failed, {} timed out, {} cancelled, {} coalesced, {} pending; "
                  "{} items/s, half waited at most {:.2g} s and ran at most {:.2g} s; threads {:.0f} % busy",
                  queue.submitted, queue.completed, queue.failed, queue.timed_out, queue.cancelled,
                  queue.coalesced, queue.pending + queue.running, sys::quantity_text(queue.rate()),
                  waits.quantile_s(0.5), runs.quantile_s(0.5), 100 * busy),
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
