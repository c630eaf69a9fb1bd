#include "launch/ranks.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <thread>

#include "gforbit/core/error.hpp"
#include "gforbit/sys/limits.hpp"
#include "gforbit/sys/memory.hpp"

namespace gforbit::launch {

namespace {

/// Waits for the next message outside the worker team, where nothing else runs: it sleeps between polls.
sched::Message await(sched::Transport& transport) {
  for (;;) {
    if (auto message = transport.receive()) return *std::move(message);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// The same for at most `patience`.
std::optional<sched::Message> await_for(sched::Transport& transport, std::chrono::milliseconds patience) {
  for (; patience.count() > 0; --patience) {
    if (auto message = transport.receive()) return message;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::nullopt;
}

struct Setup {
  std::string job;
  int threads = 1;
  [[nodiscard]] core::Bytes bytes() const { return core::ByteWriter().put_text(job).put(threads).take(); }
  [[nodiscard]] static Setup from(std::span<const std::byte> body) {
    core::ByteReader in(body);
    Setup setup;
    setup.job = in.get_text();
    setup.threads = in.get<int>();
    return setup;
  }
};

core::Bytes report_bytes(const sched::WorkerTeamReport& team, const sched::Executor& executor) {
  core::ByteWriter out;
  out.put(team.units).put_array(team.threads).put(executor.work_done()).put(sys::peak_resident_memory());
  out.put_text(executor.vector_level());
  return out.take();
}

void read_report(std::span<const std::byte> body, RankReport& report) {
  core::ByteReader in(body);
  report.team.units = in.get<std::uint64_t>();
  report.team.threads = in.get_array<sched::ThreadReport>();
  report.work_done = in.get<std::uint64_t>();
  report.peak_memory = in.get<std::uint64_t>();
  report.vector_level = in.get_text();
}

/// threads = 0: OMP_NUM_THREADS is not set.
sys::RankPlacement own_placement(const sys::Launcher& launcher, const sys::Environment& environment) {
  return sys::this_placement(sys::omp_num_threads(environment).value_or(0), launcher);
}

}  // namespace

sched::ThreadReport sum_of_threads(std::span<const RankReport> ranks) {
  sched::ThreadReport sum;
  for (const RankReport& rank : ranks) {
    for (const sched::ThreadReport& thread : rank.team.threads) {
      sum.slices += thread.slices;
      sum.busy_s += thread.busy_s;
      sum.waiting_s += thread.waiting_s;
      sum.communicating_s += thread.communicating_s;
    }
  }
  return sum;
}

Ranks::Ranks(sched::Transport& transport, const sys::Launcher& launcher, const sys::Environment& environment)
    : transport_(transport), placements_(static_cast<std::size_t>(transport.size())) {
  placements_[0] = own_placement(launcher, environment);
  for (int missing = transport.size() - 1; missing > 0; --missing) {
    const sched::Message hello = await(transport_);
    placements_[static_cast<std::size_t>(hello.source)] = sys::placement_from_bytes(hello.body);
  }
}

Ranks::~Ranks() {
  if (!working_) dismiss(core::ExitStatus::internal);
}

void Ranks::set_threads(std::optional<int> threads) {
  settle_threads(threads);
  try_threads();
}

void Ranks::settle_threads(std::optional<int> threads) {
  std::map<std::string, std::vector<std::size_t>> hosts;
  for (std::size_t rank = 0; rank < placements_.size(); ++rank) hosts[placements_[rank].host].push_back(rank);
  for (const auto& [host, ranks] : hosts) {
    std::vector<sys::RankPlacement> node;
    for (const std::size_t rank : ranks) node.push_back(placements_[rank]);
    for (std::size_t self = 0; self < ranks.size(); ++self) {
      const int wanted = threads.value_or(node[self].threads);
      sys::set_threads(placements_[ranks[self]], wanted > 0 ? wanted : sys::default_threads(node, self));
    }
  }
}

/// All ranks start their threads at the same time, because ranks of a node may share a limit. They keep them
/// until rank 0 has the answers of all ranks and sends the next message.
void Ranks::try_threads() {
  for (int rank = 1; rank < transport_.size(); ++rank) {
    const int threads = placements_[static_cast<std::size_t>(rank)].threads;
    transport_.send(rank, sched::Tag::prepare, core::ByteWriter().put(threads).take());
  }
  const sys::ThreadTrial mine(placements_[0].threads);
  std::string shortage = mine.shortage();
  for (int missing = transport_.size() - 1; missing > 0; --missing) {
    const sched::Message ready = await(transport_);
    const std::string theirs = core::ByteReader(ready.body).get_text();
    if (!theirs.empty() && shortage.empty())
      shortage = fmt::format("rank {} on {}: {}", ready.source,
                             placements_[static_cast<std::size_t>(ready.source)].host, theirs);
  }
  if (!shortage.empty()) throw core::EnvironmentError(shortage);
}

RunReport Ranks::work(const std::string& job, sched::WorkPlan& plan, sched::Executor& executor,
                      const std::function<void()>& idle) {
  working_ = true;
  for (int rank = 1; rank < transport_.size(); ++rank) {
    const int threads = placements_[static_cast<std::size_t>(rank)].threads;
    transport_.send(rank, sched::Tag::setup, Setup{job, threads}.bytes());
  }
  sched::Coordinator coordinator(plan, transport_);
  coordinator_ = &coordinator;
  begin_ = std::chrono::steady_clock::now();
  RunReport run;
  run.ranks.resize(placements_.size());
  run.ranks[0].team =
      sched::run_worker_team(transport_, executor, placements_[0].threads, &coordinator, idle);
  coordinator_ = nullptr;
  run.ranks[0].work_done = executor.work_done();
  run.ranks[0].peak_memory = sys::peak_resident_memory();
  run.ranks[0].vector_level = executor.vector_level();
  constexpr std::chrono::milliseconds kPatience{500};
  for (int missing = transport_.size() - 1; missing > 0;) {
    const auto message = plan.abandons_leases() ? await_for(transport_, kPatience) : await(transport_);
    if (!message) {
      incomplete_ = true;
      break;
    }
    if (message->tag != sched::Tag::report) continue;  // a last request, which needs no answer
    read_report(message->body, run.ranks[static_cast<std::size_t>(message->source)]);
    --missing;
  }
  working_ = false;
  for (std::size_t rank = 0; rank < placements_.size(); ++rank) run.ranks[rank].placement = placements_[rank];
  run.coordinator = coordinator.statistics();
  return run;
}

void Ranks::hold() noexcept {
  if (coordinator_ != nullptr) coordinator_->hold();
}

void Ranks::apply_cancellations() {
  if (coordinator_ != nullptr) coordinator_->apply_cancellations();
}

double Ranks::predicted_unit_s() const {
  return coordinator_ == nullptr ? 0 : coordinator_->predicted_s();
}

double Ranks::busy_share() const {
  if (coordinator_ == nullptr) return -1;
  double threads = 0;
  for (const auto& placement : placements_) threads += placement.threads;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin_;
  return std::min(1.0, coordinator_->busy_s() / (threads * std::max(elapsed.count(), 1e-9)));
}

void Ranks::dismiss(core::ExitStatus status) noexcept {
  if (dismissed_) return;
  dismissed_ = true;
  for (int rank = 1; rank < transport_.size(); ++rank) {
    transport_.send(rank, sched::Tag::dismiss, core::ByteWriter().put(status).take());
  }
}

core::ExitStatus serve_rank(
    sched::Transport& transport, const sys::Launcher& launcher, const sys::Environment& environment,
    const std::function<std::unique_ptr<sched::Executor>(const std::string& job)>& make_executor) {
  transport.send(0, sched::Tag::hello, sys::to_bytes(own_placement(launcher, environment)));
  std::optional<sys::ThreadTrial> trial;
  for (;;) {
    const sched::Message message = await(transport);
    trial.reset();
    if (message.tag == sched::Tag::prepare) {
      trial.emplace(core::ByteReader(message.body).get<int>());
      transport.send(0, sched::Tag::ready, core::ByteWriter().put_text(trial->shortage()).take());
      continue;
    }
    if (message.tag == sched::Tag::dismiss) return core::ByteReader(message.body).get<core::ExitStatus>();
    if (message.tag != sched::Tag::setup) throw core::ProtocolError("a rank got work before it was set up");
    const Setup setup = Setup::from(message.body);
    const auto executor = make_executor(setup.job);
    const sched::WorkerTeamReport team = sched::run_worker_team(transport, *executor, setup.threads, nullptr);
    transport.send(0, sched::Tag::report, report_bytes(team, *executor));
  }
}

}  // namespace gforbit::launch
