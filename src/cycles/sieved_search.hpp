/// Leaders with a sieve (leader_sieve.hpp), eight walks at a time in general registers: for registers of any
/// field whose walks end late, where lanes of vectors would be empty or a walk would be repeated.
#pragma once

#include <cstdint>

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "packed_step.hpp"

namespace gforbit::cycles {

/// Products over GF(2) that the search in vectors takes at most.
inline constexpr int kMostProductsInVectors = 24;

/// What a search for leaders is asked for.
struct SievedTask {
  const PackedStep& step;
  const WordFeedback* word_feedback;  ///< q = 2 only
  std::uint64_t* sieve;               ///< shared with other threads
  std::uint64_t sieve_size;           ///< states from here on have no bit
  const Partition& partition;
  core::StateRange candidates;
  std::uint64_t max_period;
  std::uint64_t walk_limit;
  std::uint64_t known_periods;
};

/// LeaderSieve::search() on any processor, with the bit instructions of newer ones, and in vectors.
void sieved_search_plain(const SievedTask& task, Findings& findings, const core::StopSignal& stop);
void sieved_search_bmi2(const SievedTask& task, Findings& findings, const core::StopSignal& stop);
void sieved_search_avx512(const SievedTask& task, Findings& findings, const core::StopSignal& stop);

}  // namespace gforbit::cycles
