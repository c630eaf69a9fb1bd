#include "scoring/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
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

bool stores(const Rules& rules, const scoring::Task& task, std::size_t sample) {
  return rules.store_outputs || (rules.store_tests && !task.is_demo(sample));
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
    return core::to_bytes(all);
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
      if (stores(unit_.rules, piece.task, sample))
        result.outputs.push_back(stored(result.rows.back(), *output));
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
    case solvers::Ending::not_begun:
      return CallStatus::cancelled;
  }
  return CallStatus::no_output;
}

/// Calls of solver programs. No thread waits for them: the pump says what came of them, and the team judges
/// it.
class ProgramExecution final : public sched::Execution, private CallOwner {
 public:
  ProgramExecution(UnitBody unit, CallPump& pump, std::atomic<std::uint64_t>& calls)
      : unit_(std::move(unit)), pump_(pump), calls_(calls) {
    pump_.set_slots(unit_.rules.slots);
    for (const Piece& piece : unit_.pieces) {
      const Asked& asked =
          asked_.emplace_back(piece, features_of(piece.task), Requests(piece.task, unit_.rules.hide_demo),
                              calls_of(piece.task, unit_.rules));
      for (const std::uint32_t call : piece.calls) {
        if (call >= asked.calls.size()) throw core::ProtocolError("a unit of work has a call of no task");
        add_call(asked, call);
      }
    }
  }
  ~ProgramExecution() override { pump_.withdraw(this); }

  [[nodiscard]] bool waits_outside() const noexcept override { return true; }

  /// A thread for each outcome that is to be judged, and one that sees that there are no more.
  [[nodiscard]] int width() const noexcept override {
    const std::scoped_lock lock(mutex_);
    if (open_ == 0 || pump_.broken()) return 1;
    return static_cast<int>(std::min<std::size_t>(arrived_.size(), 4096)) + judging_;
  }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (pump_.broken()) throw core::EnvironmentError("the helper process of this rank has ended");
    const bool stopped = stop.stop_requested();
    if (stopped) pump_.withdraw(this);
    std::unique_lock lock(mutex_);
    if (!arrived_.empty()) {
      const Arrived arrived = std::move(arrived_.front());
      arrived_.pop_front();
      ++judging_;
      lock.unlock();
      CallsReport report = judge(arrived);
      lock.lock();
      add(std::move(report));
      --judging_;
      --open_;
    }
    return stopped ? !arrived_.empty() : open_ > 0;
  }

  [[nodiscard]] std::optional<core::Bytes> news() override {
    const std::scoped_lock lock(mutex_);
    if (report_.ended.empty()) return std::nullopt;
    return take_report();
  }

  [[nodiscard]] core::Bytes result() override {
    const std::scoped_lock lock(mutex_);
    return take_report();
  }

 private:
  /// A piece and what all its calls need.
  struct Asked {
    const Piece& piece;
    TaskFeatures features;
    Requests requests;
    std::vector<CallSamples> calls;
  };
  /// An outcome that is to be judged.
  struct Arrived {
    UnitCall call;
    solvers::Outcome outcome;
    std::uint32_t retries = 0;
  };

  static constexpr unsigned kPieceShift = 32;
  static UnitCall call_of(std::uint64_t tag) {
    return {static_cast<std::uint32_t>(tag >> kPieceShift), static_cast<std::uint32_t>(tag)};
  }

  void add_call(const Asked& asked, std::uint32_t call) {
    {
      const std::scoped_lock lock(mutex_);
      ++open_;
    }
    const std::uint32_t first = asked.calls[call][0];
    pump_.add({.owner = this,
               .tag = std::uint64_t{asked_.size() - 1} << kPieceShift | call,
               .solver_row = asked.piece.solver_row,
               .program = &asked.piece.solver.program,
               .retry_starved = unit_.rules.retry_starved,
               .request = [&asked, first](std::uint64_t id) { return asked.requests.text(id, first); }});
  }

  void ended(std::uint64_t tag, solvers::Outcome outcome, std::uint32_t retries) override {
    const std::scoped_lock lock(mutex_);
    arrived_.push_back({call_of(tag), std::move(outcome), retries});
  }
  void given_back(std::uint64_t) override {
    const std::scoped_lock lock(mutex_);
    --open_;
  }

  [[nodiscard]] CallsReport judge(const Arrived& arrived) const {
    const solvers::Outcome& outcome = arrived.outcome;
    const Asked& asked = asked_[arrived.call.piece];
    const CallSamples& samples = asked.calls[arrived.call.call];
    CallStatus status = status_of(outcome.ending);
    std::string message = outcome.message;
    Reply reply;
    if (outcome.ending == solvers::Ending::replied) {
      try {
        reply = read_reply(asked.piece, outcome);
        message = reply.complaint();
      } catch (const core::InputError& error) {
        status = CallStatus::bad_output;
        message = bad_reply_text(error.what(), outcome.reply);
      }
    }
    calls_.fetch_add(1, std::memory_order_relaxed);
    CallsReport report;
    report.ended.push_back(arrived.call);
    report.result.calls = samples.size();
    report.result.facts.push_back(
        facts(asked.piece, samples[0], arrived, message, /*whole_tail=*/reply.outputs.empty()));
    for (const std::uint32_t sample : samples) {
      if (reply.outputs.empty()) {
        report.result.rows.push_back(empty_row(asked.piece, 0, sample, status));
      } else {
        score(asked, sample, reply, report.result);
      }
    }
    return report;
  }

  /// What goes well a million times needs no long story.
  static constexpr std::size_t kShortTail = 256;

  static CallFacts facts(const Piece& piece, std::uint32_t sample, const Arrived& arrived,
                         std::string_view message, bool whole_tail) {
    const solvers::Outcome& outcome = arrived.outcome;
    std::string_view tail = outcome.stderr_tail;
    if (!whole_tail && tail.size() > kShortTail) tail.remove_prefix(tail.size() - kShortTail);
    return {piece.solver_row, piece.task_row,      sample,       arrived.retries,        outcome.wall_s,
            outcome.cpu_s,    outcome.peak_memory, outcome.code, core::as_utf8(message), core::as_utf8(tail)};
  }

  static Reply read_reply(const Piece& piece, const solvers::Outcome& outcome) {
    const bool once = piece.solver.program.protocol == solvers::Protocol::once;
    if (once && outcome.reply.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    return reply_from_text(outcome.reply, outcome.number, once);
  }

  /// Rows of the outputs for one sample. Candidates have numbers of `result`. A candidate none of whose
  /// outputs is a grid has one row without an output.
  void score(const Asked& asked, std::uint32_t sample, const Reply& reply, UnitResult& result) const {
    struct Made {
      const Reply::Output* output;
      std::uint64_t candidate;
      std::uint8_t attempt;
    };
    std::vector<Made> all;
    std::map<std::uint64_t, std::uint32_t> attempts;
    std::set<std::uint64_t> with_grid;
    std::map<std::string, std::uint64_t> numbers;
    for (std::size_t i = 0; i < result.names.size(); ++i) numbers.emplace(result.names[i], i + 1);
    for (const Reply::Output& output : reply.outputs) {
      std::uint64_t candidate = 0;
      if (!output.candidate.empty()) {
        const auto [at, is_new] = numbers.try_emplace(output.candidate, result.names.size() + 1);
        if (is_new) result.names.push_back(output.candidate);
        candidate = at->second;
      }
      const std::uint32_t attempt = ++attempts[candidate];
      if (attempt > unit_.rules.attempts) continue;
      all.push_back({&output, candidate, static_cast<std::uint8_t>(attempt)});
      if (output.grid) with_grid.insert(candidate);
    }
    for (const Made& made : all) {
      if (made.output->grid) {
        add_output(asked, sample, made.candidate, made.attempt, *made.output->grid, result);
      } else if (with_grid.contains(made.candidate) || made.attempt == 1) {
        CallRow& row =
            result.rows.emplace_back(empty_row(asked.piece, made.candidate, sample, CallStatus::bad_output));
        if (with_grid.contains(made.candidate)) row.attempt = made.attempt;
      }
    }
  }

  void add_output(const Asked& asked, std::uint32_t sample, std::uint64_t candidate, std::uint8_t attempt,
                  const scoring::Grid& grid, UnitResult& result) const {
    result.rows.push_back(output_row(asked.piece, candidate, sample, attempt, grid));
    if (asked.features[sample] && attempt == 1) {
      DifferRow& row =
          result.differs.emplace_back(DifferRow{asked.piece.solver_row, asked.piece.task_row, candidate, {}});
      asked.features[sample]->add(grid, row.counts);
    }
    if (stores(unit_.rules, asked.piece.task, sample))
      result.outputs.push_back(stored(result.rows.back(), grid));
  }

  /// To what the next report holds; its candidates get the numbers of that.
  void add(CallsReport&& call) {
    UnitResult& to = report_.result;
    std::vector<std::uint64_t> numbers{0};
    for (std::string& name : call.result.names) {
      const auto [at, is_new] = name_numbers_.try_emplace(name, to.names.size() + 1);
      if (is_new) to.names.push_back(std::move(name));
      numbers.push_back(at->second);
    }
    const auto append = [&](auto& rows, auto& all) {
      for (auto& row : rows) {
        row.candidate = numbers.at(row.candidate);
        all.push_back(std::move(row));
      }
    };
    append(call.result.rows, to.rows);
    append(call.result.outputs, to.outputs);
    append(call.result.differs, to.differs);
    std::ranges::move(call.ended, std::back_inserter(report_.ended));
    std::ranges::move(call.result.facts, std::back_inserter(to.facts));
    to.calls += call.result.calls;
  }

  /// What no report has held yet.
  core::Bytes take_report() {
    name_numbers_.clear();
    return core::to_bytes(std::exchange(report_, {}));
  }

  UnitBody unit_;
  CallPump& pump_;
  std::atomic<std::uint64_t>& calls_;
  std::deque<Asked> asked_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t open_ = 0;  ///< calls that are neither judged nor given back
  int judging_ = 0;         ///< threads
  std::deque<Arrived> arrived_;
  CallsReport report_;
  std::map<std::string, std::uint64_t> name_numbers_;
};

}  // namespace

std::unique_ptr<sched::Execution> ScoringExecutor::start(std::span<const std::byte> body) {
  auto unit = core::from_bytes<UnitBody>(body);
  const auto n_programs = std::ranges::count_if(unit.pieces, is_program, &Piece::solver);
  if (n_programs > 0 && n_programs < std::ssize(unit.pieces)) core::fail_corrupt("has pieces of two kinds");
  if (n_programs > 0) {
    for (const Piece& piece : unit.pieces) given_ += piece.calls.size();
    return std::make_unique<ProgramExecution>(std::move(unit), pump_, calls_);
  }
  return std::make_unique<BuiltinExecution>(std::move(unit), calls_);
}

}  // namespace gforbit::job_scoring
