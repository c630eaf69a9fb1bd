/// Which solvers are named as failed, and in which order.
#include "scoring/failures.hpp"

#include <gtest/gtest.h>

namespace gforbit::job_scoring {
namespace {

SolverEnds ends_with(std::initializer_list<CallStatus> rows, bool is_program = true) {
  SolverEnds ends;
  ends.is_program = is_program;
  for (const CallStatus status : rows) ends.counts.add(status);
  return ends;
}

using enum CallStatus;

TEST(Failures, TheWorstComeFirstAndProgramsWithoutAnyOutputAreNamed) {
  const std::vector<SolverEnds> solvers{ends_with({matched, no_output}),
                                        ends_with({no_output, no_output, cancelled}),
                                        ends_with({no_output, no_output}, false),
                                        ends_with({crashed, matched}), ends_with({bad_output, bad_output})};
  EXPECT_EQ(worst_solvers(solvers), (std::vector<std::uint32_t>{4, 3, 1}));
  EXPECT_EQ(failure_text("a", solvers[1], {}), "solver 'a': 2 of 2 rows failed (2 no_output)");
  EXPECT_EQ(failure_text("b", solvers[3], {"t", "ended by signal 6", "oops\n"}),
            "solver 'b': 1 of 2 rows failed (1 crashed); on task 't': ended by signal 6; its standard error "
            "ends with 'oops'");
}

TEST(Failures, OnlyBadOutputsAreNoSuccess) {
  EXPECT_TRUE(ends_with({bad_output, cancelled}).only_bad());
  EXPECT_FALSE(ends_with({bad_output, no_output}).only_bad());
  EXPECT_FALSE(ends_with({cancelled}).only_bad());
}

}  // namespace
}  // namespace gforbit::job_scoring
