#include "scoring/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/sys/human.hpp"

namespace gforbit::job_scoring {

namespace {

/// Calls in a unit of builtins: tens of milliseconds of one core.
constexpr std::uint64_t kBuiltinCalls = 1 << 14;
/// Calls of programs in a unit at most: a slow rank must not hold what others could do.
constexpr std::uint64_t kProgramCalls = 1 << 12;

/// Types of journal records; 0 belongs to the checkpoint itself.
enum class RecordType : std::uint32_t {
  items = 1,  ///< all of some items; of programs only in older checkpoints
  calls = 2,  ///< some calls of programs
  reused = 3  ///< likewise, which an earlier run had made
};

bool holds_calls(const store::JournalRecord& record) {
  return record.type == static_cast<std::uint32_t>(RecordType::calls) ||
         record.type == static_cast<std::uint32_t>(RecordType::reused);
}

/// For each differ row of programs the sample that it is of. Empty: they cannot be told, which costs only a
/// later --reuse.
std::vector<std::uint32_t> differ_samples(const UnitResult& result) {
  std::vector<std::uint32_t> samples;
  for (const CallRow& row : result.rows) {
    if (is_first_scored(row)) samples.push_back(row.sample);
  }
  if (samples.size() != result.differs.size()) samples.clear();
  return samples;
}

}  // namespace

ScoringPlan::ScoringPlan(const PlanInput& input, std::optional<std::uint64_t> stop_after,
                         skeleton::Clock clock, std::uint64_t memory)
    : input_(input),
      stop_after_(stop_after),
      items_(input),
      queue_(clock),
      done_(items_.size(), false),
      halt_(std::move(clock)),
      memory_(memory) {
  queue_.submit_batch(items_.size(), [this](std::uint64_t item) {
    return items_.is_first(item) ? std::optional(items_.priority(item)) : std::nullopt;
  });
  calls_.resize(input.tasks.size());
  given_.resize(input.slots.size(), 0);
  capacity_.resize(input.slots.size(), 0);
  collected_.names.resize(input.solvers.size());
  collected_.samples_done.resize(input.solvers.size(), 0);
  numbers_.resize(input.solvers.size());
  if (input.early.solved) turns_.emplace(input, items_);
}

// ---- handing out ------------------------------------------------------------------------------------------

bool ScoringPlan::is_program_item(std::uint64_t item) const {
  return is_program(input_.solvers[items_[item].solver]);
}

const std::vector<CallSamples>& ScoringPlan::calls_on(std::uint32_t task) {
  if (calls_[task].empty()) calls_[task] = calls_of(input_.tasks[task], input_.rules);
  return calls_[task];
}

/// Takes the most urgent item that is not done, unless one is at hand.
bool ScoringPlan::hold_item() {
  while (!held_) {
    if (!admitted_.empty()) {
      const std::uint64_t item = admitted_.front();
      admitted_.pop_front();
      if (!done_[item]) held_ = item;  // else a person cancelled it before its turn
    } else if (const auto taken = queue_.take()) {
      if (!turns_ || turns_->admit(taken->id.value)) held_ = taken->id.value;
    } else {
      return false;
    }
    held_call_ = 0;
  }
  return true;
}

/// The next call of a program; nullopt where there is none, or a builtin comes first.
std::optional<ScoringPlan::CallId> ScoringPlan::take_call() {
  if (!returned_.empty()) {
    const CallId call = returned_.front();
    returned_.pop_front();
    return call;
  }
  if (!hold_item() || !is_program_item(*held_)) return std::nullopt;
  const CallId call{*held_, held_call_++};
  const std::uint32_t task = items_[call.item].task;
  if (const std::size_t end = stage_end(task, 0); held_call_ == end) {
    if (end < calls_on(task).size()) begun_item(call.item).handed = end;
    held_.reset();
  }
  return call;
}

Piece ScoringPlan::piece_of(const Item& item) const {
  return {.solver_row = item.solver,
          .task_row = item.task,
          .first = item.candidates.begin,
          .count = item.candidates.size(),
          .solver = input_.solvers[item.solver],
          .task = input_.tasks[item.task]};
}

void ScoringPlan::capacity(int rank, std::uint64_t calls) {
  capacity_.at(static_cast<std::size_t>(rank)) = calls;
}

/// Calls of programs that the rank can take now. Before its first ones it does not know its slots.
std::uint64_t ScoringPlan::room(int rank) const {
  const auto i = static_cast<std::size_t>(rank);
  if (given_.at(i) == 0) return input_.slots.at(i);
  return capacity_[i] > given_[i] ? std::min(capacity_[i] - given_[i], kProgramCalls) : 0;
}

std::optional<sched::Unit> ScoringPlan::next(int rank) {
  if (halt_) return std::nullopt;
  if (!working_) return_restored();
  UnitBody body;
  body.rules = input_.rules;
  body.rules.slots = input_.slots.at(static_cast<std::size_t>(rank));
  if (!returned_.empty() || (hold_item() && is_program_item(*held_))) {
    auto unit = program_unit(body, room(rank));
    if (unit) given_.at(static_cast<std::size_t>(rank)) += out_.at(unit->item).calls.size();
    if (unit || halt_ || !held_ || is_program_item(*held_)) return unit;
  }
  return held_ ? std::optional(builtin_unit(std::move(body))) : std::nullopt;
}

std::optional<sched::Unit> ScoringPlan::program_unit(UnitBody body, std::uint64_t room) {
  Handed handed;
  while (handed.calls.size() < room && !halt_) {
    const auto call = take_call();
    if (!call) break;
    if (take_known(*call)) continue;
    if (handed.items.empty() || handed.items.back() != call->item) {
      handed.items.push_back(call->item);
      body.pieces.push_back(piece_of(items_[call->item]));
    }
    handed.calls.push_back(*call);
    body.pieces.back().calls.push_back(call->call);
  }
  if (handed.calls.empty() || halt_) return std::nullopt;
  return hand_out(body, std::move(handed));
}

/// Takes what an earlier run found, as if the call had been made.
bool ScoringPlan::take_known(const CallId& call) {
  if (!known_) return false;
  const Item item = items_[call.item];
  auto result = known_(item.solver, item.task, calls_on(item.task).at(call.call));
  if (!result) return false;
  const std::uint64_t n = n_calls(call);
  reused_ += n;
  reused_now_ += n;
  const CallIds calls{call};
  keep_calls(static_cast<std::uint32_t>(RecordType::reused), calls, *result);
  take_calls(calls, *std::move(result));
  return true;
}

sched::Unit ScoringPlan::builtin_unit(UnitBody body) {
  Handed handed;
  for (std::uint64_t calls = 0; calls < kBuiltinCalls && hold_item() && !is_program_item(*held_);) {
    const Item item = items_[*held_];
    body.pieces.push_back(piece_of(item));
    calls += items_.n_calls(item);
    handed.items.push_back(*std::exchange(held_, std::nullopt));
  }
  return hand_out(body, std::move(handed));
}

sched::Unit ScoringPlan::hand_out(const UnitBody& body, Handed handed) {
  sched::Unit unit{units_++, core::to_bytes(body)};
  out_.emplace(unit.item, std::move(handed));
  return unit;
}

// ---- taking back ------------------------------------------------------------------------------------------

std::uint64_t ScoringPlan::candidate_number(std::uint32_t solver, const std::string& name) {
  auto& names = collected_.names[solver];
  const auto [at, is_new] = numbers_[solver].try_emplace(name, names.size() + 1);
  if (is_new) names.push_back(name);
  return at->second;
}

void ScoringPlan::news(const sched::Unit& unit, std::span<const std::byte> report) {
  take_report(out_.at(unit.item), report);
}

void ScoringPlan::late_news(const sched::Unit& unit, std::span<const std::byte> report) {
  const auto out = out_.find(unit.item);
  if (out != out_.end() && !goal_reached_) take_report(out->second, report);
}

void ScoringPlan::withdrawn(const sched::Unit& unit, std::span<const std::byte> result) {
  const auto out = out_.extract(unit.item);
  if (goal_reached_ || out.empty()) return;
  const Handed& handed = out.mapped();
  if (handed.calls.empty()) {
    for (const std::uint64_t item : handed.items) {
      if (!done_[item]) admitted_.push_back(item);
    }
    return;
  }
  if (!result.empty()) take_report(handed, result);
  return_calls(handed);
}

/// What was not done of a unit is done by others.
void ScoringPlan::return_calls(const Handed& handed) {
  if (goal_reached_) return;
  for (const CallId& call : handed.calls) {
    if (!has_ended(call)) returned_.push_back(call);
  }
}

void ScoringPlan::completed(const sched::Unit& unit, std::span<const std::byte> bytes) {
  const auto out = out_.extract(unit.item);
  if (goal_reached_ || out.empty()) return;  // it was at hand when the rest was cancelled
  const Handed& handed = out.mapped();
  if (handed.calls.empty()) {
    keep_items(handed.items, bytes);
    return take_items(handed.items, core::from_bytes<UnitResult>(bytes));
  }
  take_report(handed, bytes);
  return_calls(handed);
}

/// Keeps and takes what came of some calls.
void ScoringPlan::take_report(const Handed& handed, std::span<const std::byte> bytes) {
  CallsReport report = core::from_bytes<CallsReport>(bytes);
  CallIds calls;
  for (const UnitCall& call : report.ended) calls.push_back({handed.items.at(call.piece), call.call});
  drop_ended(calls, report.result);
  if (calls.empty()) return;
  keep_calls(static_cast<std::uint32_t>(RecordType::calls), calls, report.result);
  take_calls(calls, std::move(report.result));
}

void ScoringPlan::keep_items(const Numbers& items, std::span<const std::byte> result) {
  if (!keep_) return;
  core::ByteWriter record;
  record.put_array(items).put_array(result);
  record.put_array(std::vector<double>(items.size()));
  keep_({static_cast<std::uint32_t>(RecordType::items), record.take()});
}

void ScoringPlan::keep_calls(std::uint32_t type, const CallIds& calls, const UnitResult& result) {
  if (!keep_) return;
  std::vector<double> limits_s;
  for (const CallId& call : calls)
    limits_s.push_back(input_.solvers[items_[call.item].solver].program.limits.wall_s);
  core::ByteWriter record;
  record.put_array(calls).put_array(core::to_bytes(result)).put_array(limits_s);
  keep_({type, record.take()});
}

/// Calls of the batch that a call of a program stands for.
std::uint64_t ScoringPlan::n_calls(const CallId& call) {
  const Item item = items_[call.item];
  const std::uint64_t samples = calls_on(item.task).at(call.call).size();
  std::uint64_t n = 0;
  for (const std::uint32_t solver : items_.equal_solvers(item.solver))
    n += samples * items_.n_equal_tasks(solver, item.task);
  return n;
}

ScoringPlan::Begun& ScoringPlan::begun_item(std::uint64_t item) {
  const auto [at, is_new] = begun_.try_emplace(item);
  if (is_new) {
    at->second.left = calls_on(items_[item].task).size();
    at->second.ended.resize(at->second.left, false);
  }
  return at->second;
}

bool ScoringPlan::has_ended(const CallId& call) const {
  if (done_[call.item]) return true;
  const auto found = begun_.find(call.item);
  return found != begun_.end() && found->second.ended.at(call.call);
}

void ScoringPlan::take_calls(const CallIds& calls, UnitResult result, bool made) {
  note_solved(result);
  if (input_.early.failed_demo) note_demos(calls, result);
  std::set<std::pair<std::uint32_t, std::uint32_t>> timed_out;
  for (const CallRow& row : result.rows) {
    if (is_timeout(row.status)) timed_out.emplace(row.solver, row.task);
  }
  for (const CallId& call : calls) {
    const Item item = items_[call.item];
    const std::uint64_t samples = calls_on(item.task).at(call.call).size();
    for (const std::uint32_t solver : items_.equal_solvers(item.solver)) {
      const std::uint64_t n = samples * items_.n_equal_tasks(solver, item.task);
      calls_done_ += n;
      collected_.samples_done[solver] += made ? n : 0;
    }
    Begun& begun = begun_item(call.item);
    if (begun.handed > 0) to_stage_.insert(call.item);
    begun.ended[call.call] = true;
    begun.timed_out |= timed_out.contains({item.solver, item.task});
    if (--begun.left > 0) continue;
    const bool one_timed_out = begun.timed_out;
    begun_.erase(call.item);
    end_item(call.item, one_timed_out);
  }
  take_result(result);
  go_on();
}

void ScoringPlan::take_items(const Numbers& items, UnitResult result) {
  note_solved(result);
  for (const std::uint64_t number : items) {
    const Item item = items_[number];
    end_item(number);
    for (const std::uint32_t solver : items_.equal_solvers(item.solver)) {
      const std::uint64_t calls = items_.n_calls(item) * items_.n_equal_tasks(solver, item.task);
      calls_done_ += calls;
      collected_.samples_done[solver] += calls;
    }
  }
  take_result(result);
  go_on();
}

void ScoringPlan::end_item(std::uint64_t number, bool timed_out) {
  done_[number] = true;
  if (turns_) to_turn_.insert(items_[number].task);
  queue_.finish({number}, {timed_out ? sched::ItemState::timed_out : sched::ItemState::completed, {}, {}});
}

void ScoringPlan::take_result(UnitResult& result) {
  const std::size_t rows = collected_.rows.size(), outputs = collected_.outputs.size();
  const std::size_t differs = collected_.call_differs.size();
  take_rows(result);
  memory_taken_ += 2 * sizeof(CallDiffers) * (collected_.call_differs.size() - differs);
  memory_taken_ += 2 * sizeof(CallRow) * (collected_.rows.size() - rows);
  for (std::size_t i = outputs; i < collected_.outputs.size(); ++i)
    memory_taken_ += sizeof(OutputRow) + collected_.outputs[i].grid.capacity();
  for (const CallFacts& facts : result.facts)
    memory_taken_ += sizeof(CallFacts) + facts.message.capacity() + facts.stderr_tail.capacity();
  check_memory(result);
  if (stop_after_ && solved_.size() >= *stop_after_) cancel_rest();
  std::ranges::move(result.facts, std::back_inserter(collected_.facts));
}

/// Programs may report any number of candidates, which nobody knows beforehand.
/// @throws core::EnvironmentError  the results take more than they may
void ScoringPlan::check_memory(const UnitResult& result) {
  if (memory_taken_ <= memory_) return;
  const std::string solver = result.rows.empty() ? ""
                                                 : ", the last ones of solver " +
                                                       core::quoted(input_.solvers[result.rows[0].solver].id);
  throw core::EnvironmentError(fmt::format(
      "{} of results after {} of {} need {} on rank 0, and it may take {}{}: a larger --memory, fewer "
      "candidates, a smaller --attempts or --part I/N help; with a larger --memory, --resume continues",
      core::counted(collected_.rows.size(), "row"), calls_done_, core::counted(input_.n_calls(), "call"),
      sys::bytes_text(memory_taken_), sys::bytes_text(memory_), solver));
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
        if (!input_.asks(solver, task)) continue;
        row.task = task;
        append(row);
      }
    }
  };
  for (const CallRow& row : result.rows)
    for_all_equal(row, [&](const CallRow& r) { collected_.rows.push_back(r); });
  for (const OutputRow& row : result.outputs)
    for_all_equal(row, [&](const OutputRow& r) { collected_.outputs.push_back(r); });
  const std::vector<std::uint32_t> samples = differ_samples(result);
  for (std::size_t i = 0; i < result.differs.size(); ++i) {
    for_all_equal(result.differs[i], [&](const DifferRow& r) {
      auto& sum = collected_.differs[{r.solver, r.candidate}];
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += r.counts[k];
      if (!samples.empty() && is_program(input_.solvers[r.solver]))
        collected_.call_differs.push_back({r.solver, r.task, r.candidate, samples[i], differ_code(r.counts)});
    });
  }
}

// ---- what earlier runs kept -------------------------------------------------------------------------------

void ScoringPlan::survey(const store::JournalRecord& record) {
  core::ByteReader in(record.payload);
  if (holds_calls(record)) {
    for (const CallId& call : in.get_array<CallId>()) ++results_ahead_[call];
  } else if (record.type == static_cast<std::uint32_t>(RecordType::items)) {
    for (const CallId& call : all_calls(in.get_array<std::uint64_t>())) ++results_ahead_[call];
  }
}

void ScoringPlan::restore(const store::JournalRecord& record) {
  if (goal_reached_) return;
  try {
    core::ByteReader in(record.payload);
    if (record.type == static_cast<std::uint32_t>(RecordType::items)) {
      restore_items(in);
    } else if (holds_calls(record)) {
      CallIds calls = in.get_array<CallId>();
      UnitResult result = core::from_bytes<UnitResult>(in.get_bytes());
      const bool reused = record.type == static_cast<std::uint32_t>(RecordType::reused);
      restore_calls(std::move(calls), in.get_array<double>(), std::move(result), reused);
    } else {
      throw core::ProtocolError(fmt::format("a record of the unknown type {}", record.type));
    }
  } catch (const std::out_of_range&) {
    core::fail_corrupt("has too few time limits, or names what is not there");
  }
}

/// The calls of those items that are of programs.
ScoringPlan::CallIds ScoringPlan::all_calls(const Numbers& items) {
  CallIds calls;
  for (const std::uint64_t item : items) {
    if (item >= items_.size()) throw core::ProtocolError("a record of work that is not to be done");
    if (!is_program_item(item)) continue;
    for (std::uint32_t call = 0; call < calls_on(items_[item].task).size(); ++call)
      calls.push_back({item, call});
  }
  return calls;
}

void ScoringPlan::restore_items(core::ByteReader& in) {
  const auto items = in.get_array<std::uint64_t>();
  UnitResult result = core::from_bytes<UnitResult>(in.get_bytes());
  const auto limits_s = in.at_end() ? std::vector<double>(items.size()) : in.get_array<double>();
  CallIds calls = all_calls(items);
  if (!calls.empty()) {
    std::vector<double> limits_of_calls;
    for (std::size_t i = 0; i < items.size(); ++i)
      limits_of_calls.resize(limits_of_calls.size() + all_calls({items[i]}).size(), limits_s.at(i));
    return restore_calls(std::move(calls), limits_of_calls, std::move(result), /*reused=*/false);
  }
  for (const std::uint64_t item : items) {
    if (done_[item]) throw core::ProtocolError("a record of work that is done already");
    queue_.take({item});
  }
  take_items(items, std::move(result));
}

void ScoringPlan::restore_calls(CallIds calls, const std::vector<double>& limits_s, UnitResult result,
                                bool reused) {
  for (const CallId& call : calls) {
    if (call.item >= items_.size() || !is_program_item(call.item) ||
        call.call >= calls_on(items_[call.item].task).size())
      throw core::ProtocolError("a record of work that is not to be done");
  }
  leave_out(calls, limits_s, result);
  for (const CallId& call : calls) {
    if (has_ended(call)) throw core::ProtocolError("a record of work that is done already");
    queue_.take({call.item});
    if (reused) reused_ += n_calls(call);
  }
  take_calls(calls, std::move(result));
}

/// Of items that earlier runs began, the calls that are to be done.
void ScoringPlan::return_restored() {
  working_ = true;
  if (input_.early.any()) {
    for (const auto& [item, begun] : begun_) to_stage_.insert(item);
    for (std::uint32_t task = 0; turns_ && task < input_.tasks.size(); ++task) to_turn_.insert(task);
    return go_on();
  }
  for (const auto& [item, begun] : begun_) {
    for (std::uint32_t call = 0; call < begun.ended.size(); ++call) {
      if (!begun.ended[call]) returned_.push_back({item, call});
    }
  }
}

/// Leaves out of a record the calls that a later one has too, that timed out and may take longer now, or that
/// have come to share the work of an equal item.
void ScoringPlan::leave_out(CallIds& calls, const std::vector<double>& limits_s, UnitResult& result) {
  using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
  std::set<Place> timed_out, gone;
  for (const CallRow& row : result.rows) {
    if (row.status == CallStatus::timed_out_wall) timed_out.insert({row.solver, row.task, row.sample});
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> staying_items;
  CallIds staying;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Item item = items_[calls[i].item];
    const CallSamples& samples = calls_on(item.task)[calls[i].call];
    const auto ahead = results_ahead_.find(calls[i]);
    const bool later = ahead != results_ahead_.end() && ahead->second > 0 && --ahead->second > 0;
    const double now_s = input_.solvers[item.solver].program.limits.wall_s, then_s = limits_s.at(i);
    const bool retried =
        skeleton::has_grown(then_s, now_s) && timed_out.contains({item.solver, item.task, samples[0]});
    if (later || retried || !items_.is_first(calls[i].item)) {
      for (const std::uint32_t sample : samples) gone.insert({item.solver, item.task, sample});
    } else {
      staying.push_back(calls[i]);
      staying_items.insert({item.solver, item.task});
    }
  }
  if (gone.empty()) return;
  calls = std::move(staying);
  const auto is_gone = [&](const auto& row) { return gone.contains({row.solver, row.task, row.sample}); };
  std::erase_if(result.rows, is_gone);
  std::erase_if(result.facts, is_gone);
  std::erase_if(result.outputs, is_gone);
  std::erase_if(result.differs, [&](const DifferRow& row) {
    return !staying_items.contains({row.solver, row.task});
  });
}

void ScoringPlan::failed(const sched::Unit&, const std::string& message) {
  throw core::EnvironmentError(message);
}

// ---- ending -----------------------------------------------------------------------------------------------

/// Notes the solvers on tasks that a candidate of theirs solved.
void ScoringPlan::note_solved(const UnitResult& result) {
  if (!stop_after_ && !turns_) return;
  for (const CallRow& row : result.rows) {
    if (row.match != 1 || input_.tasks[row.task].is_demo(row.sample)) continue;
    const bool named = is_program(input_.solvers[row.solver]) && row.candidate > 0;
    const std::uint64_t candidate =
        named ? candidate_number(row.solver, result.names.at(row.candidate - 1)) : row.candidate;
    auto& matched = matched_tests_[{row.solver, row.task, candidate}];
    matched.insert(row.sample);
    if (matched.size() != input_.tasks[row.task].tests.size()) continue;
    solved_.emplace(row.solver, row.task);
    solved_tasks_.insert(items_.equal_tasks(row.task).front());
  }
}

void ScoringPlan::cancel_rest() {
  if (goal_reached_) return;
  stop();
  goal_reached_ = true;
  for (std::uint64_t number = 0; number < items_.size(); ++number) {
    if (!done_[number] && items_.is_first(number)) end_uncalled(number, CallStatus::cancelled);
  }
  queue_.cancel_all("enough was solved for --stop-after");
}

/// Ends an item; what was not called gets rows that say so.
void ScoringPlan::end_uncalled(std::uint64_t number, CallStatus status, Kept kept) {
  const Item item = items_[number];
  const Piece piece = piece_of(item);
  UnitResult rest;
  const auto end = [&](std::uint64_t candidate, std::uint32_t sample) {
    rest.rows.push_back(empty_row(piece, candidate, sample, status));
  };
  CallIds calls;
  for (const CallId& call : all_calls({number})) {
    if (has_ended(call)) continue;
    calls.push_back(call);
    const CallSamples& samples = calls_on(item.task)[call.call];
    for (const std::uint32_t sample : samples) end(0, sample);
    if (kept == Kept::no) continue;
    CallFacts& facts = rest.facts.emplace_back();
    facts.solver = item.solver;
    facts.task = item.task;
    facts.sample = samples[0];
    facts.message = skeleton::kCancelledByPerson;
  }
  if (!calls.empty()) {
    if (kept == Kept::yes) keep_calls(static_cast<std::uint32_t>(RecordType::calls), calls, rest);
    return take_calls(calls, std::move(rest), status != CallStatus::skipped);
  }
  for (std::uint64_t candidate = item.candidates.begin; candidate < item.candidates.end; ++candidate) {
    for (std::uint32_t sample = 0; sample < piece.task.n_samples(); ++sample) end(candidate, sample);
  }
  if (kept == Kept::yes) keep_items({number}, core::to_bytes(rest));
  take_items({number}, std::move(rest));
}

void ScoringPlan::stop() {
  if (!halt_.set()) return;
  for (const auto& [unit, handed] : out_) cancelled_.push_back(unit);
}

std::vector<std::uint64_t> ScoringPlan::take_cancelled() {
  return std::exchange(cancelled_, {});
}

bool ScoringPlan::finished() const {
  return halt_ || (queue_.idle() && out_.empty());
}

}  // namespace gforbit::job_scoring
