#include "gforbit/cycles/basins.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "backward_bits.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {

/// States of a level in one array at most; of the next one, q times as many.
constexpr std::size_t kMostStates = std::size_t{1} << 13;
/// Lists of predecessors: bytes for each state, and states that one call of work() enters.
constexpr std::uint64_t kListBytes = 8, kListSlice = std::uint64_t{1} << 16;
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
/// A level of so many is shared with a thread that waits.
constexpr std::size_t kFewestShared = 256;

}  // namespace

/// What one call of work() found.
struct BasinSearch::Found {
  std::uint64_t cycle = 0;
  std::uint64_t size = 0;
  TransientLengths lengths;
  std::uint64_t transient_states = 0, max_length = 0, leaves = 0;
  // From one level to the next.
  std::vector<std::uint64_t> next, previous;
};

BasinSearch::BasinSearch(const fsr::Register& reg, std::vector<Cycle> cycles, SimdLevel level,
                         std::uint64_t memory_bytes)
    : step_(reg), cycles_(std::move(cycles)), level_(level) {
  basins_.sizes.resize(cycles_.size(), 0);
  if (reg.field().order() == 2 && reg.system() == nullptr) {
    bits_ = std::make_unique<BackwardBits>(reg);
  } else if (const std::uint64_t n = step_.state_count(); n < kNone && n * kListBytes <= memory_bytes) {
    last_previous_.resize(n, kNone);
    entered_before_.resize(n);
    list_slices_ = (n + kListSlice - 1) / kListSlice;
  }
}

BasinSearch::~BasinSearch() = default;

bool BasinSearch::work(const core::StopSignal& stop) {
  std::unique_lock lock(mutex_);
  stopped_ = stopped_ || stop.stop_requested();
  if (stopped_) return false;
  if (next_list_slice_ < list_slices_) {
    const std::uint64_t slice = next_list_slice_++;
    lock.unlock();
    list_predecessors(slice, stop);
    lock.lock();
    ++slices_listed_;
    return true;
  }
  if (!is_listed() || (waiting_.empty() && next_cycle_ == cycles_.size())) {
    if (is_listed() && working_ == 0) return false;
    constexpr auto kPatience = std::chrono::milliseconds(1);
    idle_.fetch_add(1, std::memory_order_relaxed);
    changed_.wait_for(lock, kPatience);
    idle_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }
  std::optional<Level> level;
  if (!waiting_.empty()) {
    level = std::move(waiting_.back());
    waiting_.pop_back();
  }
  Found found;
  found.cycle = level ? level->cycle : next_cycle_++;
  ++working_;
  lock.unlock();
  try {
    level ? search_above(std::move(*level), found, stop) : search_cycle(found.cycle, found, stop);
  } catch (...) {
    lock.lock();
    stopped_ = true;  // for the other threads
    throw;
  }
  lock.lock();
  add(found);
  if (--working_ == 0 && waiting_.empty() && next_cycle_ == cycles_.size()) changed_.notify_all();
  return true;
}

/// Requires the mutex.
void BasinSearch::add(const Found& found) {
  basins_.sizes[found.cycle] += found.size;
  basins_.lengths.merge(found.lengths);
  basins_.transient_states += found.transient_states;
  basins_.max_transient_length = std::max(basins_.max_transient_length, found.max_length);
  basins_.leaf_states += found.leaves;
}

void BasinSearch::list_predecessors(std::uint64_t slice, const core::StopSignal& stop) {
  const std::uint64_t end = std::min(step_.state_count(), (slice + 1) * kListSlice);
  for (std::uint64_t s = slice * kListSlice; s < end; ++s) {
    if (s % kMostStates == 0 && stop.stop_requested()) return;
    std::atomic_ref last(last_previous_[step_.next(s)]);
    entered_before_[s] = last.exchange(static_cast<std::uint32_t>(s), std::memory_order_relaxed);
  }
}

void BasinSearch::previous(std::uint64_t state, std::vector<std::uint64_t>& out,
                           const core::StopSignal& stop) const {
  if (last_previous_.empty()) return step_.previous(state, out, stop);
  out.clear();
  for (std::uint32_t p = last_previous_[state]; p != kNone; p = entered_before_[p]) out.push_back(p);
}

/// The states at distance 1 all along the cycle, as many at a time as one array takes.
void BasinSearch::search_cycle(std::uint64_t cycle, Found& found, const core::StopSignal& stop) {
  const auto [representative, period] = cycles_[cycle];
  found.size += period;
  Level level{cycle, 1, {}};
  std::uint64_t s = representative;
  for (std::uint64_t i = 0; i < period; ++i) {
    if (i % kMostStates == 0 && stop.stop_requested()) return;
    const std::uint64_t t = step_.next(s);
    previous(t, found.previous, stop);
    for (const std::uint64_t p : found.previous) {
      if (p != s) level.states.push_back(p);
    }
    s = t;
    if (level.states.size() < kMostStates && i + 1 < period) continue;
    search_above(std::exchange(level, {cycle, 1, {}}), found, stop);
  }
  steps_.fetch_add(period, std::memory_order_relaxed);
}

/// All that leads to these states. They are counted here, those that are handed out are counted there.
void BasinSearch::search_above(Level level, Found& found, const core::StopSignal& stop) {
  while (!level.states.empty()) {
    if (stop.stop_requested()) return;
    const bool is_long = level.states.size() > kMostStates;
    if (is_long || (level.states.size() >= kFewestShared && idle_.load(std::memory_order_relaxed) > 0)) {
      const auto half = level.states.begin() + static_cast<std::ptrdiff_t>(level.states.size() / 2);
      hand_out({level.cycle, level.distance, {half, level.states.end()}});
      level.states.erase(half, level.states.end());
      continue;
    }
    const std::uint64_t states = level.states.size();
    found.size += states;
    found.transient_states += states;
    found.max_length = std::max(found.max_length, level.distance);
    found.lengths.add(level.distance, states);
    make_next(level.states, found.next, found, stop);
    steps_.fetch_add(states, std::memory_order_relaxed);
    level.states.swap(found.next);
    ++level.distance;
  }
}

void BasinSearch::make_next(std::span<const std::uint64_t> level, std::vector<std::uint64_t>& next,
                            Found& found, const core::StopSignal& stop) const {
  if (bits_) {
    next.resize(2 * level.size() + kBackwardSlack);
#if defined(__x86_64__)
    const auto predecessors = level_ == SimdLevel::avx512 ? predecessors_avx512 : predecessors_plain;
#else
    const auto predecessors = predecessors_plain;
#endif
    const Predecessors some = predecessors(*bits_, level.data(), level.size(), next.data());
    next.resize(some.count);
    found.leaves += some.leaves;
    return;
  }
  next.clear();
  for (const std::uint64_t s : level) {
    previous(s, found.previous, stop);
    found.leaves += found.previous.empty() ? 1 : 0;
    next.insert(next.end(), found.previous.begin(), found.previous.end());
  }
}

void BasinSearch::hand_out(Level level) {
  const std::scoped_lock lock(mutex_);
  waiting_.push_back(std::move(level));
  changed_.notify_one();
}

Basins BasinSearch::result() const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t states = 0;
  for (const std::uint64_t size : basins_.sizes) states += size;
  if (states != step_.state_count()) {
    throw core::CertificateError("the basins do not add up to all states: a cycle is missing or given twice");
  }
  return basins_;
}

void add_basins(MapResult& map, const Basins& basins, std::uint64_t stored) {
  if (basins.transient_states != map.transient_states || basins.leaf_states != map.leaf_states ||
      basins.max_transient_length != map.max_transient_length) {
    throw core::CertificateError(fmt::format(
        "the basins have {} transient states, {} without predecessor, and a largest transient length of {}; "
        "mapping found {}, {} and {}",
        basins.transient_states, basins.leaf_states, basins.max_transient_length, map.transient_states,
        map.leaf_states, map.max_transient_length));
  }
  const std::vector<Cycle> rows = map.cycles.rows();
  CycleCensus cycles(stored);
  for (const Cycle& cycle : rows) cycles.add(cycle);
  map.cycles = std::move(cycles);
  map.basin_sizes = basins.sizes;
  map.basin_sizes.resize(std::min<std::uint64_t>(basins.sizes.size(), stored));
  map.transient_lengths = basins.lengths;
}

bool search_basins(const fsr::Register& reg, MapResult& map, std::uint64_t stored, SimdLevel level,
                   const core::StopSignal& stop) {
  BasinSearch search(reg, map.cycles.rows(), level, reg.enumerable_state_count().value() * kListBytes);
  while (search.work(stop)) continue;
  if (stop.stop_requested()) return false;
  map.steps += search.steps();
  add_basins(map, search.result(), stored);
  return true;
}

}  // namespace gforbit::cycles
