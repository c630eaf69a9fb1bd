#include "scoring/plan.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "gforbit/core/error.hpp"

namespace gforbit::job_scoring {

namespace {

/// Calls in a unit of builtins: tens of milliseconds of one core.
constexpr std::uint64_t kBuiltinCalls = 1 << 14;
/// Calls in a unit of programs for each slot: with the next unit on its way no slot waits for rank 0.
constexpr std::uint64_t kCallsPerSlot = 2;

bool is_program(const Solver& solver) {
  return solver.kind == SolverKind::program;
}

}  // namespace

std::uint64_t PlanInput::n_samples() const {
  return std::accumulate(tasks.begin(), tasks.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const scoring::Task& task) { return sum + task.n_samples(); });
}

std::uint64_t PlanInput::n_calls() const {
  const std::uint64_t samples = n_samples();
  return std::accumulate(
      solvers.begin(), solvers.end(), std::uint64_t{0},
      [&](std::uint64_t sum, const Solver& solver) { return sum + samples * solver.n_compositions(); });
}

ScoringPlan::ScoringPlan(const PlanInput& input) : input_(input), order_(input.solvers.size()) {
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t row) { return input.solvers[row].priority; });
  collected_.names.resize(input.solvers.size());
  numbers_.resize(input.solvers.size());
}

// ---- handing out ------------------------------------------------------------------------------------------

std::optional<sched::Unit> ScoringPlan::next(int rank) {
  if (stopped_ || at_end()) return std::nullopt;
  UnitBody body;
  body.rules = input_.rules;
  body.rules.slots = input_.slots.at(static_cast<std::size_t>(rank));
  const bool programs = is_program(input_.solvers[order_[cursor_.solver]]);
  const std::uint64_t wanted = programs ? kCallsPerSlot * body.rules.slots : kBuiltinCalls;
  for (std::uint64_t calls = 0;
       calls < wanted && !at_end() && is_program(input_.solvers[order_[cursor_.solver]]) == programs;) {
    body.pieces.push_back(take_piece(wanted - calls));
    calls += body.pieces.back().count * body.pieces.back().task.n_samples();
  }
  sched::Unit unit{items_++, body.bytes()};
  out_.emplace(unit.item, unit.body);
  return unit;
}

Piece ScoringPlan::take_piece(std::uint64_t most_calls) {
  Piece piece;
  piece.solver_row = order_[cursor_.solver];
  piece.task_row = static_cast<std::uint32_t>(cursor_.task);
  piece.solver = input_.solvers[piece.solver_row];
  piece.task = input_.tasks[cursor_.task];
  piece.first = cursor_.first;
  const std::uint64_t candidates = piece.solver.n_compositions();
  piece.count =
      std::min(candidates - piece.first, std::max<std::uint64_t>(1, most_calls / piece.task.n_samples()));
  cursor_.first += piece.count;
  if (cursor_.first == candidates) {
    cursor_.first = 0;
    if (++cursor_.task == input_.tasks.size()) {
      cursor_.task = 0;
      ++cursor_.solver;
    }
  }
  return piece;
}

// ---- taking back ------------------------------------------------------------------------------------------

std::uint64_t ScoringPlan::candidate_number(std::uint32_t solver, const std::string& name) {
  auto& names = collected_.names[solver];
  const auto [at, is_new] = numbers_[solver].try_emplace(name, names.size() + 1);
  if (is_new) names.push_back(name);
  return at->second;
}

void ScoringPlan::completed(const sched::Unit& unit, std::span<const std::byte> bytes) {
  if (stopped_) return;  // its calls are rows already
  out_.erase(unit.item);
  UnitResult result = UnitResult::read(bytes);
  // Candidates of programs have numbers of the unit; here each solver has its own.
  const auto renumber = [&](std::uint32_t solver, std::uint64_t& candidate) {
    if (is_program(input_.solvers.at(solver)) && candidate > 0)
      candidate = candidate_number(solver, result.names.at(candidate - 1));
  };
  for (CallRow& row : result.rows) renumber(row.solver, row.candidate);
  for (DifferRow& row : result.differs) renumber(row.solver, row.candidate);
  for (OutputRow& row : result.outputs) renumber(row.solver, row.candidate);
  collected_.rows.insert(collected_.rows.end(), result.rows.begin(), result.rows.end());
  for (const DifferRow& row : result.differs) {
    auto& sum = collected_.differs[{row.solver, row.candidate}];
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += row.counts[i];
  }
  std::ranges::move(result.facts, std::back_inserter(collected_.facts));
  std::ranges::move(result.outputs, std::back_inserter(collected_.outputs));
  calls_done_ += result.calls;
}

void ScoringPlan::failed(const sched::Unit&, const std::string& message) {
  throw core::EnvironmentError(message);
}

// ---- ending -----------------------------------------------------------------------------------------------

void ScoringPlan::add_cancelled(const Piece& piece) {
  for (std::uint64_t candidate = piece.first; candidate < piece.first + piece.count; ++candidate) {
    for (std::uint32_t sample = 0; sample < piece.task.n_samples(); ++sample)
      collected_.rows.push_back(empty_row(piece, candidate, sample, CallStatus::cancelled));
  }
}

void ScoringPlan::stop() {
  if (stopped_) return;
  stopped_ = true;
  for (const auto& [item, bytes] : out_) {
    cancelled_.push_back(item);
    for (const Piece& piece : UnitBody::read(bytes).pieces) add_cancelled(piece);
  }
  out_.clear();
  while (!at_end()) add_cancelled(take_piece(kBuiltinCalls));
}

std::vector<std::uint64_t> ScoringPlan::take_cancelled() {
  return std::exchange(cancelled_, {});
}

bool ScoringPlan::finished() const {
  return stopped_ || (at_end() && out_.empty());
}

}  // namespace gforbit::job_scoring
