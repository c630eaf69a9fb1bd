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
/// Of systems, whose sieved search takes some 25; and at first, because lanes take a while to end.
constexpr double kSystemPatience = 2, kFirstPatience = 2e7;

std::uint64_t possible_candidates(const fsr::Register& reg) {
  const std::uint64_t states = reg.enumerable_state_count().value();
  return reg.field().order() == 2 && reg.system() == nullptr ? states / 2 : states;
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

namespace {

/// Candidates of a system in increasing order, one walk at a time; all states have a bit, and every state
/// that a walk passes is noted.
class SystemSearch {
 public:
  SystemSearch(const fsr::Register& reg, SieveWords& sieve, const Partition& partition,
               core::StateRange candidates, Findings& findings)
      : step_(reg), sieve_(sieve), partition_(partition), candidates_(candidates), findings_(findings) {
    findings_.seen.resize(partition_.size(), 0);
  }

  void run(std::uint64_t max_period, std::uint64_t walk_limit, const core::StopSignal& stop) {
    for (std::uint64_t i = candidates_.begin.value; i < candidates_.end.value; ++i) {
      if (i % kStepsPerLook == 0 && stop.stop_requested()) return;
      if ((word(i).load(std::memory_order_relaxed) >> (i % 64) & 1) == 0)
        walk(i, max_period, walk_limit, stop);
    }
  }

 private:
  static constexpr std::uint64_t kStepsPerLook = 1 << 16;

  [[nodiscard]] std::atomic_ref<std::uint64_t> word(std::uint64_t state) {
    return std::atomic_ref(sieve_[state / 64]);
  }

  void walk(std::uint64_t start, std::uint64_t max_period, std::uint64_t walk_limit,
            const core::StopSignal& stop) {
    const std::uint64_t limit = std::min(max_period, walk_limit);
    std::uint64_t state = step_.next(start), taken = 1;
    for (; state > start && taken < limit; state = step_.next(state), ++taken) {
      const auto at = word(state);
      at.store(at.load(std::memory_order_relaxed) | std::uint64_t{1} << (state % 64),
               std::memory_order_relaxed);
      if (taken % kStepsPerLook == 0 && stop.stop_requested()) return;
    }
    findings_.steps += taken;
    if (state < start) return;
    if (state == start) {
      findings_.cycles.push_back({start, taken});
      count(start, taken, stop);
    } else if (taken < max_period) {
      findings_.open.push_back({OpenWalk::Purpose::leader, start, state, taken, 0});
    }
  }

  /// Once around a cycle, to lower the deficits of its classes.
  void count(std::uint64_t state, std::uint64_t period, const core::StopSignal& stop) {
    for (std::uint64_t n = 0; n < period; ++n, state = step_.next(state)) {
      if (n % kStepsPerLook == kStepsPerLook - 1 && stop.stop_requested()) return;
      ++findings_.seen[partition_.class_of(state)];
    }
    findings_.steps += period;
  }

  fsr::Stepper step_;
  SieveWords& sieve_;
  const Partition& partition_;
  core::StateRange candidates_;
  Findings& findings_;
};

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

void LeaderSieve::use(SieveWords words) {
  const std::scoped_lock lock(mutex_);
  if (in_use()) return;
  step_ = PackedStep::compile(reg_);
  if (!step_ && reg_.system() == nullptr) return;
  if (step_ && step_->order == 2) word_feedback_ = std::make_unique<WordFeedback>(reg_.feedback());
  words_ = std::move(words);
  long_walks_ = std::make_unique<SharedWalks>();
  in_use_.store(true, std::memory_order_release);
}

std::chrono::nanoseconds LeaderSieve::patience() const {
  const auto states = static_cast<double>(states_);
  const double nanoseconds = reg_.system() != nullptr    ? kFirstPatience + kSystemPatience * states
                             : reg_.field().order() == 2 ? kBitPatience * states
                                                         : kDigitPatience * states;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
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
  if (reg_.system() != nullptr) {
    SystemSearch(reg_, words_, partition, candidates, findings).run(max_period, walk_limit, stop);
    return;
  }
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
  if (reg_.system() != nullptr) {
    make_scalar_kernel(fsr::Stepper(reg_), partition)->resume(walks, max_period, walk_limit, findings, stop);
    return;
  }
  const auto resume = level_ >= SimdLevel::avx2 ? resume_packed_bmi2 : resume_packed_plain;
  resume(*step_, partition, walks, max_period, walk_limit, findings, stop);
}

}  // namespace gforbit::cycles
