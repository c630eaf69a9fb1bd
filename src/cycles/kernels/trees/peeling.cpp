#include "gforbit/cycles/peeling.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <chrono>
#include <stdexcept>

#include "gforbit/core/error.hpp"
#include "kernels/scalar/packed_step.hpp"
#include "peeling_tables.hpp"

namespace gforbit::cycles {

namespace {

/// States at least: blocks of words over GF(2).
constexpr std::uint64_t kFewestStates = 1024;
constexpr std::uint64_t kMostStates = std::uint64_t{1} << 40;

/// The search for cycles is cut where its work is: each octave of indices in so many parts, the lowest ones
/// together.
constexpr int kOctaves = 16;
constexpr std::uint64_t kPartsOfOctave = 16;

core::StateRange candidates_of(std::uint64_t states, std::uint64_t slice) {
  const std::uint64_t first = states >> kOctaves;
  if (slice == 0) return {{0}, {first}};
  const std::uint64_t octave = (slice - 1) / kPartsOfOctave, part = (slice - 1) % kPartsOfOctave;
  const auto place = [&](std::uint64_t n) {
    const std::uint64_t begin = states >> (static_cast<std::uint64_t>(kOctaves) - octave);
    const std::uint64_t end = states >> (static_cast<std::uint64_t>(kOctaves) - octave - 1);
    return begin + static_cast<std::uint64_t>(static_cast<double>(end - begin) * static_cast<double>(n) /
                                              static_cast<double>(kPartsOfOctave));
  };
  return {{place(part)}, {place(part + 1)}};
}

std::unique_ptr<PeelingTables> make_tables(const fsr::Register& reg, SimdLevel level) {
  if (reg.field().order() == 2) return make_bit_tables(reg, level);
  const auto make = level >= SimdLevel::avx2 ? make_digit_tables_bmi2 : make_digit_tables_plain;
  return make(PackedStep::compile(reg));
}

}  // namespace

bool has_image_words(const PackedStep& step) {
  constexpr int kMostKeyBits = 14;
  constexpr std::size_t kMostLookups = 32;  // up to a megabyte each
  return step.order > 2 && step.order <= kMostImageOrder && step.lookups.size() <= kMostLookups &&
         std::ranges::all_of(step.lookups, [](const PackedStep::Lookup& lookup) {
           return std::popcount(lookup.cells) <= kMostKeyBits;
         });
}

std::optional<std::uint64_t> Peeling::bytes_for(const fsr::Register& reg) {
  const auto states = reg.enumerable_state_count();
  if (reg.system() != nullptr || !states || *states < kFewestStates || *states > kMostStates)
    return std::nullopt;
  const std::uint64_t q = reg.field().order();
  if (q > kMostDigitOrder || !PackedStep::can_pack(reg)) return std::nullopt;
  // A bitmap that becomes the sieve, or counters and a sieve; and two lists of the longest level in a list.
  // Two bitmaps instead of counters take less.
  if (q == 2) return *states / 8 + *states / 128;
  return *states * (q <= kMostByteCounted ? 1 : 2) + *states / 4 + LeaderSieve::bytes_for(reg);
}

Peeling::Peeling(const fsr::Register& reg, std::uint64_t stored, SimdLevel level)
    : states_(reg.enumerable_state_count().value()),
      tables_(make_tables(reg, level)),
      sieve_(reg, level),
      cycles_(stored) {
  begin_phase(Phase::peel, tables_->begin_pass());
}

Peeling::~Peeling() = default;

bool Peeling::work(const core::StopSignal& stop) {
  std::unique_lock lock(mutex_);
  stopped_ = stopped_ || stop.stop_requested();
  if (phase_ == Phase::done || stopped_) return false;
  if (next_slice_ == slices_) {
    wait_for_others(lock);
    return true;
  }
  const std::uint64_t slice = next_slice_++;
  const Phase phase = phase_;
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
  stopped_ = stopped_ || stop.stop_requested();
  if (--running_ == 0 && next_slice_ == slices_ && !stopped_) {
    end_pass();
    passes_.fetch_add(1, std::memory_order_release);
    changed_.notify_all();
  }
  return phase_ != Phase::done && !stopped_;
}

/// Passes over lists follow one another within microseconds, too soon to sleep.
void Peeling::wait_for_others(std::unique_lock<std::mutex>& lock) {
  constexpr auto kBriefly = std::chrono::microseconds(50);
  constexpr auto kPatience = std::chrono::milliseconds(1);
  const std::uint64_t pass = passes_.load(std::memory_order_relaxed);
  lock.unlock();
  const auto end = std::chrono::steady_clock::now() + kBriefly;
  while (passes_.load(std::memory_order_acquire) == pass && std::chrono::steady_clock::now() < end) continue;
  lock.lock();
  if (passes_.load(std::memory_order_relaxed) == pass) changed_.wait_for(lock, kPatience);
}

void Peeling::run_slice(Phase phase, std::uint64_t slice, const core::StopSignal& stop) {
  switch (phase) {
    case Phase::peel:
      steps_.fetch_add(tables_->run(slice, stop), std::memory_order_relaxed);
      return;
    case Phase::sieve:
      return tables_->fill_sieve(slice, sieve_.words(), sieve_.size());
    default:
      return search_cycles(slice, stop);
  }
}

/// Requires the mutex, and no slice at work.
void Peeling::end_pass() {
  switch (phase_) {
    case Phase::peel:
      if (const std::uint64_t slices = tables_->begin_pass()) return begin_phase(Phase::peel, slices);
      taken_ = tables_->taken();
      sieve_.use(tables_->take_sieve_words(sieve_.word_count()));
      return begin_phase(Phase::sieve, tables_->sieve_slices());
    case Phase::sieve:
      tables_.reset();
      return begin_phase(Phase::cycles, kOctaves * kPartsOfOctave + 1);
    default:
      check();
      return begin_phase(Phase::done, 0);
  }
}

void Peeling::begin_phase(Phase phase, std::uint64_t slices) {
  phase_ = phase;
  next_slice_ = 0;
  slices_ = slices;
}

void Peeling::search_cycles(std::uint64_t slice, const core::StopSignal& stop) {
  const core::StateRange candidates = candidates_of(states_, slice);
  Findings found;
  sieve_.search(candidates, Partition(states_, 1, 0, 1), states_ - taken_.states, states_, 0, found, stop);
  found.count_cycles(candidates, cycles_.stored());
  steps_.fetch_add(found.steps, std::memory_order_relaxed);
  const std::scoped_lock lock(mutex_);
  cycles_.merge(found.counted);
  for (const Cycle& cycle : found.cycles) cycles_.add(cycle);
}

void Peeling::check() const {
  if (!covers_all_states(states_, cycles_, taken_.states)) {
    throw core::CertificateError(
        "the certificate does not close: states on cycles and transient states are not all states");
  }
}

MapResult Peeling::result() const {
  return {.cycles = cycles_,
          .transient_states = taken_.states,
          .max_transient_length = taken_.levels,
          .leaf_states = taken_.leaves,
          .steps = steps()};
}

std::optional<MapResult> map_by_peeling(const fsr::Register& reg, std::uint64_t stored,
                                        const core::StopSignal& stop, SimdLevel level) {
  Peeling peeling(reg, stored, level);
  while (peeling.work(stop)) continue;
  if (stop.stop_requested()) return std::nullopt;
  return peeling.result();
}

}  // namespace gforbit::cycles
