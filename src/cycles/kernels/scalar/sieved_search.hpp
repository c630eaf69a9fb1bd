/// Leaders with a sieve (leader_sieve.hpp), eight walks at a time in general registers: for registers of any
/// field whose walks end late, where lanes of vectors would be empty or a walk would be repeated.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "packed_step.hpp"

namespace gforbit::cycles {

/// What a search for leaders is asked for.
struct SievedTask {
  const PackedStep& step;
  const WordFeedback* word_feedback;  ///< q = 2 only
  std::uint64_t* sieve;               ///< shared with other threads
  std::uint64_t sieve_size;           ///< states from here on have no bit
  const Partition& partition;
  std::uint64_t coarse;  ///< states below are counted by class; 0 where no walk goes below
  core::StateRange candidates;
  std::uint64_t max_period;
  std::uint64_t walk_limit;
  std::uint64_t known_periods;
};

class LongWalks;

/// A walk has come back to its start: a cycle.
void report_cycle(const SievedTask& task, std::uint64_t start, std::uint64_t period,
                  std::span<const std::uint32_t> passed, Findings& findings);

/// LeaderSieve::search() on any processor, and with the bit instructions of newer ones.
/// @param long_walks  those that are ready go on, beside the candidates
void sieved_search_plain(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                         const core::StopSignal& stop);
void sieved_search_bmi2(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                        const core::StopSignal& stop);
/// In vectors. The last few walks, which are faster without vectors, are left as ready.
void sieved_search_avx512(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                          const core::StopSignal& stop);

/// Kernel::resume() with the packed step.
void resume_packed_plain(const PackedStep& step, const Partition& partition, std::span<const OpenWalk> walks,
                         std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                         const core::StopSignal& stop);
void resume_packed_bmi2(const PackedStep& step, const Partition& partition, std::span<const OpenWalk> walks,
                        std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                        const core::StopSignal& stop);

}  // namespace gforbit::cycles
