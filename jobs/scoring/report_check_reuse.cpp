// What /runtime keeps for later runs (--reuse), against the results.
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/report/rows.hpp"
#include "gforbit/scoring/differs.hpp"
#include "scoring/report.hpp"
#include "scoring/report_check_parts.hpp"
#include "scoring/solver_file.hpp"
#include "scoring/tables.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

namespace {

using report::Findings;
using Kinds = std::vector<std::int8_t>;

bool is_program(const Kinds& kinds, std::uint64_t solver) {
  return solver < kinds.size() && static_cast<SolverKind>(kinds[solver]) == SolverKind::program;
}

/// Candidate, task, list and sample.
using Key = std::tuple<std::uint64_t, std::uint64_t, std::int8_t, std::int32_t>;

Key key_of(const store::Table& block, std::size_t row) {
  return {block.column<std::uint64_t>("candidate")[row], block.column<std::uint64_t>("task")[row],
          block.column<std::int8_t>("sample_kind")[row], block.column<std::int32_t>("sample")[row]};
}

/// First outputs of programs that are scored.
std::vector<Key> first_outputs(const store::ResultReader& reader, const Kinds& kinds) {
  std::vector<Key> keys;
  report::for_each_block(reader, kCalls, [&](const store::Table& block, std::uint64_t) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      CallRow call;
      call.status = static_cast<CallStatus>(block.column<std::int8_t>("status")[row]);
      call.attempt = block.column<std::int32_t>("attempt")[row] == 1 ? 1 : 0;
      call.match = block.column<std::int8_t>("match")[row];
      if (is_first_scored(call) && is_program(kinds, block.column<std::uint64_t>("solver")[row]))
        keys.push_back(key_of(block, row));
    }
  });
  return keys;
}

/// results/differ_scores of programs, again from the outputs one by one.
void check_differs(const store::ResultReader& reader, const store::Table& candidates, const Kinds& kinds,
                   Findings& findings) {
  report::require_table(reader, runtime_differs_table());
  const std::vector<Key> expected = first_outputs(reader, kinds);
  const store::Table differs = reader.read(kRuntimeDiffers), scores = reader.read(kDifferScores);
  const auto wrong = [&](const std::string& what) {
    findings.violation(fmt::format("{}: {}", kRuntimeDiffers, what));
  };
  if (differs.n_rows() != expected.size())
    return wrong(fmt::format("it has {} rows, but {} first outputs of programs are scored", differs.n_rows(),
                             expected.size()));
  std::vector<scoring::DifferCounts> sums(candidates.n_rows());
  for (std::size_t row = 0; row < expected.size(); ++row) {
    if (key_of(differs, row) != expected[row] || std::get<0>(expected[row]) >= sums.size())
      return wrong(fmt::format("row {} is of no first output, or not in their order", row));
    const std::int32_t iz = differs.column<std::int32_t>("iz")[row];
    if (iz < 0 || iz >= kDifferCodes)
      return wrong(fmt::format("row {}: iz is no number of five digits to base 3", row));
    const auto counts = differ_counts(static_cast<std::uint8_t>(iz));
    for (std::size_t i = 0; i < counts.size(); ++i) sums[std::get<0>(expected[row])][i] += counts[i];
  }
  const auto& solvers = candidates.column<std::uint64_t>("solver");
  for (std::size_t row = 0; row < scores.n_rows(); ++row) {
    const std::uint64_t candidate = scores.column<std::uint64_t>("candidate")[row];
    const std::int8_t differ = scores.column<std::int8_t>("differ")[row];
    if (candidate >= sums.size() || differ < 0 || static_cast<std::size_t>(differ) >= scoring::kDiffers ||
        !is_program(kinds, solvers[candidate]))
      continue;
    const scoring::DifferCount stored{scores.column<std::uint64_t>("iz")[row],
                                      scores.column<std::uint64_t>("zo")[row],
                                      scores.column<std::uint64_t>("n_samples")[row]};
    if (sums[candidate][static_cast<std::size_t>(differ)] != stored)
      wrong(fmt::format("the sums are not those in {}, row {}", kDifferScores, row));
  }
}

/// Digests of programs, and of nothing else.
void check_identities(const store::ResultReader& reader, const store::Table& tasks, const Kinds& kinds,
                      Findings& findings) {
  report::require_table(reader, runtime_tasks_table());
  report::require_table(reader, runtime_solvers_table(reader));
  if (reader.n_rows(kRuntimeTasks) != tasks.n_rows())
    findings.violation(fmt::format("{} has not a row for each task", kRuntimeTasks));
  const store::Table solvers = reader.read(kRuntimeSolvers);
  const auto& digests = solvers.column<std::string>("digest");
  if (digests.size() != kinds.size())
    return findings.violation(fmt::format("{} has not a row for each solver", kRuntimeSolvers));
  for (std::size_t row = 0; row < kinds.size(); ++row) {
    if (digests[row].empty() == is_program(kinds, row))
      findings.violation(
          fmt::format("{}, row {}: a program has a digest, and nothing else has", kRuntimeSolvers, row));
  }
}

}  // namespace

void check_reuse(const store::ResultReader& reader, const store::Table& tasks, const store::Table& candidates,
                 Findings& findings) {
  const store::Table solvers = reader.read(kSolvers);
  const Kinds& kinds = solvers.column<std::int8_t>("kind");
  if (reader.has_table(kRuntimeTasks) && reader.has_table(kRuntimeSolvers))
    check_identities(reader, tasks, kinds, findings);
  if (reader.has_table(kRuntimeDiffers)) check_differs(reader, candidates, kinds, findings);
}

}  // namespace gforbit::job_scoring
