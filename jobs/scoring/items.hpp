/// The work items of a scoring run: a solver on a task, or some compositions of an enumeration on a task.
/// They exist as numbers until they are wanted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gforbit/config/value.hpp"
#include "gforbit/sched/priority.hpp"
#include "scoring/identity.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

/// Candidates [begin, end) of a solver, as far as they are known beforehand: the compositions of an
/// enumeration; of all others [0, 1), the solver itself.
struct CandidateRange {
  std::uint64_t begin = 0, end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
  friend bool operator==(const CandidateRange&, const CandidateRange&) = default;
};

/// Calls of programs that need not be made (--end-early); their rows say `skipped`.
struct EarlyEnds {
  bool failed_demo = false;  ///< tests of a task of which a solver did not match all demos
  bool timeout = false;      ///< a solver on a task after a call that timed out
  bool solved = false;       ///< the solvers that follow on a task, builtins too, after one that solved it
  [[nodiscard]] bool any() const noexcept { return failed_demo || timeout || solved; }
};

/// A pattern in the key `tasks` of a solver that is the id of no task.
struct Unmatched {
  std::uint32_t solver = 0;
  std::string pattern;
};

struct PlanInput {
  std::vector<scoring::Task> tasks;
  std::vector<Solver> solvers;
  std::vector<SolverIdentity> solver_identities;  ///< by solver
  std::vector<std::string> task_identities;       ///< by task
  Rules rules;                                    ///< but the slots
  EarlyEnds early;
  std::vector<std::uint32_t> slots;                      ///< by rank
  std::vector<std::vector<std::uint32_t>> chosen;        ///< by solver with `tasks`: rows of these, ascending
  std::vector<Unmatched> unmatched;                      ///< found by choose_tasks()
  std::vector<CandidateRange> candidates;                ///< by solver; a part of the batch has some of all
  std::uint64_t first_candidate = 0, end_candidate = 0;  ///< of the part, counted over all solvers

  /// Fills the identities. Before solvers get limits of the run's own.
  void identify();
  /// Fills `candidates` with slice I of N of all candidates, those of the first solver first.
  /// @throws core::UsageError  there are fewer candidates than parts
  void keep_part(config::Part part);
  /// Fills `chosen` and `unmatched`. @throws core::InputError  no solver has a task
  void choose_tasks();
  [[nodiscard]] bool has_choice(std::uint32_t solver) const { return !solvers[solver].tasks.empty(); }
  [[nodiscard]] bool any_choice() const;
  [[nodiscard]] std::uint64_t n_tasks(std::uint32_t solver) const {
    return has_choice(solver) ? chosen[solver].size() : tasks.size();
  }
  /// @param i  below n_tasks()
  [[nodiscard]] std::uint32_t task_of(std::uint32_t solver, std::uint64_t i) const {
    return has_choice(solver) ? chosen[solver].at(i) : static_cast<std::uint32_t>(i);
  }
  /// Whether the solver is called on the task.
  [[nodiscard]] bool asks(std::uint32_t solver, std::uint32_t task) const;
  [[nodiscard]] std::uint64_t n_samples() const;
  [[nodiscard]] std::uint64_t n_samples(std::uint32_t solver) const;
  [[nodiscard]] std::uint64_t n_calls() const;
};

/// Part of a run: solver, task and candidates of it.
struct Item {
  std::uint32_t solver = 0, task = 0;
  CandidateRange candidates;
};

/// Items are numbered by solver, then task, then candidates. Which of them ask for the same is known from
/// what solvers are told: definition and limits of the solver, and the grids of the task; names are no
/// difference.
class Items {
 public:
  /// @param input  must outlive the object
  explicit Items(const PlanInput& input);

  [[nodiscard]] std::uint64_t size() const noexcept { return begin_.back(); }
  [[nodiscard]] Item operator[](std::uint64_t number) const;
  [[nodiscard]] std::uint64_t n_calls(const Item& item) const;
  /// Whether this item stands for all that are equal to it.
  [[nodiscard]] bool is_first(std::uint64_t number) const;
  /// The most urgent class among equal items.
  [[nodiscard]] sched::Priority priority(std::uint64_t number) const;
  [[nodiscard]] sched::Priority priority_of(std::uint32_t solver) const { return priority_[solver]; }
  /// The items of a solver that stand for all tasks equal to this one.
  [[nodiscard]] std::vector<std::uint64_t> numbers(std::uint32_t solver, std::uint32_t task) const;
  /// The solver that stands for this one.
  [[nodiscard]] std::uint32_t first_solver(std::uint32_t solver) const { return first_solver_[solver]; }
  /// Solvers equal to this one, itself first.
  [[nodiscard]] const std::vector<std::uint32_t>& equal_solvers(std::uint32_t first) const {
    return equal_solvers_[first];
  }
  /// Tasks equal to this one, in their order. A solver may be called on some of them only.
  [[nodiscard]] const std::vector<std::uint32_t>& equal_tasks(std::uint32_t task) const {
    return equal_tasks_[first_task_[task]];
  }
  /// Of these, those that the solver is called on.
  [[nodiscard]] std::uint64_t n_equal_tasks(std::uint32_t solver, std::uint32_t task) const;

 private:
  [[nodiscard]] std::uint32_t solver_of(std::uint64_t number) const;

  const PlanInput& input_;
  std::vector<std::uint64_t> begin_;  ///< by solver: number of its first item; then the number of all
  std::vector<std::uint32_t> first_solver_, first_task_;  ///< the first equal one
  std::vector<std::vector<std::uint32_t>> equal_solvers_, equal_tasks_;
  std::vector<sched::Priority> priority_;  ///< by solver, of those that stand for others
};

}  // namespace gforbit::job_scoring
