#include "scoring/call_pump.hpp"

#include <algorithm>
#include <csignal>
#include <numeric>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::job_scoring {

namespace {

/// A call that ran out of wall time with less CPU time than this share of it was perhaps never given a core.
constexpr double kStarvedShare = 0.1;

bool is_starved(const solvers::Outcome& outcome) {
  return outcome.ending == solvers::Ending::timed_out_wall && outcome.cpu_s < kStarvedShare * outcome.wall_s;
}

/// Batch systems send what stops a job to every process of it, solvers included. How a call ended by such a
/// signal is believed only when no stop has come within this time.
constexpr auto kDoubt = std::chrono::seconds(1);
/// The same of solvers that have ended so before, with no stop to follow.
constexpr auto kShortDoubt = std::chrono::milliseconds(100);

bool is_doubtful(const solvers::Outcome& outcome) {
  constexpr int kShell = 128;  // shells report the signal of a child so
  const int number = outcome.ending == solvers::Ending::crashed  ? outcome.code
                     : outcome.ending == solvers::Ending::exited ? outcome.code - kShell
                                                                 : 0;
  return number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGUSR1 || number == SIGUSR2;
}

/// Calls wait here for a free slot no longer than a way to rank 0 and back takes, also where its threads are
/// at work.
constexpr double kAhead_s = 0.025;
/// Between two looks whether more waits than that.
constexpr auto kRecallInterval = std::chrono::milliseconds(100);

}  // namespace

// ---- rate -------------------------------------------------------------------------------------------------

void CallRate::advance(Time now) {
  const std::int64_t bucket = now.time_since_epoch() / kBucket;
  for (std::int64_t i = std::max(newest_ + 1, bucket - kBuckets + 1); i <= bucket; ++i)
    ended_[static_cast<std::size_t>(i % kBuckets)] = 0;
  newest_ = std::max(newest_, bucket);
}

void CallRate::note(Time now, std::uint64_t n) {
  advance(now);
  ended_[static_cast<std::size_t>(newest_ % kBuckets)] += n;
}

double CallRate::per_s(Time now) {
  advance(now);
  const auto sum = std::accumulate(ended_.begin(), ended_.end(), std::uint64_t{0});
  return static_cast<double>(sum) / std::chrono::duration<double>(kBuckets * kBucket).count();
}

// ---- calls ------------------------------------------------------------------------------------------------

void CallPump::set_slots(std::uint32_t slots) {
  const std::scoped_lock lock(mutex_);
  if (slots == slots_) return;
  slots_ = slots;
  helper_.set_slots(slots);
}

void CallPump::add(Job job) {
  const std::scoped_lock lock(mutex_);
  if (running_.empty()) recalled_at_ = Clock::now();
  submit(std::move(job));
}

void CallPump::submit(Job job) {
  const std::uint64_t id = ++last_id_;
  try {
    if (!broken_) helper_.submit({id, program_of(job), job.request(id)});
  } catch (const core::EnvironmentError&) {
    broken_ = true;
  }
  running_.emplace(id, std::move(job));
}

bool CallPump::attend() {
  const std::scoped_lock lock(mutex_);
  if (broken_ || (running_.empty() && doubtful_.empty())) return false;
  std::uint64_t n = 0;
  try {
    while (auto outcome = helper_.next(std::chrono::milliseconds(0))) {
      take(*std::move(outcome));
      ++n;
    }
    believe();
    rate_.note(Clock::now(), n);
    recall();
  } catch (const core::EnvironmentError&) {
    broken_ = true;
  }
  return n > 0;
}

void CallPump::take(solvers::Outcome outcome) {
  auto found = running_.extract(outcome.number);
  if (found.empty()) return;
  Job& job = found.mapped();
  if (job.owner == nullptr) return;
  if (outcome.ending == solvers::Ending::not_begun) {
    job.owner->given_back(job.tag);
  } else if (job.retry_starved && job.retries == 0 && is_starved(outcome)) {
    ++job.retries;
    submit(std::move(job));
  } else if (is_doubtful(outcome)) {
    const bool is_usual = ended_by_themselves_.contains(job.solver_row);
    doubtful_.emplace(Clock::now() + (is_usual ? kShortDoubt : Clock::duration(kDoubt)),
                      Doubtful{std::move(job), std::move(outcome)});
  } else {
    job.owner->ended(job.tag, std::move(outcome), job.retries);
  }
}

void CallPump::believe() {
  while (!doubtful_.empty() && doubtful_.begin()->first <= Clock::now()) {
    Doubtful first = std::move(doubtful_.extract(doubtful_.begin()).mapped());
    ended_by_themselves_.insert(first.job.solver_row);
    first.job.owner->ended(first.job.tag, std::move(first.outcome), first.job.retries);
  }
}

/// Calls that may wait for a slot: what ends meanwhile, and one more for each slot where that is many.
std::uint64_t CallPump::ahead() const {
  const auto soon = static_cast<std::uint64_t>(kAhead_s * rate_.per_s(Clock::now()));
  return soon + std::min<std::uint64_t>(soon, slots_);
}

std::uint64_t CallPump::room() const {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t wanted = slots_ + ahead(), here = running_.size();
  return wanted > here ? wanted - here : 0;
}

/// The slots became slow with the calls that run now: what waits for them goes back to where it came from.
void CallPump::recall() {
  const auto now = Clock::now();
  if (now - recalled_at_ < kRecallInterval) return;
  recalled_at_ = now;
  if (running_.size() > slots_ + 4 * ahead()) helper_.recall();
}

void CallPump::withdraw(const CallOwner* owner) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(doubtful_, [&](const auto& doubtful) { return doubtful.second.job.owner == owner; });
  for (auto& [id, job] : running_) {
    if (job.owner != owner) continue;
    job.owner = nullptr;
    if (broken_) continue;
    try {
      helper_.cancel(id);
    } catch (const core::EnvironmentError&) {
      broken_ = true;
    }
  }
}

std::uint32_t CallPump::program_of(const Job& job) {
  const auto found = programs_.find(job.solver_row);
  if (found != programs_.end()) return found->second;
  return programs_.emplace(job.solver_row, helper_.define(*job.program)).first->second;
}

}  // namespace gforbit::job_scoring
