#include "long_walks.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
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
  std::ignore = take_back_waiting();
  for (const std::uint64_t start : added_) {
    const auto at = shared_.known_.find(start);
    if (at == shared_.known_.end() || at->second.owner != this) continue;
    at->second.owner = nullptr;
    if (at->second.has_ended) continue;
    send_back(std::move(at->second.waiting));
    shared_.known_.erase(at);
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
  go_on({std::move(walk)});
}

void LongWalks::ended(SievedWalk walk) {
  const std::scoped_lock lock(shared_.mutex_);
  std::vector<SievedWalk> released;
  settle(std::move(walk), released);
  go_on(std::move(released));
}

void LongWalks::closed(std::uint64_t start) {
  const std::scoped_lock lock(shared_.mutex_);
  shared_.known_.erase(start);
}

void LongWalks::given_up(std::uint64_t start, bool is_longer_than_any) {
  const std::scoped_lock lock(shared_.mutex_);
  // Those that wait are on the same cycle, with smaller starts: one of them is enough, the smallest.
  std::optional<SievedWalk> smallest;
  std::vector<std::uint64_t> rest{start};
  while (!rest.empty()) {
    const auto at = shared_.known_.find(rest.back());
    rest.pop_back();
    if (at == shared_.known_.end() || at->second.owner != this) continue;
    for (SharedWalks::Waiting& waiting : at->second.waiting) {
      if (waiting.owner != this) continue;
      rest.push_back(waiting.walk.start);
      if (!smallest || waiting.walk.start < smallest->start) smallest = std::move(waiting.walk);
    }
    send_back(std::move(at->second.waiting));
    shared_.known_.erase(at);
  }
  if (smallest && !is_longer_than_any)
    findings_.open.push_back(
        {OpenWalk::Purpose::leader, smallest->start, smallest->index, smallest->taken, 0});
}

void LongWalks::poll() {
  if (!has_mail_.load(std::memory_order_relaxed)) return;
  const std::scoped_lock lock(shared_.mutex_);
  has_mail_.store(false, std::memory_order_relaxed);
  go_on(std::exchange(inbox_, {}));
}

bool LongWalks::stop_waiting() {
  const std::scoped_lock lock(shared_.mutex_);
  const std::size_t before = ready_.size();
  for (SievedWalk& walk : take_back_waiting()) make_ready(std::move(walk));
  return ready_.size() > before;
}

void LongWalks::go_on(std::vector<SievedWalk> walks) {
  while (!walks.empty()) {
    SievedWalk walk = std::move(walks.back());
    walks.pop_back();
    const auto at = shared_.known_.find(walk.index);
    if (at == shared_.known_.end()) {
      make_ready(std::move(walk));
    } else if (!at->second.has_ended) {
      if (at->second.owner != this) waits_at_.push_back(walk.index);
      at->second.waiting.push_back({this, std::move(walk)});
    } else {
      jump(std::move(walk), at->second, walks);
    }
  }
}

void LongWalks::jump(SievedWalk walk, const Known& over, std::vector<SievedWalk>& walks) {
  walk.index = over.end;
  walk.taken += over.length;
  walk.passed.insert(walk.passed.end(), over.passed.begin(), over.passed.end());
  if (walk.index < walk.start) {
    settle(std::move(walk), walks);
  } else if (walk.index == walk.start) {
    report_cycle(task_, walk.start, walk.taken, walk.passed, findings_);
    shared_.known_.erase(walk.start);
  } else {
    if (walk.index < task_.coarse)
      walk.passed.push_back(static_cast<std::uint32_t>(task_.partition.class_of(walk.index)));
    walks.push_back(std::move(walk));
  }
}

void LongWalks::settle(SievedWalk walk, std::vector<SievedWalk>& released) {
  const auto at = shared_.known_.find(walk.start);
  if (at == shared_.known_.end() || at->second.owner != this) return;
  Known& known = at->second;
  known.has_ended = true;
  known.end = walk.index;
  known.length = walk.taken;
  known.passed = std::move(walk.passed);
  std::vector<SharedWalks::Waiting> waiting = std::exchange(known.waiting, {});
  for (SharedWalks::Waiting& next : waiting) {
    if (next.owner == this) released.push_back(std::move(next.walk));
  }
  send_back(std::move(waiting));
}

void LongWalks::send_back(std::vector<SharedWalks::Waiting> waiting) {
  for (SharedWalks::Waiting& next : waiting) {
    if (next.owner == this) continue;
    next.owner->inbox_.push_back(std::move(next.walk));
    next.owner->has_mail_.store(true, std::memory_order_relaxed);
  }
}

std::vector<SievedWalk> LongWalks::take_back_waiting() {
  std::vector<SievedWalk> walks = std::exchange(inbox_, {});
  for (const std::uint64_t start : std::exchange(waits_at_, {})) {
    const auto at = shared_.known_.find(start);
    if (at == shared_.known_.end()) continue;
    for (SharedWalks::Waiting& waiting : at->second.waiting) {
      if (waiting.owner == this) walks.push_back(std::move(waiting.walk));
    }
    std::erase_if(at->second.waiting, [this](const SharedWalks::Waiting& w) { return w.owner == this; });
  }
  return walks;
}

void LongWalks::make_ready(SievedWalk walk) {
  walk.packed = task_.step.pack(walk.index);
  walk.falls = false;
  ready_.push_back(std::move(walk));
}

}  // namespace gforbit::cycles
