#include "scoring/job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "gforbit/core/digest.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/memory.hpp"
#include "scoring/executor.hpp"
#include "scoring/failures.hpp"
#include "scoring/options.hpp"
#include "scoring/plan.hpp"
#include "scoring/probe.hpp"
#include "scoring/python_check.hpp"
#include "scoring/report.hpp"
#include "scoring/results.hpp"
#include "scoring/reuse.hpp"
#include "scoring/submission.hpp"
#include "scoring/tables.hpp"
#include "scoring/task_file.hpp"

namespace gforbit::job_scoring {

namespace {

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::vector<Solver> read_solvers(const ScoringOptions& options, const std::string& text) {
  ProgramDefaults defaults;
  defaults.limits = {.wall_s = seconds(options.common.timeout),
                     .cpu_s = seconds(options.cpu_timeout),
                     .memory = options.solver_memory.value_or(0),
                     .startup_s = seconds(options.startup_timeout),
                     .processes = options.max_processes};
  defaults.recycle = options.recycle;
  try {
    return solvers_from_text(text, defaults);
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}", options.solvers, error.what()));
  }
}

/// The input, and what tells it from another one.
struct Read {
  PlanInput input;
  TaskSet tasks;  ///< but the tasks themselves, which are in `input`
  std::string digest;
};

Read read_input(const ScoringOptions& options) {
  Read read;
  const std::string solvers = read_file(options.solvers);
  read.tasks = read_tasks({.paths = options.tasks,
                           .solutions = options.solutions,
                           .id_from_path = options.id_from_path,
                           .skip_errors = options.skip_errors});
  read.input.tasks = std::move(read.tasks.tasks);
  read.input.solvers = read_solvers(options, solvers);
  read.input.rules = {.attempts = options.attempts,
                      .hide_demo = options.hide_demo,
                      .retry_starved = options.retry_starved,
                      .store_outputs = options.store_outputs,
                      .store_tests = !options.submission.empty(),
                      .coalesce = options.common.coalesce != config::Coalesce::off};
  read.input.early = options.end_early;
  read.input.identify();
  read.input.choose_tasks();
  read.input.keep_part(options.common.part);
  core::ByteWriter all;
  all.put_text(solvers);
  for (const scoring::Task& task : read.input.tasks) {
    all.put_text(task.id);
    write_samples(all, task);
  }
  const core::Bytes bytes = all.take();
  core::Sha256 sha;
  sha.update(bytes);
  read.digest = sha.hex();
  return read;
}

store::InputFiles input_files(const ScoringOptions& options, const Read& read) {
  store::InputFiles files;
  files.add(options.settings.config_file());
  files.add(options.solvers);
  files.add(options.reuse);
  for (const auto& file : read.tasks.files) files.add(file);
  for (const Solver& solver : read.input.solvers) {
    for (const std::string& word : solver.program.command) files.add(word);
  }
  return files;
}

std::string contents_text(const PlanInput& input) {
  return fmt::format("{}, {}, {}, {}", core::counted(input.tasks.size(), "task"),
                     core::counted(input.n_samples(), "sample"),
                     core::counted(input.solvers.size(), "solver"), core::counted(input.n_calls(), "call"));
}

/// What rank 0 needs at least: the rows as they came and as they are sorted.
std::uint64_t memory_of(const PlanInput& input) {
  return 2 * sizeof(CallRow) * input.n_calls();
}

/// @throws core::UsageError  the rows do not fit
void check_memory(const PlanInput& input, std::uint64_t bound) {
  const std::uint64_t needed = memory_of(input);
  if (needed <= bound) return;
  throw core::UsageError(
      fmt::format("{} calls need {} on rank 0, and it may take {}: choose a smaller depth, fewer tasks, "
                  "--part I/N, or another --memory",
                  input.n_calls(), sys::bytes_text(needed), sys::bytes_text(bound)));
}

void print_plan(std::ostream& out, const PlanInput& input) {
  out << contents_text(input) << '\n';
  std::uint64_t programs = 0;
  for (std::uint32_t i = 0; i < input.solvers.size(); ++i) {
    if (is_program(input.solvers[i])) programs += input.candidates[i].size() * input.n_samples(i);
  }
  out << fmt::format("  of programs   {}\n  of builtins   {}\n", programs, input.n_calls() - programs);
  const Items items(input);
  std::uint64_t shared = 0;
  for (std::uint64_t i = 0; i < items.size(); ++i) shared += items.is_first(i) ? 0 : 1;
  out << fmt::format("{}, {} of them shared with an equal one\n", core::counted(items.size(), "item"),
                     shared);
  for (std::size_t rank = 0; rank < input.slots.size(); ++rank)
    out << fmt::format("rank {}: {}\n", rank, core::counted(input.slots[rank], "slot"));
  out << fmt::format("memory on rank 0 at least {}\n", sys::bytes_text(memory_of(input)));
}

/// Patterns that are the id of no task; empty: there are none.
std::string unmatched_note(const PlanInput& input) {
  if (input.unmatched.empty()) return {};
  std::string text = fmt::format(
      "{} in the key 'tasks' of solvers {} the id of no task:", core::counted(input.unmatched.size(), "text"),
      input.unmatched.size() == 1 ? "is" : "are");
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, input.unmatched.size()); ++i)
    text += fmt::format("{} {} of {}", i > 0 ? "," : "", core::quoted(input.unmatched[i].pattern),
                        core::quoted(input.solvers[input.unmatched[i].solver].id));
  if (input.unmatched.size() > kShown) text += fmt::format(" and {} more", input.unmatched.size() - kShown);
  std::uint64_t without_task = 0;
  for (std::uint32_t i = 0; i < input.solvers.size(); ++i) without_task += input.n_tasks(i) == 0 ? 1 : 0;
  if (without_task > 0)
    text += fmt::format("; {} on no task", without_task == 1
                                               ? "one solver is called"
                                               : fmt::format("{} solvers are called", without_task));
  return text;
}

/// What ends all processes of a solver, for the first line of the log.
const char* containment_text(solvers::Containment containment) {
  switch (containment) {
    case solvers::Containment::pid_namespace:
      return ", solvers in PID namespaces";
    case solvers::Containment::user_namespace:
      return ", solvers in user and PID namespaces";
    case solvers::Containment::process_tree:
      break;
  }
  return ", solvers found by walks of /proc (no PID namespace is allowed here)";
}

std::vector<SolverEnds> ends_of(const PlanInput& input, const Collected& collected) {
  std::vector<SolverEnds> ends;
  for (const Solver& solver : input.solvers) ends.push_back({.counts = {}, .is_program = is_program(solver)});
  for (const CallRow& row : collected.rows) ends[row.solver].counts.add(row.status);
  return ends;
}

std::vector<skeleton::Failure> failures(const PlanInput& input, const Collected& collected,
                                        const std::vector<SolverEnds>& ends) {
  std::vector<skeleton::Failure> failures;
  for (const std::uint32_t solver : worst_solvers(ends)) {
    CallWords said;
    const auto spoke = [&](const CallFacts& facts) {
      return facts.solver == solver && !facts.message.empty();
    };
    const auto found = std::ranges::find_if(collected.facts, spoke);
    if (found != collected.facts.end())
      said = {input.tasks[found->task].id, found->message, found->stderr_tail};
    failures.push_back(
        {solver, failure_text(input.solvers[solver].id, ends[solver], said) + "; /runtime/calls has more"});
  }
  return failures;
}

class ScoringRun final : public skeleton::Run {
 public:
  /// @param helper  of rank 0; must outlive the run
  ScoringRun(ScoringOptions options, solvers::Helper& helper)
      : options_(std::move(options)), read_(read_input(options_)), helper_(helper) {
    try {
      check_python(read_.input.solvers, seconds(options_.startup_timeout), helper_);
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}: {}", options_.solvers, error.what()));
    }
    if (!options_.reuse.empty()) reuse_.emplace(read_earlier_run(options_.reuse), read_.input);
  }

  [[nodiscard]] const skeleton::JobOptions& options() const override { return options_; }

  void place(std::span<const sys::RankPlacement> ranks) override {
    for (const auto& rank : ranks)
      read_.input.slots.push_back(options_.slots.value_or(static_cast<std::uint32_t>(rank.threads)));
    memory_ = launch::memory_bound(options_.common, ranks);
    check_memory(read_.input, memory_);
    if (!options_.solver_memory) limit_memory(ranks);
  }

  void print_plan(std::ostream& out) override {
    job_scoring::print_plan(out, read_.input);
    for (const std::string& note : notes()) out << "note: " << note << '\n';
    for (const std::string& why : read_.tasks.left_out) out << "left out: " << why << '\n';
    if (options_.probe) probe(read_.input, helper_, out);
  }

  [[nodiscard]] skeleton::Subject subject() override {
    const store::InputFiles files = input_files(options_, read_);
    if (!options_.submission.empty()) check_submission(files);
    return {
        contents_text(read_.input) + (has_programs() ? containment_text(helper_.containment()) : ""),
        {{"tasks", static_cast<std::uint64_t>(read_.input.tasks.size())}, {"calls", read_.input.n_calls()}},
        {{"sha256 of tasks and solvers", read_.digest}},
        files,
        kCheckpointFormat,
        notes()};
  }

  [[nodiscard]] skeleton::Plan& begin(const launch::RunContext&) override {
    plan_.emplace(read_.input, options_.common.stop_after, core::work_now, memory_);
    if (reuse_)
      plan_->reuse([this](std::uint32_t solver, std::uint32_t task, const CallSamples& samples) {
        return reuse_->find(solver, task, samples);
      });
    return *plan_;
  }

  [[nodiscard]] skeleton::Work work_done() const override {
    const double all = static_cast<double>(read_.input.n_calls());
    return {static_cast<double>(plan_->calls_done()) / all, plan_->calls_done(), "calls"};
  }

  /// Calls, which are no rows of the input.
  [[nodiscard]] skeleton::RowEnds ends() const override {
    const auto is_unfinished = [](const SolverEnds& ends) {
      return ends.counts.sum(is_broken) > 0 || ends.only_bad();
    };
    return {.unfinished = std::ranges::any_of(ends_of(read_.input, plan_->collected()), is_unfinished)};
  }

  void write_tables(store::ResultWriter& file, const launch::RunFacts&) override {
    job_scoring::write_tables(file, read_.input, plan_->collected(), options_.store_outputs);
    file.set_attribute("runtime", kReusedCalls, plan_->reused());
  }
  std::string publish(const std::function<std::string()>& write_file, bool complete) override {
    std::string digest = write_file();
    if (complete && !options_.submission.empty())
      submitted_ = write_submission(read_.input, plan_->collected(), options_.submission);
    return digest;
  }
  [[nodiscard]] launch::RankWords rank_words() const override { return job_scoring::rank_words(); }
  [[nodiscard]] skeleton::PartRows write_part(store::ResultWriter& file) override {
    job_scoring::write_part(file, read_.input);
    return {read_.input.first_candidate, read_.input.end_candidate};
  }

  [[nodiscard]] skeleton::Conclusion conclude(sys::Log&, const launch::RunFacts& facts,
                                              std::uint64_t calls) const override {
    const std::vector<SolverEnds> ends = ends_of(read_.input, plan_->collected());
    StatusCounts all;
    for (const CallRow& row : plan_->collected().rows) all.add(row.status);
    const std::uint64_t broken = all.sum(is_broken), bad = all.of(CallStatus::bad_output);
    const std::uint64_t skipped = all.of(CallStatus::skipped), reused = plan_->reused_now();
    const std::uint64_t made = calls - std::min(calls, skipped + reused);
    std::string text = skeleton::speed_text(core::counted(made, "call"), made, "calls", facts.elapsed_s);
    if (reuse_)
      text += fmt::format("; {} taken from {}; of all", core::counted(reused, "call"),
                          core::quoted(options_.reuse));
    text += fmt::format("{} {} ended by a limit or a crash{}", reuse_ ? "," : ";", broken,
                        broken > 0 ? " (" + all.text(is_broken) + ")" : "");
    if (bad > 0) text += fmt::format(", {} with a bad output", bad);
    if (skipped > 0) text += fmt::format("; {} skipped by --end-early", skipped);
    if (submitted_)
      text += fmt::format("; '{}' has {} of {} test outputs right", options_.submission, submitted_->right,
                          submitted_->known);
    if (const std::size_t n = read_.tasks.left_out.size(); n > 0)
      text += fmt::format("; {} left out", core::counted(n, "task"));
    if (plan_->goal_reached()) text += "; enough was solved for --stop-after, the rest is cancelled";
    auto said = failures(read_.input, plan_->collected(), ends);
    for (const std::string& why : read_.tasks.left_out) said.push_back({said.size(), "left out: " + why});
    return {text,
            {{"calls", calls}, {"reused_calls", reused}, {"broken_calls", broken}, {"bad_outputs", bad}},
            std::move(said)};
  }

 private:
  /// A solver that nobody gave a limit must not take the memory of the machine.
  void limit_memory(std::span<const sys::RankPlacement> ranks) {
    config::CommonOptions common = options_.common;
    common.memory.reset();
    const std::uint64_t share = launch::memory_bound(common, ranks);
    for (Solver& solver : read_.input.solvers) {
      if (solver.program.limits.memory == 0) solver.program.limits.memory = share;
    }
  }
  /// @throws core::UsageError, core::OutputError  the file cannot be written, or exists
  void check_submission(const store::InputFiles& files) const {
    const bool direct = store::TextOutput::is_direct(options_.submission);
    files.refuse_text(options_.submission);
    if (!direct && std::filesystem::exists(options_.submission) && !options_.common.force &&
        !options_.common.resume)
      throw core::UsageError(fmt::format("'{}' exists: --force replaces it, another --submission keeps it",
                                         options_.submission));
  }
  /// What the user may not expect.
  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    if (std::string text = unmatched_note(read_.input); !text.empty()) notes.push_back(std::move(text));
    if (!options_.submission.empty() && options_.common.part.count > 1)
      notes.push_back(
          fmt::format("'{}' will hold only what the candidates of part {}/{} make: a submission of all needs "
                      "a run without "
                      "--part",
                      options_.submission, options_.common.part.index, options_.common.part.count));
    if (reuse_)
      notes.push_back(fmt::format(
          "{}: {} of {} and {} of {} are as they were", core::quoted(options_.reuse), reuse_->n_solvers(),
          core::counted(static_cast<std::uint64_t>(std::ranges::count_if(read_.input.solvers, is_program)),
                        "program"),
          reuse_->n_tasks(), core::counted(read_.input.tasks.size(), "task")));
    return notes;
  }
  [[nodiscard]] bool has_programs() const { return std::ranges::any_of(read_.input.solvers, is_program); }

  ScoringOptions options_;
  Read read_;
  std::uint64_t memory_ = 0;  ///< bytes that the results may take
  solvers::Helper& helper_;
  std::optional<Reuse> reuse_;
  std::optional<ScoringPlan> plan_;
  std::optional<Submitted> submitted_;
};

}  // namespace

skeleton::JobType scoring_job() {
  const auto describe = [] {
    ScoringOptions none;
    return scoring_command(none);
  };
  const auto start = [] {
    // Before the ranks meet: afterwards there are threads and MPI, and a process that has either must not
    // fork.
    const auto helper = std::make_shared<solvers::Helper>(solvers::Helper::start());
    return skeleton::JobProcess{[helper] { return std::make_unique<ScoringExecutor>(*helper); },
                                [helper](skeleton::Arguments arguments) {
                                  return std::make_unique<ScoringRun>(parse_scoring_options(arguments),
                                                                      *helper);
                                }};
  };
  return {"scoring", describe, start, scoring_report()};
}

}  // namespace gforbit::job_scoring
