/// Small inputs of the scoring job.
#pragma once

#include <string>
#include <vector>

#include "scoring/items.hpp"
#include "scoring/solver_file.hpp"
#include "unit/scoring/grids.hpp"

namespace gforbit::job_scoring {

inline PlanInput input_of(const std::string& solvers, std::vector<scoring::Task> tasks,
                          config::Part part = {}) {
  PlanInput input;
  input.tasks = std::move(tasks);
  input.solvers = solvers_from_text(solvers, {});
  input.slots = {2};
  input.identify();
  input.choose_tasks();
  input.keep_part(part);
  return input;
}

/// One demo that turns a grid, and a test.
inline scoring::Task turned(const std::string& id, const char* cells = "12 34") {
  return {
      id, {{scoring::grid("12"), scoring::grid("1 2")}}, {{scoring::grid(cells), scoring::grid("31 42")}}};
}

}  // namespace gforbit::job_scoring
