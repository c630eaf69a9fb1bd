/// From rows to the score of each candidate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoring/plan.hpp"

namespace gforbit::job_scoring {

struct CandidateScore {
  std::string id;
  std::uint32_t solver = 0;
  std::uint64_t number = 0;  ///< as in CallRow::candidate
  std::uint64_t demo_matches = 0, test_matches = 0, tasks_solved = 0;
  std::uint64_t cells_equal = 0;
  std::uint64_t cells_total = 0;  ///< of the expected outputs of the solver's tasks
  std::uint64_t n_calls = 0;      ///< samples that the solver was called for
  std::uint64_t n_outputs = 0;    ///< of these, with an output of this candidate
};

struct Scores {
  std::vector<CandidateScore> candidates;  ///< in the order of the table
  std::vector<CallRow> rows;               ///< `candidate` is the row in candidates; sorted as the table
  std::vector<std::uint64_t> solved_by;    ///< by task: candidates
};

/// The same for the same rows in any order.
[[nodiscard]] Scores score(const PlanInput& input, const Collected& collected);

}  // namespace gforbit::job_scoring
