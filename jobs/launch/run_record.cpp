#include "launch/run_record.hpp"

#include "gforbit/core/build_info.hpp"
#include "gforbit/store/version.hpp"
#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/machine.hpp"

namespace gforbit::launch {

namespace {

void write_leases(store::ResultWriter& file, const sched::CoordinatorStatistics& statistics) {
  const auto set = [&](const char* name, std::uint64_t value) {
    file.set_attribute("runtime/scheduler", name, value);
  };
  set("leases", statistics.leases);
  set("leases_completed", statistics.completed);
  set("leases_failed", statistics.failed);
  set("leases_cancelled", statistics.cancelled);
  set("results_rejected", statistics.rejected);
  set("largest_live_leases", statistics.largest_live);
}

}  // namespace

void write_facts(store::ResultWriter& file, const std::string& configuration, const RunFacts& facts) {
  const auto build = core::build_info();
  std::string hosts;
  std::int32_t threads = 0;
  for (const auto& rank : facts.report.ranks) {
    hosts += (hosts.empty() ? "" : ",") + rank.placement.host;
    threads += rank.placement.threads;
  }
  file.write_text("runtime/config", configuration);
  const auto set = [&](const char* name, const store::AttributeValue& value) {
    file.set_attribute("runtime", name, value);
  };
  set("created", sys::utc_text(facts.created));
  set("finished", sys::utc_text(facts.finished));
  set("elapsed_s", facts.elapsed_s);
  set("hosts", hosts);
  set("ranks", static_cast<std::int32_t>(facts.report.ranks.size()));
  set("threads", threads);
  set("mpi", facts.mpi);
  set("launcher", facts.launcher);
  set("hdf5", store::library_version());
  set("compiler", build.compiler);
  set("build_type", build.build_type);
  set("cpu", sys::cpu_model());
  set("slurm_job_id", sys::slurm_job_id());
  set("argv", facts.argv);
  write_leases(file, facts.report.coordinator);
}

void write_ranks(store::ResultWriter& file, const store::TableSpec& spec, const RunReport& report) {
  store::Table table(spec);
  for (const auto& rank : report.ranks) {
    double busy = 0, waiting = 0, communicating = 0;
    for (const auto& thread : rank.crew.threads) {
      busy += thread.busy_s;
      waiting += thread.waiting_s;
      communicating += thread.communicating_s;
    }
    table.append(rank.placement.host, rank.placement.threads, rank.crew.units, rank.work_done, busy, waiting,
                 communicating);
  }
  file.write(table);
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
          .eager = mode == sys::ProgressMode::always};
}

}  // namespace gforbit::launch
