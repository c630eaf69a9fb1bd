#include "launch/process.hpp"

#include <fmt/format.h>

#include "gforbit/comm/session.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "launch/stopping.hpp"

namespace gforbit::launch {

namespace {

/// What every process of a job has, with MPI and without.
struct Surroundings {
  const sys::Launcher& launcher;
  const sys::Environment& environment;
  const sys::SignalGuard& signals;
  const std::optional<sys::JobEnd>& job_end;
  ExitOnSignal& exit_on_signal;
};

/// Runs the job on rank 0 and dismisses the ranks. An error before or after the work is explained and becomes
/// the exit status of all ranks; one during the work is rethrown while the ranks work, and `working` says so.
///
/// Explained before the dismissal: a launcher that sees the first rank end with an error ends the others, and
/// the message of rank 0 would be lost.
core::ExitStatus lead_ranks(Ranks& ranks, const Surroundings& around, const std::string& mpi,
                            const Lead& lead, const Explain& explain) {
  core::ExitStatus status{};
  try {
    status = lead({ranks, around.launcher, mpi, around.signals, around.job_end,
                   [&around] { around.exit_on_signal.work_begins(); }});
  } catch (...) {
    if (ranks.working()) throw;
    status = explain();
  }
  ranks.dismiss(status);
  return status;
}

core::ExitStatus run_alone(const Surroundings& around, const Lead& lead, const Explain& explain) {
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  Ranks ranks(*transport, around.launcher, around.environment);
  return lead_ranks(ranks, around, "none", lead, explain);
}

core::ExitStatus run_with_mpi(const Surroundings& around, const Lead& lead, const MakeExecutor& make_executor,
                              const Explain& explain, std::ostream& messages) {
  comm::Session session;
  sys::check_world(around.launcher, session.size());
  const auto transport = session.transport();
  try {
    if (session.rank() != 0)
      return serve_rank(*transport, around.launcher, around.environment, [&](const std::string& job) {
        around.exit_on_signal.work_begins();
        return make_executor(job);
      });
    Ranks ranks(*transport, around.launcher, around.environment);
    const core::ExitStatus status = lead_ranks(ranks, around, comm::library_version(), lead, explain);
    // MPI_Finalize would wait for a rank that is stopped or dead; all files are written.
    if (ranks.is_incomplete()) session.abort(static_cast<int>(status));
    return status;
  } catch (const std::exception& error) {
    messages << fmt::format("gforbit: rank {}: {}\n", session.rank(), core::message_of(error)) << std::flush;
    const auto* const known = dynamic_cast<const core::Error*>(&error);
    session.abort(static_cast<int>(known != nullptr ? known->status() : core::ExitStatus::internal));
  }
}

}  // namespace

core::ExitStatus run_process(const Lead& lead, const MakeExecutor& make_executor, const Explain& explain,
                             std::ostream& messages) {
  const sys::Environment environment = sys::process_environment();
  const sys::Launcher launcher = sys::detect_launcher(environment);
  const sys::SignalGuard signals;
  ExitOnSignal exit_on_signal(signals, launcher.rank == 0);
  const auto job_end = launcher.rank == 0 ? sys::slurm_job_end(environment, sys::now()) : std::nullopt;
  const Surroundings around{launcher, environment, signals, job_end, exit_on_signal};
  try {
    if (!launcher.needs_mpi()) {
      sys::check_world(launcher, 1);
      return run_alone(around, lead, explain);
    }
    const std::string advice = sys::launch_advice(launcher, true);
    if (launcher.rank == 0 && !advice.empty()) messages << "gforbit: " << advice << std::endl;
    return run_with_mpi(around, lead, make_executor, explain, messages);
  } catch (const core::EnvironmentError&) {
    if (launcher.rank == 0) throw;
    return core::ExitStatus::internal;  // each process sees it; one says it
  }
}

}  // namespace gforbit::launch
