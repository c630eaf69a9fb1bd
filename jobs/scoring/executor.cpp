#include "scoring/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "gforbit/core/error.hpp"
#include "scoring/grid_json.hpp"
#include "scoring/messages.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

namespace {

/// What the differs need of the expected outputs of a task, made once for all candidates.
std::vector<scoring::DifferNeeds> needs_of(const scoring::Task& task) {
  std::vector<scoring::DifferNeeds> needs(task.n_samples());
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const scoring::Sample& sample = task.sample(i);
    if (sample.output) needs[i] = scoring::differ_needs(sample.input, *sample.output);
  }
  return needs;
}

OutputRow stored(const CallRow& row, const scoring::Grid& grid) {
  OutputRow output{row.solver, row.task, row.candidate, row.sample, row.attempt, {}};
  append_grid(output.grid, grid);
  return output;
}

// ---- builtins ---------------------------------------------------------------------------------------------

/// Compositions in this process; a slice is some of them on all samples of a task.
class BuiltinExecution final : public sched::Execution {
 public:
  BuiltinExecution(UnitBody unit, std::atomic<std::uint64_t>& calls) : unit_(std::move(unit)), calls_(calls) {
    for (std::size_t piece = 0; piece < unit_.pieces.size(); ++piece) {
      needs_.push_back(needs_of(unit_.pieces[piece].task));
      for (std::uint64_t i = 0; i < unit_.pieces[piece].count; i += kSlice)
        slices_.push_back({piece, i, std::min(kSlice, unit_.pieces[piece].count - i)});
    }
    results_.resize(slices_.size());
  }

  [[nodiscard]] int width() const noexcept override {
    return static_cast<int>(std::min<std::size_t>(slices_.size(), 4096));
  }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    const std::size_t i = claimed_.fetch_add(1, std::memory_order_relaxed);
    if (i >= slices_.size() || stop.stop_requested()) return false;
    run(slices_[i], results_[i], stop);
    return true;
  }

  [[nodiscard]] core::Bytes result() override {
    UnitResult all;
    for (UnitResult& part : results_) {
      all.calls += part.calls;
      std::ranges::move(part.rows, std::back_inserter(all.rows));
      std::ranges::move(part.differs, std::back_inserter(all.differs));
      std::ranges::move(part.outputs, std::back_inserter(all.outputs));
    }
    return all.bytes();
  }

 private:
  static constexpr std::uint64_t kSlice = 64;
  struct Slice {
    std::size_t piece;
    std::uint64_t begin, count;
  };

  void run(const Slice& slice, UnitResult& result, const core::StopSignal& stop) const {
    const Piece& piece = unit_.pieces[slice.piece];
    scoring::TaskImages images(piece.task, unit_.rules.hide_demo);
    for (std::uint64_t i = slice.begin; i < slice.begin + slice.count; ++i) {
      if (stop.stop_requested()) return;  // nobody reads the unit any more
      const std::uint64_t candidate = piece.first + i;
      const auto& outputs = images.apply(piece.solver.composition_number(candidate), stop);
      add(piece, needs_[slice.piece], candidate, outputs, result);
    }
    calls_.fetch_add(result.calls, std::memory_order_relaxed);
  }

  void add(const Piece& piece, const std::vector<scoring::DifferNeeds>& needs, std::uint64_t candidate,
           const std::vector<std::optional<scoring::Grid>>& outputs, UnitResult& result) const {
    DifferRow differs{piece.solver_row, candidate, {}};
    for (std::uint32_t sample = 0; sample < outputs.size(); ++sample) {
      ++result.calls;
      const auto& output = outputs[sample];
      if (!output) {
        result.rows.push_back(empty_row(piece, candidate, sample, CallStatus::no_output));
        continue;
      }
      result.rows.push_back(output_row(piece, candidate, sample, 1, *output));
      if (const auto& expected = piece.task.sample(sample).output)
        scoring::add_sample(differs.counts, needs[sample], *output, *expected);
      if (unit_.rules.store_outputs) result.outputs.push_back(stored(result.rows.back(), *output));
    }
    result.differs.push_back(differs);
  }

  UnitBody unit_;
  std::atomic<std::uint64_t>& calls_;
  std::vector<std::vector<scoring::DifferNeeds>> needs_;
  std::vector<Slice> slices_;
  std::vector<UnitResult> results_;
  std::atomic<std::size_t> claimed_{0};
};

// ---- programs ---------------------------------------------------------------------------------------------

CallStatus status_of(solvers::Ending ending) {
  switch (ending) {
    case solvers::Ending::replied:
      break;  // the reply decides
    case solvers::Ending::no_reply:
      return CallStatus::no_output;
    case solvers::Ending::bad_reply:
      return CallStatus::bad_output;
    case solvers::Ending::timed_out_wall:
      return CallStatus::timed_out_wall;
    case solvers::Ending::timed_out_cpu:
      return CallStatus::timed_out_cpu;
    case solvers::Ending::out_of_memory:
      return CallStatus::out_of_memory;
    case solvers::Ending::crashed:
      return CallStatus::crashed;
    case solvers::Ending::exited:
      return CallStatus::exited;
    case solvers::Ending::spawn_failed:
      return CallStatus::spawn_failed;
    case solvers::Ending::cancelled:
      return CallStatus::cancelled;
  }
  return CallStatus::no_output;
}

/// Calls of solver programs: one thread waits for all of them.
class ProgramExecution final : public sched::Execution {
 public:
  ProgramExecution(UnitBody unit, CallPump& pump, std::atomic<std::uint64_t>& calls)
      : unit_(std::move(unit)), pump_(pump), calls_(calls) {
    pump_.set_slots(unit_.rules.slots);
    for (const Piece& piece : unit_.pieces) {
      const auto needs = std::make_shared<const std::vector<scoring::DifferNeeds>>(needs_of(piece.task));
      for (std::uint32_t sample = 0; sample < piece.task.n_samples(); ++sample) {
        pump_.add({.owner = this,
                   .solver_row = piece.solver_row,
                   .program = &piece.solver.program,
                   .retry_starved = unit_.rules.retry_starved,
                   .request =
                       [this, &piece, sample](std::uint64_t id) {
                         return request_text(id, piece.task, sample, unit_.rules.hide_demo);
                       },
                   .done =
                       [this, &piece, sample, needs](const solvers::Outcome& outcome, std::uint32_t retries) {
                         take(piece, sample, (*needs)[sample], outcome, retries);
                       }});
      }
    }
  }

  [[nodiscard]] int width() const noexcept override { return 1; }
  [[nodiscard]] bool work(core::StopSignal stop) override { return pump_.work(this, stop.stop_requested()); }
  [[nodiscard]] core::Bytes result() override {
    for (auto& [key, differs] : differs_) result_.differs.push_back(differs);
    return result_.bytes();
  }

 private:
  /// Called by the pump, one call at a time.
  void take(const Piece& piece, std::uint32_t sample, const scoring::DifferNeeds& needs,
            const solvers::Outcome& outcome, std::uint32_t retries) {
    ++result_.calls;
    calls_.fetch_add(1, std::memory_order_relaxed);
    CallFacts facts{
        piece.solver_row, piece.task_row,      sample,       retries,         outcome.wall_s,
        outcome.cpu_s,    outcome.peak_memory, outcome.code, outcome.message, outcome.stderr_tail};
    CallStatus status = status_of(outcome.ending);
    Reply reply;
    if (outcome.ending == solvers::Ending::replied) {
      try {
        reply = read_reply(piece, outcome);
        facts.message = reply.error;
      } catch (const core::InputError& error) {
        status = CallStatus::bad_output;
        facts.message = error.what();
      }
    }
    result_.facts.push_back(std::move(facts));
    if (reply.outputs.empty()) {
      result_.rows.push_back(empty_row(piece, 0, sample, status));
    } else {
      add(piece, sample, needs, reply);
    }
  }

  static Reply read_reply(const Piece& piece, const solvers::Outcome& outcome) {
    const bool once = piece.solver.program.protocol == solvers::Protocol::once;
    if (once && outcome.reply.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    return reply_from_text(outcome.reply, outcome.number, once);
  }

  void add(const Piece& piece, std::uint32_t sample, const scoring::DifferNeeds& needs, const Reply& reply) {
    std::map<std::uint64_t, std::uint32_t> attempts;
    for (const Reply::Output& output : reply.outputs) {
      const std::uint64_t candidate = output.candidate.empty() ? 0 : 1 + name_number(output.candidate);
      const std::uint32_t attempt = ++attempts[candidate];
      if (attempt > unit_.rules.attempts) continue;
      result_.rows.push_back(
          output_row(piece, candidate, sample, static_cast<std::uint8_t>(attempt), output.grid));
      if (const auto& expected = piece.task.sample(sample).output; expected && attempt == 1) {
        DifferRow& row = differs_[{piece.solver_row, candidate}];
        row.solver = piece.solver_row;
        row.candidate = candidate;
        scoring::add_sample(row.counts, needs, output.grid, *expected);
      }
      if (unit_.rules.store_outputs) result_.outputs.push_back(stored(result_.rows.back(), output.grid));
    }
  }

  std::uint64_t name_number(const std::string& name) {
    const auto [at, is_new] = name_numbers_.try_emplace(name, result_.names.size());
    if (is_new) result_.names.push_back(name);
    return at->second;
  }

  UnitBody unit_;
  CallPump& pump_;
  std::atomic<std::uint64_t>& calls_;
  UnitResult result_;
  std::map<std::string, std::uint64_t> name_numbers_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, DifferRow> differs_;
};

}  // namespace

std::unique_ptr<sched::Execution> ScoringExecutor::start(std::span<const std::byte> body) {
  UnitBody unit = UnitBody::read(body);
  if (unit.pieces.at(0).solver.kind == SolverKind::program)
    return std::make_unique<ProgramExecution>(std::move(unit), pump_, calls_);
  return std::make_unique<BuiltinExecution>(std::move(unit), calls_);
}

}  // namespace gforbit::job_scoring
