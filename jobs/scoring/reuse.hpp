/// --reuse: calls whose results are in the file of an earlier run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "scoring/items.hpp"

namespace gforbit::job_scoring {

/// What an earlier run found out. Numbers of solvers, tasks and candidates are rows of its file.
struct EarlierRun {
  std::vector<std::string> names;  ///< of candidates; empty: the solver itself
  std::vector<SolverIdentity> solvers;
  std::vector<std::string> task_ids, task_digests;
  std::vector<CallRow> rows;     ///< of programs, by solver, task and sample
  std::vector<CallFacts> facts;  ///< likewise
  std::map<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>, std::uint8_t>
      differs;                     ///< by candidate, task and sample
  std::vector<OutputRow> outputs;  ///< by candidate, task, sample and attempt
  bool has_outputs = false;
};

/// @throws core::InputError  no result of this job; it was changed or lacks what tells whether calls are the
/// same
[[nodiscard]] EarlierRun read_earlier_run(const std::filesystem::path& path);

/// Thread-safe.
class Reuse {
 public:
  /// @param input  must outlive the object
  /// @throws core::InputError  the run keeps outputs, and the earlier one did not
  Reuse(EarlierRun earlier, const PlanInput& input);

  /// What came of a call of a program, as if it had been made now; nullopt: it must be made. A call that
  /// reached a limit counts for the same limits, another one for those that are no tighter. What could not be
  /// started is tried again.
  [[nodiscard]] std::optional<UnitResult> find(std::uint32_t solver, std::uint32_t task,
                                               const CallSamples& samples) const;
  /// Programs and tasks of this run that the earlier one had too.
  [[nodiscard]] std::uint64_t n_solvers() const noexcept { return n_solvers_; }
  [[nodiscard]] std::uint64_t n_tasks() const noexcept { return n_tasks_; }

 private:
  using Rows = std::vector<std::uint32_t>;
  [[nodiscard]] std::optional<UnitResult> find_as(std::uint32_t solver, std::uint32_t task,
                                                  std::uint32_t old_solver, std::uint32_t old_task,
                                                  const CallSamples& samples) const;
  [[nodiscard]] bool counts(const CallFacts& facts, const CallRow& row, std::uint32_t solver) const;
  [[nodiscard]] bool add_row(const CallRow& row, const CallRow& old, UnitResult& result) const;

  EarlierRun earlier_;
  const PlanInput& input_;
  std::vector<Rows> old_solvers_, old_tasks_;  ///< the same as each of this run
  std::uint64_t n_solvers_ = 0, n_tasks_ = 0;
};

}  // namespace gforbit::job_scoring
