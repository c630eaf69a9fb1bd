#include "scoring/call_pump.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::job_scoring {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kSlice = std::chrono::milliseconds(5);

/// A call that ran out of wall time with less CPU time than this share of it was perhaps never given a core.
constexpr double kStarvedShare = 0.1;

bool is_starved(const solvers::Outcome& outcome) {
  return outcome.ending == solvers::Ending::timed_out_wall && outcome.cpu_s < kStarvedShare * outcome.wall_s;
}

/// Batch systems send what stops a job to every process of it, solvers included. How a call ended by such a
/// signal is believed only when no stop has come within this time.
constexpr auto kDoubt = std::chrono::seconds(1);

bool is_doubtful(const solvers::Outcome& outcome) {
  constexpr int kShell = 128;  // shells report the signal of a child so
  const int number = outcome.ending == solvers::Ending::crashed  ? outcome.code
                     : outcome.ending == solvers::Ending::exited ? outcome.code - kShell
                                                                 : 0;
  return number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGUSR1 || number == SIGUSR2;
}

}  // namespace

void CallPump::set_slots(std::uint32_t slots) {
  const std::scoped_lock lock(mutex_);
  if (slots == slots_) return;
  slots_ = slots;
  helper_.set_slots(slots);
}

void CallPump::add(Job job) {
  const std::scoped_lock lock(mutex_);
  queue_.push_back(std::move(job));
}

bool CallPump::work(Owner owner, bool stop) {
  std::unique_lock lock(mutex_, kSlice);
  if (!lock) return true;
  if (broken_) throw core::EnvironmentError("the helper process of this rank has ended");
  if (stop) withdraw(owner);
  try {
    for (const auto end = Clock::now() + kSlice; has_calls(owner) && Clock::now() < end;) {
      fill();
      if (const auto outcome = helper_.next(kSlice)) take(*outcome);
      believe();
    }
  } catch (const core::EnvironmentError&) {
    broken_ = true;  // every unit with calls here fails, one after the other
    throw;
  }
  return has_calls(owner);
}

void CallPump::fill() {
  while (!queue_.empty() && running_.size() < slots_) {
    Job job = std::move(queue_.front());
    queue_.pop_front();
    const std::uint64_t id = ++last_id_;
    helper_.submit({id, program_of(job), job.request(id)});
    running_.emplace(id, std::move(job));
  }
}

void CallPump::take(const solvers::Outcome& outcome) {
  auto found = running_.extract(outcome.number);
  if (found.empty()) return;
  Job& job = found.mapped();
  if (job.retry_starved && job.retries == 0 && is_starved(outcome)) {
    ++job.retries;
    queue_.push_front(std::move(job));
  } else if (is_doubtful(outcome)) {
    doubtful_.push_back({Clock::now() + kDoubt, std::move(job), outcome});
  } else {
    job.done(outcome, job.retries);
  }
}

void CallPump::believe() {
  while (!doubtful_.empty() && doubtful_.front().believed_at <= Clock::now()) {
    const Doubtful first = std::move(doubtful_.front());
    doubtful_.pop_front();
    first.job.done(first.outcome, first.job.retries);
  }
}

/// What is queued is forgotten, what runs is cancelled and still comes back.
void CallPump::withdraw(Owner owner) {
  std::erase_if(queue_, [&](const Job& job) { return job.owner == owner; });
  std::erase_if(doubtful_, [&](const Doubtful& doubtful) { return doubtful.job.owner == owner; });
  for (auto& [id, job] : running_) {
    if (job.owner != owner) continue;
    job.retry_starved = false;
    helper_.cancel(id);
  }
}

bool CallPump::has_calls(Owner owner) const {
  const auto is_its = [&](const Job& job) { return job.owner == owner; };
  return std::ranges::any_of(queue_, is_its) ||
         std::ranges::any_of(doubtful_, [&](const Doubtful& doubtful) { return is_its(doubtful.job); }) ||
         std::ranges::any_of(running_, [&](const auto& entry) { return is_its(entry.second); });
}

std::uint32_t CallPump::program_of(const Job& job) {
  const auto found = programs_.find(job.solver_row);
  if (found != programs_.end()) return found->second;
  return programs_.emplace(job.solver_row, helper_.define(*job.program)).first->second;
}

}  // namespace gforbit::job_scoring
