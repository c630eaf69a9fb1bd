#include "scoring/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/grid_json.hpp"
#include "scoring/messages.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

namespace {

/// By sample; nothing where no output is expected.
using TaskFeatures = std::vector<std::optional<scoring::ExpectedFeatures>>;

TaskFeatures features_of(const scoring::Task& task) {
  TaskFeatures features(task.n_samples());
  for (std::size_t i = 0; i < features.size(); ++i) {
    const scoring::Sample& sample = task.sample(i);
    if (sample.output) features[i].emplace(sample.input, *sample.output);
  }
  return features;
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
      features_.push_back(features_of(unit_.pieces[piece].task));
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
      if (stop.stop_requested()) return;  // the result is not used
      const std::uint64_t candidate = piece.first + i;
      const auto& outputs = images.apply(piece.solver.composition_number(candidate), stop);
      add(piece, features_[slice.piece], candidate, outputs, result);
    }
    calls_.fetch_add(result.calls, std::memory_order_relaxed);
  }

  void add(const Piece& piece, const TaskFeatures& features, std::uint64_t candidate,
           const std::vector<std::optional<scoring::Grid>>& outputs, UnitResult& result) const {
    DifferRow differs{piece.solver_row, piece.task_row, candidate, {}};
    for (std::uint32_t sample = 0; sample < outputs.size(); ++sample) {
      ++result.calls;
      const auto& output = outputs[sample];
      if (!output) {
        result.rows.push_back(empty_row(piece, candidate, sample, CallStatus::no_output));
        continue;
      }
      result.rows.push_back(output_row(piece, candidate, sample, 1, *output));
      if (features[sample]) features[sample]->add(*output, differs.counts);
      if (unit_.rules.store_outputs) result.outputs.push_back(stored(result.rows.back(), *output));
    }
    result.differs.push_back(differs);
  }

  UnitBody unit_;
  std::atomic<std::uint64_t>& calls_;
  std::vector<TaskFeatures> features_;  ///< by piece
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
      const Asked& asked =
          asked_.emplace_back(piece, features_of(piece.task), Requests(piece.task, unit_.rules.hide_demo));
      for (auto& samples : same_input(piece.task)) add_call(asked, std::move(samples));
    }
  }

  [[nodiscard]] int width() const noexcept override { return 1; }
  [[nodiscard]] bool work(core::StopSignal stop) override { return pump_.work(this, stop.stop_requested()); }
  [[nodiscard]] core::Bytes result() override {
    for (auto& [key, differs] : differs_) result_.differs.push_back(differs);
    return result_.bytes();
  }

 private:
  /// A piece and what all its calls need.
  struct Asked {
    const Piece& piece;
    TaskFeatures features;
    Requests requests;
  };
  using Samples = std::vector<std::uint32_t>;

  /// The samples of a task by calls: those that show a solver the same, but for their names, share one.
  [[nodiscard]] std::vector<Samples> same_input(const scoring::Task& task) const {
    std::vector<Samples> calls;
    const auto same = [&](std::uint32_t a, std::uint32_t b) {
      const bool same_demos = !unit_.rules.hide_demo || (!task.is_demo(a) && !task.is_demo(b));
      return unit_.rules.coalesce && same_demos && task.sample(a).input == task.sample(b).input;
    };
    for (std::uint32_t sample = 0; sample < task.n_samples(); ++sample) {
      const auto found = std::ranges::find_if(calls, [&](const Samples& c) { return same(c[0], sample); });
      (found == calls.end() ? calls.emplace_back() : *found).push_back(sample);
    }
    return calls;
  }

  void add_call(const Asked& asked, Samples samples) {
    const std::uint32_t first = samples[0];
    pump_.add({.owner = this,
               .solver_row = asked.piece.solver_row,
               .program = &asked.piece.solver.program,
               .retry_starved = unit_.rules.retry_starved,
               .request = [&asked, first](std::uint64_t id) { return asked.requests.text(id, first); },
               .done = [this, &asked, samples = std::move(samples)](
                           const solvers::Outcome& outcome,
                           std::uint32_t retries) { take(asked, samples, outcome, retries); }});
  }

  /// Called by the pump, one call at a time.
  void take(const Asked& asked, const Samples& samples, const solvers::Outcome& outcome,
            std::uint32_t retries) {
    calls_.fetch_add(1, std::memory_order_relaxed);
    const Piece& piece = asked.piece;
    CallStatus status = status_of(outcome.ending);
    std::string message = outcome.message;
    Reply reply;
    if (outcome.ending == solvers::Ending::replied) {
      try {
        reply = read_reply(piece, outcome);
        message = reply.error;
      } catch (const core::InputError& error) {
        status = CallStatus::bad_output;
        message = error.what();
      }
    }
    add_facts(piece, samples[0], outcome, retries, message, reply.outputs.empty());
    result_.calls += samples.size();
    for (const std::uint32_t sample : samples) {
      if (reply.outputs.empty()) {
        result_.rows.push_back(empty_row(piece, 0, sample, status));
      } else {
        add(asked, sample, reply);
      }
    }
  }

  /// What goes well a million times needs no long story.
  static constexpr std::size_t kShortTail = 256;

  void add_facts(const Piece& piece, std::uint32_t sample, const solvers::Outcome& outcome,
                 std::uint32_t retries, std::string_view message, bool whole_tail) {
    std::string_view tail = outcome.stderr_tail;
    if (!whole_tail && tail.size() > kShortTail) tail.remove_prefix(tail.size() - kShortTail);
    result_.facts.push_back({piece.solver_row, piece.task_row, sample, retries, outcome.wall_s, outcome.cpu_s,
                             outcome.peak_memory, outcome.code, core::as_utf8(message), core::as_utf8(tail)});
  }

  static Reply read_reply(const Piece& piece, const solvers::Outcome& outcome) {
    const bool once = piece.solver.program.protocol == solvers::Protocol::once;
    if (once && outcome.reply.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    return reply_from_text(outcome.reply, outcome.number, once);
  }

  void add(const Asked& asked, std::uint32_t sample, const Reply& reply) {
    std::map<std::uint64_t, std::uint32_t> attempts;
    for (const Reply::Output& output : reply.outputs) {
      const std::uint64_t candidate = output.candidate.empty() ? 0 : 1 + name_number(output.candidate);
      const std::uint32_t attempt = ++attempts[candidate];
      if (attempt > unit_.rules.attempts) continue;
      result_.rows.push_back(
          output_row(asked.piece, candidate, sample, static_cast<std::uint8_t>(attempt), output.grid));
      if (asked.features[sample] && attempt == 1) {
        DifferRow& row = differs_[{asked.piece.solver_row, asked.piece.task_row, candidate}];
        row.solver = asked.piece.solver_row;
        row.task = asked.piece.task_row;
        row.candidate = candidate;
        asked.features[sample]->add(output.grid, row.counts);
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
  std::deque<Asked> asked_;
  UnitResult result_;
  std::map<std::string, std::uint64_t> name_numbers_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, DifferRow> differs_;
};

}  // namespace

std::unique_ptr<sched::Execution> ScoringExecutor::start(std::span<const std::byte> body) {
  UnitBody unit = UnitBody::read(body);
  if (unit.pieces.at(0).solver.kind == SolverKind::program)
    return std::make_unique<ProgramExecution>(std::move(unit), pump_, calls_);
  return std::make_unique<BuiltinExecution>(std::move(unit), calls_);
}

}  // namespace gforbit::job_scoring
