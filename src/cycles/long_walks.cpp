#include "long_walks.hpp"

#include <algorithm>
#include <utility>

namespace gforbit::cycles {

namespace {
/// Shorter walks are not worth it, and with more of them most states would have to be looked up.
constexpr std::uint64_t kLeastSteps = 1 << 10, kMostWalks = 1 << 14;
/// States so far up are passed too often.
constexpr std::uint64_t kLowPart = 256;
}  // namespace

bool SharedWalks::knows(std::uint64_t state) {
  const std::size_t at = hash(state);
  if ((filter_[at / 64].load(std::memory_order_relaxed) >> (at % 64) & 1) == 0) return false;
  const std::scoped_lock lock(mutex_);
  return known_.contains(state);
}

LongWalks::LongWalks(SharedWalks& shared, const SievedTask& task, Findings& findings)
    : shared_(shared),
      task_(task),
      findings_(findings),
      least_(std::max(kLeastSteps, task.step.states / kMostWalks)),
      most_(task.step.states / kLowPart) {}

LongWalks::~LongWalks() {
  const std::scoped_lock lock(shared_.mutex_);
  for (const std::uint64_t start : added_) {
    const auto at = shared_.known_.find(start);
    if (at == shared_.known_.end() || at->second.owner != this) continue;
    at->second.owner = nullptr;
    if (at->second.has_ended) continue;
    std::vector<SharedWalks::Waiting> waiting = std::move(at->second.waiting);
    shared_.known_.erase(at);
    std::erase_if(waiting, [this](const SharedWalks::Waiting& w) { return w.owner == this; });
    release(std::move(waiting));
  }
  for (const std::uint64_t start : waits_at_) {
    const auto at = shared_.known_.find(start);
    if (at == shared_.known_.end()) continue;
    std::erase_if(at->second.waiting, [this](const SharedWalks::Waiting& w) { return w.owner == this; });
  }
}

bool LongWalks::add(std::uint64_t start) {
  const std::scoped_lock lock(shared_.mutex_);
  if (!shared_.known_.try_emplace(start, Known{.owner = this, .passed = {}, .waiting = {}}).second)
    return false;
  added_.push_back(start);
  const std::size_t at = SharedWalks::hash(start);
  shared_.filter_[at / 64].fetch_or(std::uint64_t{1} << (at % 64), std::memory_order_relaxed);
  shared_.bound_.store(std::max(shared_.bound(), start + 1), std::memory_order_relaxed);
  return true;
}

void LongWalks::arrived(SievedWalk walk) {
  const std::scoped_lock lock(shared_.mutex_);
  go_on(std::move(walk));
}

void LongWalks::ended(SievedWalk walk) {
  const std::scoped_lock lock(shared_.mutex_);
  settle(walk.start, walk);
}

void LongWalks::closed(std::uint64_t start) {
  const std::scoped_lock lock(shared_.mutex_);
  shared_.known_.erase(start);
}

void LongWalks::given_up(std::uint64_t start) {
  const std::scoped_lock lock(shared_.mutex_);
  drop(start);
}

void LongWalks::poll() {
  if (!has_mail_.load(std::memory_order_relaxed)) return;
  const std::scoped_lock lock(shared_.mutex_);
  has_mail_.store(false, std::memory_order_relaxed);
  for (SievedWalk& walk : std::exchange(inbox_, {})) go_on(std::move(walk));
}

bool LongWalks::stop_waiting() {
  const std::scoped_lock lock(shared_.mutex_);
  const std::size_t before = ready_.size();
  const auto take_back = [&](SievedWalk walk) {
    walk.packed = task_.step.pack(walk.index);
    walk.falls = false;
    ready_.push_back(std::move(walk));
  };
  for (SievedWalk& walk : std::exchange(inbox_, {})) take_back(std::move(walk));
  for (const std::uint64_t start : std::exchange(waits_at_, {})) {
    const auto at = shared_.known_.find(start);
    if (at == shared_.known_.end()) continue;
    for (SharedWalks::Waiting& waiting : at->second.waiting) {
      if (waiting.owner == this) take_back(std::move(waiting.walk));
    }
    std::erase_if(at->second.waiting, [this](const SharedWalks::Waiting& w) { return w.owner == this; });
  }
  return ready_.size() > before;
}

void LongWalks::go_on(SievedWalk walk) {
  auto& known = shared_.known_;
  for (auto at = known.find(walk.index); at != known.end(); at = known.find(walk.index)) {
    Known& there = at->second;
    if (!there.has_ended) {
      if (there.owner != this) waits_at_.push_back(walk.index);
      there.waiting.push_back({this, std::move(walk)});
      return;
    }
    walk.index = there.end;
    walk.taken += there.length;
    walk.passed.insert(walk.passed.end(), there.passed.begin(), there.passed.end());
    if (walk.index < walk.start) return settle(walk.start, walk);
    if (walk.index == walk.start) {
      report_cycle(task_, walk.start, walk.taken, walk.passed, findings_);
      const auto own = known.find(walk.start);
      if (own != known.end() && own->second.owner == this) known.erase(own);
      return;
    }
    if (walk.index < task_.coarse)
      walk.passed.push_back(static_cast<std::uint32_t>(task_.partition.class_of(walk.index)));
  }
  walk.packed = task_.step.pack(walk.index);
  walk.falls = false;
  ready_.push_back(std::move(walk));
}

void LongWalks::settle(std::uint64_t start, const SievedWalk& walk) {
  const auto at = shared_.known_.find(start);
  if (at == shared_.known_.end() || at->second.owner != this) return;
  Known& known = at->second;
  known.has_ended = true;
  known.end = walk.index;
  known.length = walk.taken;
  known.passed = walk.passed;
  release(std::exchange(known.waiting, {}));
}

void LongWalks::release(std::vector<SharedWalks::Waiting> waiting) {
  for (SharedWalks::Waiting& next : waiting) {
    if (next.owner == this) {
      go_on(std::move(next.walk));
    } else {
      next.owner->inbox_.push_back(std::move(next.walk));
      next.owner->has_mail_.store(true, std::memory_order_relaxed);
    }
  }
}

void LongWalks::drop(std::uint64_t start) {
  const auto at = shared_.known_.find(start);
  if (at == shared_.known_.end() || at->second.owner != this) return;
  std::vector<SharedWalks::Waiting> waiting = std::move(at->second.waiting);
  shared_.known_.erase(at);
  for (SharedWalks::Waiting& next : waiting) {
    if (next.owner != this) continue;
    if (next.walk.taken < task_.max_period)
      findings_.open.push_back(
          {OpenWalk::Purpose::leader, next.walk.start, next.walk.index, next.walk.taken, 0});
    drop(next.walk.start);
  }
  std::erase_if(waiting, [this](const SharedWalks::Waiting& w) { return w.owner == this; });
  release(std::move(waiting));
}

}  // namespace gforbit::cycles
