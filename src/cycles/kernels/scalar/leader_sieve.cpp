#include "gforbit/cycles/leader_sieve.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "long_walks.hpp"
#include "sieved_search.hpp"

namespace gforbit::cycles {

namespace {

/// Nanoseconds for each state without the sieve before it is used; with it, a state takes some 1.3 over GF(2)
/// and 2 to 6 over larger fields.
constexpr double kBitPatience = 0.3, kDigitPatience = 0.5;

std::uint64_t possible_candidates(const fsr::Register& reg) {
  const std::uint64_t states = reg.enumerable_state_count().value();
  return reg.field().order() == 2 ? states / 2 : states;
}

/// States below are counted by class, unless all that a walk can reach are of the last class.
std::uint64_t counted_below(core::StateRange candidates, const Partition& partition) {
  const std::uint64_t coarse = partition.interval(partition.size() - 1).begin.value;
  return candidates.begin.value >= coarse ? 0 : coarse;
}

}  // namespace

void report_cycle(const SievedTask& task, std::uint64_t start, std::uint64_t period,
                  std::span<const std::uint32_t> passed, Findings& findings) {
  if (period <= task.known_periods) return;
  findings.cycles.push_back({start, period});
  std::uint64_t counted = passed.size();
  for (const std::uint32_t c : passed) ++findings.seen[c];
  if (start < task.coarse) {
    ++findings.seen[task.partition.class_of(start)];
    ++counted;
  }
  findings.seen.back() += period - counted;
}

std::uint64_t LeaderSieve::bytes_for(const fsr::Register& reg) {
  return possible_candidates(reg) / 8 + 8;
}

LeaderSieve::LeaderSieve(const fsr::Register& reg, SimdLevel level)
    : reg_(reg),
      level_(level),
      states_(reg.enumerable_state_count().value()),
      size_(possible_candidates(reg)) {}

LeaderSieve::~LeaderSieve() = default;

void LeaderSieve::use(SieveWords words) {
  const std::scoped_lock lock(mutex_);
  if (in_use()) return;
  step_ = PackedStep::compile(reg_);
  if (!step_) return;
  if (step_->order == 2) word_feedback_ = std::make_unique<WordFeedback>(reg_.feedback());
  words_ = std::move(words);
  long_walks_ = std::make_unique<SharedWalks>();
  in_use_.store(true, std::memory_order_release);
}

std::chrono::nanoseconds LeaderSieve::patience() const {
  const double for_each = reg_.field().order() == 2 ? kBitPatience : kDigitPatience;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(for_each * static_cast<double>(states_)));
}

bool LeaderSieve::note_time(std::chrono::nanoseconds worked) {
  const std::int64_t before = worked_ns_.fetch_add(worked.count(), std::memory_order_relaxed);
  const std::int64_t enough = patience().count();
  if (before <= enough && before + worked.count() > enough) use();
  return in_use();
}

void LeaderSieve::search(core::StateRange candidates, const Partition& partition, std::uint64_t max_period,
                         std::uint64_t walk_limit, std::uint64_t known_periods, Findings& findings,
                         const core::StopSignal& stop) {
  assert(in_use());
  // To go on with a walk as work of its own costs more than here: only where it takes a second.
  constexpr std::uint64_t kLongWalk = std::uint64_t{1} << 28;
  SievedTask task{.step = *step_,
                  .word_feedback = word_feedback_.get(),
                  .sieve = words_.data(),
                  .sieve_size = size_,
                  .partition = partition,
                  .coarse = counted_below(candidates, partition),
                  .candidates = candidates,
                  .max_period = max_period,
                  .walk_limit = std::max(walk_limit, kLongWalk),
                  .known_periods = known_periods};
  LongWalks long_walks(*long_walks_, task, findings);
#if defined(__x86_64__)
  if (level_ == SimdLevel::avx512 && vectors_apply(*step_)) {
    sieved_search_avx512(task, long_walks, findings, stop);
    task.candidates.begin = task.candidates.end;
  }
#endif
  const auto search = level_ >= SimdLevel::avx2 ? sieved_search_bmi2 : sieved_search_plain;
  search(task, long_walks, findings, stop);
}

void LeaderSieve::resume(std::span<const OpenWalk> walks, const Partition& partition,
                         std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                         const core::StopSignal& stop) const {
  assert(in_use());
  const auto resume = level_ >= SimdLevel::avx2 ? resume_packed_bmi2 : resume_packed_plain;
  resume(*step_, partition, walks, max_period, walk_limit, findings, stop);
}

}  // namespace gforbit::cycles
