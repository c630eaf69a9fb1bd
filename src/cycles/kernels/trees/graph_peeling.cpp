#include "gforbit/cycles/graph_peeling.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <limits>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {

constexpr std::uint64_t kStatesInSlice = 1 << 16;
constexpr std::uint64_t kListedInSlice = 1 << 14;

std::uint64_t slices_of(std::uint64_t n, std::uint64_t in_slice) {
  return (n + in_slice - 1) / in_slice;
}

}  // namespace

std::optional<std::uint64_t> GraphPeeling::bytes_for(const fsr::Register& reg) {
  const auto states = reg.enumerable_state_count();
  if (!states || *states > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return 3 * sizeof(std::uint32_t) * *states;
}

GraphPeeling::GraphPeeling(const fsr::Register& reg, std::uint64_t stored)
    : step_(reg), states_(step_.state_count()), predecessors_(states_, 0), cycles_(stored) {
  assert(bytes_for(reg));
  begin(Phase::count, slices_of(states_, kStatesInSlice));
}

bool GraphPeeling::work(const core::StopSignal& stop) {
  std::unique_lock lock(mutex_);
  stopped_ = stopped_ || stop.stop_requested();
  if (stopped_ || phase_ == Phase::done) return false;
  if (next_slice_ == slices_) {
    constexpr auto kPatience = std::chrono::milliseconds(1);
    changed_.wait_for(lock, kPatience);
    return true;
  }
  const Phase phase = phase_;
  const std::uint64_t slice = next_slice_++;
  ++running_;
  lock.unlock();
  try {
    run_slice(phase, slice, stop);
  } catch (...) {
    lock.lock();
    stopped_ = true;  // for the other threads
    throw;
  }
  lock.lock();
  if (--running_ == 0 && next_slice_ == slices_ && !stop.stop_requested()) {
    end_phase();
    changed_.notify_all();
  }
  return phase_ != Phase::done;
}

void GraphPeeling::begin(Phase phase, std::uint64_t slices) {
  phase_ = phase;
  next_slice_ = 0;
  slices_ = slices;
}

void GraphPeeling::end_phase() {
  switch (phase_) {
    case Phase::count:
      return begin(Phase::list, slices_of(states_, kStatesInSlice));
    case Phase::list:
    case Phase::take:
      level_ = std::exchange(next_level_, {});
      if (level_.empty()) return begin(Phase::cycles, 1);
      if (phase_ == Phase::list) leaves_ = level_.size();
      taken_ += level_.size();
      ++levels_;
      return begin(Phase::take, slices_of(level_.size(), kListedInSlice));
    case Phase::cycles:
    case Phase::done:
      return begin(Phase::done, 0);
  }
}

void GraphPeeling::run_slice(Phase phase, std::uint64_t slice, const core::StopSignal& stop) {
  const std::uint64_t first = slice * kStatesInSlice;
  const core::StateRange range{{first}, {std::min(states_, first + kStatesInSlice)}};
  switch (phase) {
    case Phase::count:
      return count(range);
    case Phase::list:
      return list(range);
    case Phase::take:
      return take(slice * kListedInSlice);
    case Phase::cycles:
      return find_cycles(stop);
    case Phase::done:
      return;
  }
}

void GraphPeeling::count(core::StateRange range) {
  for (std::uint64_t s = range.begin.value; s < range.end.value; ++s)
    std::atomic_ref(predecessors_[step_.next(s)]).fetch_add(1, std::memory_order_relaxed);
  steps_.fetch_add(range.size(), std::memory_order_relaxed);
}

void GraphPeeling::list(core::StateRange range) {
  Level found;
  for (std::uint64_t s = range.begin.value; s < range.end.value; ++s) {
    if (predecessors_[s] == 0) found.push_back(static_cast<std::uint32_t>(s));
  }
  add_to_next(found);
}

/// The thread that takes the last predecessor of a state lists it for the next level.
void GraphPeeling::take(std::uint64_t first) {
  const std::uint64_t end = std::min<std::uint64_t>(level_.size(), first + kListedInSlice);
  Level found;
  for (std::uint64_t i = first; i < end; ++i) {
    const auto next = static_cast<std::uint32_t>(step_.next(level_[i]));
    if (std::atomic_ref(predecessors_[next]).fetch_sub(1, std::memory_order_relaxed) == 1)
      found.push_back(next);
  }
  steps_.fetch_add(end - first, std::memory_order_relaxed);
  add_to_next(found);
}

void GraphPeeling::add_to_next(const Level& found) {
  const std::scoped_lock lock(mutex_);
  next_level_.insert(next_level_.end(), found.begin(), found.end());
}

/// What is left has one predecessor each. Starts increase, so each is the smallest state of its cycle.
void GraphPeeling::find_cycles(const core::StopSignal& stop) {
  std::uint64_t steps = 0;
  for (std::uint64_t start = 0; start < states_; ++start) {
    if (start % kStatesInSlice == 0 && stop.stop_requested()) return;
    if (predecessors_[start] == 0) continue;
    std::uint64_t period = 0, s = start;
    for (; predecessors_[s] != 0; s = step_.next(s)) {
      predecessors_[s] = 0;
      if (++period % kStatesInSlice == 0 && stop.stop_requested()) return;
    }
    if (s != start)
      throw core::CertificateError("a walk among the states that are left does not return to its start");
    cycles_.add({start, period});
    steps += period;
  }
  steps_.fetch_add(steps, std::memory_order_relaxed);
}

MapResult GraphPeeling::result() const {
  return {.cycles = cycles_,
          .transient_states = taken_,
          .max_transient_length = levels_,
          .leaf_states = leaves_,
          .steps = steps()};
}

}  // namespace gforbit::cycles
