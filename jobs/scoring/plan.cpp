#include "scoring/plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "gforbit/core/error.hpp"

namespace gforbit::job_scoring {

namespace {

/// Calls in a unit of builtins: tens of milliseconds of one core.
constexpr std::uint64_t kBuiltinCalls = 1 << 14;
/// Calls in a unit of programs for each slot: with the next unit on its way no slot waits for rank 0.
constexpr std::uint64_t kCallsPerSlot = 2;

/// Types of journal records; 0 belongs to the checkpoint itself.
enum class RecordType : std::uint32_t { unit = 1 };

bool is_program(const Solver& solver) {
  return solver.kind == SolverKind::program;
}

}  // namespace

ScoringPlan::ScoringPlan(const PlanInput& input, std::optional<std::uint64_t> stop_after, Clock clock)
    : input_(input),
      stop_after_(stop_after),
      clock_(std::move(clock)),
      items_(input),
      queue_(clock_),
      done_(items_.size(), false) {
  queue_.submit_batch(items_.size(), [this](std::uint64_t item) {
    return items_.is_first(item) ? std::optional(items_.priority(item)) : std::nullopt;
  });
  collected_.names.resize(input.solvers.size());
  collected_.samples_done.resize(input.solvers.size(), 0);
  numbers_.resize(input.solvers.size());
}

// ---- handing out ------------------------------------------------------------------------------------------

/// The most urgent item that is not done.
std::optional<std::uint64_t> ScoringPlan::take_item() {
  if (held_) return std::exchange(held_, std::nullopt);
  const auto taken = queue_.take();
  return taken ? std::optional(taken->id.value) : std::nullopt;
}

Piece ScoringPlan::piece_of(const Item& item) const {
  return {item.solver,
          item.task,
          item.candidates.begin,
          item.candidates.size(),
          input_.solvers[item.solver],
          input_.tasks[item.task]};
}

std::optional<sched::Unit> ScoringPlan::next(int rank) {
  if (stopped_) return std::nullopt;
  UnitBody body;
  body.rules = input_.rules;
  body.rules.slots = input_.slots.at(static_cast<std::size_t>(rank));
  Numbers numbers;
  bool programs = false;
  for (std::uint64_t calls = 0, wanted = 1; calls < wanted;) {
    const auto number = take_item();
    if (!number) break;
    const Item item = items_[*number];
    const bool program = is_program(input_.solvers[item.solver]);
    if (numbers.empty()) {
      programs = program;
      wanted = programs ? kCallsPerSlot * body.rules.slots : kBuiltinCalls;
    } else if (program != programs) {
      held_ = number;
      break;
    }
    numbers.push_back(*number);
    body.pieces.push_back(piece_of(item));
    calls += items_.n_calls(item);
  }
  if (numbers.empty()) return std::nullopt;
  sched::Unit unit{units_++, body.bytes()};
  out_.emplace(unit.item, std::move(numbers));
  return unit;
}

// ---- taking back ------------------------------------------------------------------------------------------

std::uint64_t ScoringPlan::candidate_number(std::uint32_t solver, const std::string& name) {
  auto& names = collected_.names[solver];
  const auto [at, is_new] = numbers_[solver].try_emplace(name, names.size() + 1);
  if (is_new) names.push_back(name);
  return at->second;
}

void ScoringPlan::completed(const sched::Unit& unit, std::span<const std::byte> bytes) {
  if (stopped_) return;  // it was at hand when the stop came
  const auto out = out_.extract(unit.item);
  if (keep_) {
    core::ByteWriter record;
    std::vector<double> limits_s;
    for (const std::uint64_t item : out.mapped())
      limits_s.push_back(input_.solvers[items_[item].solver].program.limits.wall_s);
    record.put_array(out.mapped()).put_array(bytes).put_array(limits_s);
    keep_({static_cast<std::uint32_t>(RecordType::unit), record.take()});
  }
  take(out.mapped(), UnitResult::read(bytes));
}

void ScoringPlan::restore(const store::JournalRecord& record) {
  if (stopped_) return;  // --stop-after was reached already
  try {
    if (record.type != static_cast<std::uint32_t>(RecordType::unit))
      throw core::InputError("a record of an unknown kind");
    core::ByteReader in(record.payload);
    auto items = in.get_array<std::uint64_t>();
    UnitResult result = UnitResult::read(in.get_array<std::byte>());
    const auto limits_s = in.at_end() ? std::vector<double>(items.size()) : in.get_array<double>();
    const Numbers gone = outdated(items, limits_s, result);
    leave_out(gone, result);
    std::erase_if(items, [&](std::uint64_t item) { return std::ranges::find(gone, item) != gone.end(); });
    for (const std::uint64_t item : items) {
      if (done_[item]) throw core::InputError("a record of work that is done already");
      queue_.take({item});
    }
    take(items, std::move(result));
  } catch (const std::out_of_range& error) {
    throw core::InputError(error.what());
  }
}

void ScoringPlan::survey(const store::JournalRecord& record) {
  core::ByteReader in(record.payload);
  for (const std::uint64_t item : in.get_array<std::uint64_t>()) ++results_ahead_[item];
}

/// Of the items of a record those that a later one has too, that have calls which may take longer now, or
/// that have come to share the work of an equal one.
ScoringPlan::Numbers ScoringPlan::outdated(const Numbers& items, const std::vector<double>& limits_s,
                                           const UnitResult& result) {
  Numbers gone;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i] >= items_.size()) throw core::InputError("a record of work that is not to be done");
    const Item item = items_[items[i]];
    const auto ahead = results_ahead_.find(items[i]);
    const bool later = ahead != results_ahead_.end() && --ahead->second > 0;
    const double now_s = input_.solvers[item.solver].program.limits.wall_s, then_s = limits_s.at(i);
    const bool has_grown = then_s > 0 && (now_s == 0 || now_s > then_s);
    const bool retried = has_grown && std::ranges::any_of(result.rows, [&](const CallRow& row) {
                           return row.solver == item.solver && row.task == item.task &&
                                  row.status == CallStatus::timed_out_wall;
                         });
    if (later || retried || !items_.is_first(items[i])) gone.push_back(items[i]);
  }
  return gone;
}

/// Only programs have items that are left out, and a program has one item on a task.
void ScoringPlan::leave_out(const Numbers& items, UnitResult& result) const {
  std::set<std::pair<std::uint32_t, std::uint32_t>> gone;
  for (const std::uint64_t number : items) gone.emplace(items_[number].solver, items_[number].task);
  const auto is_gone = [&](const auto& row) { return gone.contains({row.solver, row.task}); };
  std::erase_if(result.rows, is_gone);
  std::erase_if(result.differs, is_gone);
  std::erase_if(result.facts, is_gone);
  std::erase_if(result.outputs, is_gone);
}

void ScoringPlan::take(const Numbers& items, UnitResult result) {
  for (const std::uint64_t number : items) {
    const Item item = items_[number];
    done_[number] = true;
    queue_.finish({number}, {sched::ItemState::completed, {}, {}});
    for (const std::uint32_t solver : items_.equal_solvers(item.solver)) {
      const std::uint64_t calls = items_.n_calls(item) * items_.equal_tasks(item.task).size();
      calls_done_ += calls;
      collected_.samples_done[solver] += calls;
    }
  }
  take_rows(result);
  std::ranges::move(result.facts, std::back_inserter(collected_.facts));
  if (stop_after_) note_solved(result);
}

/// The rows of the item that ran, and of those that ask for the same.
void ScoringPlan::take_rows(const UnitResult& result) {
  const auto for_all_equal = [&](auto row, auto&& append) {
    const std::uint32_t ran_solver = row.solver, ran_task = row.task;
    const std::uint64_t ran_candidate = row.candidate;
    for (const std::uint32_t solver : items_.equal_solvers(ran_solver)) {
      // Candidates of programs have numbers of the unit; here each solver has its own.
      const bool named = is_program(input_.solvers.at(solver)) && ran_candidate > 0;
      row.solver = solver;
      row.candidate = named ? candidate_number(solver, result.names.at(ran_candidate - 1)) : ran_candidate;
      for (const std::uint32_t task : items_.equal_tasks(ran_task)) {
        row.task = task;
        append(row);
      }
    }
  };
  for (const CallRow& row : result.rows)
    for_all_equal(row, [&](const CallRow& r) { collected_.rows.push_back(r); });
  for (const OutputRow& row : result.outputs)
    for_all_equal(row, [&](const OutputRow& r) { collected_.outputs.push_back(r); });
  for (const DifferRow& row : result.differs) {
    for_all_equal(row, [&](const DifferRow& r) {
      auto& sum = collected_.differs[{r.solver, r.candidate}];
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += r.counts[i];
    });
  }
}

void ScoringPlan::failed(const sched::Unit&, const std::string& message) {
  throw core::EnvironmentError(message);
}

// ---- ending -----------------------------------------------------------------------------------------------

/// Counts the solvers on tasks that a candidate of theirs solved, and cancels the rest when they are enough.
void ScoringPlan::note_solved(const UnitResult& result) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, std::set<std::uint32_t>> tests;
  for (const CallRow& row : result.rows) {
    if (row.match != 1 || input_.tasks[row.task].is_demo(row.sample)) continue;
    auto& matched = tests[{row.solver, row.task, row.candidate}];
    matched.insert(row.sample);
    if (matched.size() == input_.tasks[row.task].tests.size()) solved_.emplace(row.solver, row.task);
  }
  if (solved_.size() >= *stop_after_) cancel_rest();
}

void ScoringPlan::cancel_rest() {
  if (goal_reached_) return;
  stop();
  goal_reached_ = true;
  UnitResult rest;
  for (std::uint64_t number = 0; number < items_.size(); ++number) {
    if (done_[number] || !items_.is_first(number)) continue;
    const Item item = items_[number];
    const Piece piece = piece_of(item);
    for (std::uint64_t candidate = item.candidates.begin; candidate < item.candidates.end; ++candidate) {
      for (std::uint32_t sample = 0; sample < piece.task.n_samples(); ++sample)
        rest.rows.push_back(empty_row(piece, candidate, sample, CallStatus::cancelled));
    }
    take({number}, std::exchange(rest, {}));
  }
  queue_.cancel_all("enough was solved for --stop-after");
}

void ScoringPlan::stop() {
  if (stopped_) return;
  stopped_ = true;
  stopped_at_ = clock_();
  for (const auto& [unit, items] : out_) cancelled_.push_back(unit);
  out_.clear();
}

std::vector<std::uint64_t> ScoringPlan::take_cancelled() {
  return std::exchange(cancelled_, {});
}

bool ScoringPlan::finished() const {
  return stopped_ || (queue_.idle() && out_.empty());
}

bool ScoringPlan::abandons_leases() const {
  return stopped_ && clock_() - stopped_at_ > std::chrono::seconds(1);
}

}  // namespace gforbit::job_scoring
