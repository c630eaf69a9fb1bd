/// Parts of the check of a scoring result beside the recount of its calls.
#pragma once

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::job_scoring {

/// Names of tasks and solvers, definitions of builtins, and which candidates a solver has. The tables have
/// their columns.
void check_names(const store::ResultReader& reader, const store::Table& tasks, const store::Table& candidates,
                 report::Findings& findings);

/// results/outputs against the calls that have an output, where there is such a table.
void check_outputs(const store::ResultReader& reader, report::Findings& findings);

/// The exit status, /runtime/calls and /runtime/part against the results.
void check_runtime(const store::ResultReader& reader, const store::Table& tasks,
                   const store::Table& candidates, report::Findings& findings);

/// Tables under /runtime that a later run needs, where there are such.
void check_reuse(const store::ResultReader& reader, const store::Table& tasks, const store::Table& candidates,
                 report::Findings& findings);

}  // namespace gforbit::job_scoring
