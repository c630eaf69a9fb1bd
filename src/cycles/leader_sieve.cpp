#include "gforbit/cycles/leader_sieve.hpp"

#include <algorithm>
#include <cassert>

#include "sieved_search.hpp"

namespace gforbit::cycles {

namespace {

/// Nanoseconds for each state without the sieve before it is used; with it, a state takes some 4 over GF(2)
/// and 10 over larger fields.
constexpr double kBitPatience = 1, kDigitPatience = 2;

std::uint64_t possible_candidates(const fsr::Register& reg) {
  const std::uint64_t states = reg.enumerable_state_count().value();
  return reg.field().order() == 2 ? states / 2 : states;
}

/// Look-ups in vectors pay while there are few of them.
auto search_for(const PackedStep& step, SimdLevel level) {
#if defined(__x86_64__)
  constexpr std::size_t kMostRuns = 32;
  std::size_t runs = 0;
  for (const PackedStep::Lookup& lookup : step.lookups) runs += lookup.runs.size() + 2;
  const bool few =
      step.order == 2 ? step.products_of_bits.size() <= kMostProductsInVectors : runs <= kMostRuns;
  if (few && level == SimdLevel::avx512) return sieved_search_avx512;
#endif
  return level >= SimdLevel::avx2 ? sieved_search_bmi2 : sieved_search_plain;
}

}  // namespace

std::uint64_t LeaderSieve::bytes_for(const fsr::Register& reg) {
  return possible_candidates(reg) / 8 + 8;
}

LeaderSieve::LeaderSieve(const fsr::Register& reg, SimdLevel level)
    : reg_(reg),
      level_(level),
      states_(reg.enumerable_state_count().value()),
      size_(possible_candidates(reg)) {}

LeaderSieve::~LeaderSieve() = default;

void LeaderSieve::use() {
  const std::scoped_lock lock(mutex_);
  if (in_use()) return;
  step_ = PackedStep::compile(reg_);
  if (!step_) return;
  if (step_->order == 2) word_feedback_ = std::make_unique<WordFeedback>(reg_.feedback());
  words_ = decltype(words_)(size_ / 64 + 1);
  in_use_.store(true, std::memory_order_release);
}

bool LeaderSieve::note_time(std::chrono::nanoseconds worked) {
  const std::int64_t before = worked_ns_.fetch_add(worked.count(), std::memory_order_relaxed);
  const double patience = reg_.field().order() == 2 ? kBitPatience : kDigitPatience;
  const auto enough = static_cast<std::int64_t>(patience * static_cast<double>(states_));
  if (before <= enough && before + worked.count() > enough) use();
  return in_use();
}

void LeaderSieve::search(core::StateRange candidates, const Partition& partition, std::uint64_t max_period,
                         std::uint64_t walk_limit, std::uint64_t known_periods, Findings& findings,
                         const core::StopSignal& stop) {
  assert(in_use());
  // To go on with a walk as work of its own costs far more than here: only where it takes seconds.
  constexpr std::uint64_t kLongWalk = std::uint64_t{1} << 26;
  walk_limit = std::max(walk_limit, kLongWalk);
  const SievedTask task{*step_,     word_feedback_.get(), words_.data(), size_,        partition,
                        candidates, max_period,           walk_limit,    known_periods};
  const auto search = search_for(*step_, level_);
  search(task, findings, stop);
}

}  // namespace gforbit::cycles
