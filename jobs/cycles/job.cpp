#include "cycles/job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "cycles/checkpoint_compaction.hpp"
#include "cycles/dry_run.hpp"
#include "cycles/executor.hpp"
#include "cycles/index_output.hpp"
#include "cycles/input.hpp"
#include "cycles/options.hpp"
#include "cycles/plan.hpp"
#include "cycles/report.hpp"
#include "cycles/results.hpp"
#include "cycles/tables.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/store/output_target.hpp"
#include "gforbit/sys/human.hpp"
#include "gforbit/sys/log.hpp"
#include "launch/memory.hpp"
#include "skeleton/results.hpp"

namespace gforbit::job_cycles {

namespace {

PlanSettings plan_settings(const CyclesOptions& options, std::uint64_t registers,
                           std::span<const sys::RankPlacement> ranks) {
  PlanSettings settings;
  settings.mapping.ranks = static_cast<int>(ranks.size());
  settings.mapping.threads =
      std::accumulate(ranks.begin(), ranks.end(), 0, [](int sum, const auto& r) { return sum + r.threads; });
  settings.rank0_computes = settings.mapping.ranks < sched::kManyRanks || ranks.front().threads > 1;
  settings.index = !options.index.empty();
  settings.mapping.stored = settings.index ? config::kNoLimit : options.store_cycles;
  settings.mapping.keep_segments = settings.index;
  settings.registers = registers;
  settings.mapping.memory_bytes = launch::memory_bound(options.common, ranks);
  settings.coalesce = options.common.coalesce != config::Coalesce::off;
  settings.spool_folder = store::resolved_output(options.common.output).parent_path();
  settings.verify = options.verify;
  settings.double_check = options.double_check;
  settings.mapping.simd = options.simd;
  settings.mapping.basins = options.basins;
  settings.sequences = options.sequences;
  settings.stop_after = options.common.stop_after;
  return settings;
}

/// "factoring 2^4000 - 1: composite cofactor of 3012 bits, elliptic curve 57 (B1 = 391), for 35 s", and what
/// helps where that may take forever.
std::string activity_text(const AlgebraActivity& activity, std::uint64_t rows) {
  constexpr double kLong_s = 10;
  std::string text = rows > 1 ? fmt::format("row {}: ", activity.row) : "";
  text += fmt::format("{}: {}, for {}", activity.step, activity.detail, sys::duration_text(activity.step_s));
  if (activity.others > 0) text += fmt::format(" (and {} more by algebra)", activity.others);
  if (activity.step_s > kLong_s && !activity.has_timeout)
    text += "; --timeout ends it and keeps what is proven";
  return text;
}

store::InputFiles input_files(const CyclesOptions& options) {
  store::InputFiles files;
  files.add(options.settings.config_file());
  files.add(options.registers.value_or(""));
  files.add(options.batch.value_or(""));
  files.add(options.system.value_or(""));
  return files;
}

class CyclesRun final : public skeleton::Run {
 public:
  explicit CyclesRun(CyclesOptions options)
      : options_(std::move(options)), input_(BatchInput::from_options(options_)) {}

  [[nodiscard]] const skeleton::JobOptions& options() const override { return options_; }

  void place(std::span<const sys::RankPlacement> ranks) override {
    ranks_ = ranks;
    level_ = cycles::choose_simd_level(options_.simd);  // one that is not there is said before any work
    settings_ = plan_settings(options_, input_.size(), ranks);
  }

  void print_plan(std::ostream& out) override {
    job_cycles::print_plan(out, input_, settings_, ranks_, index_options(options_, ranks_));
  }

  [[nodiscard]] skeleton::Subject subject() override {
    skeleton::Subject subject{
        core::counted(input_.size(), "register"),
        {{"registers", input_.size()}, {"ranks", static_cast<std::int64_t>(ranks_.size())}}};
    if (const std::string digest = input_.digest(); !digest.empty())
      subject.problem.emplace_back("sha256 of the input", digest);
    subject.files = input_files(options_);
    if (!options_.index.empty()) check_index(options_, subject.files);
    subject.checkpoint_format = kCheckpointFormat;
    return subject;
  }

  [[nodiscard]] skeleton::Plan& begin(const launch::RunContext& context) override {
    signals_ = &context.world.signals;
    if (!options_.index.empty()) index_lock_.emplace(store::resolved_output(options_.index));
    return plan_.emplace(input_, settings_, core::work_now);
  }

  [[nodiscard]] launch::RecordRules record_rules() override {
    return {.ways = {{"vector level", std::string(cycles::simd_name(level_))}},
            .condense = condense,
            .compaction = [] { return std::make_unique<CheckpointCompaction>(); }};
  }

  [[nodiscard]] std::unique_ptr<sched::Executor> make_executor(const skeleton::MakeExecutor&) override {
    steps_before_ = plan_->progress().steps;
    auto executor =
        std::make_unique<CyclesExecutor>([this](std::uint64_t row) { return plan_->local_work(row); });
    executor_ = executor.get();
    return executor;
  }

  [[nodiscard]] skeleton::Work work_done() const override {
    const std::uint64_t merged = plan_->progress().steps, gained = merged - steps_before_;
    const std::uint64_t walked = executor_ == nullptr ? 0 : executor_->work_done();
    const PlanProgress progress = plan_->progress(walked - std::min(walked, gained));
    skeleton::Work work{progress.share, merged, "steps", progress.steps - merged};
    if (progress.algebra) {
      work.note = activity_text(*progress.algebra, progress.rows);
      work.has_rate = false;  // algebra takes no steps
    }
    return work;
  }

  [[nodiscard]] skeleton::RowEnds ends() const override {
    const RowStore& rows = plan_->rows();
    return skeleton::count_ends(
        rows.size(), [&](std::uint64_t row) { return rows.status(rows.first_equal(row)); },
        [&](std::uint64_t row) {
          return rows.first_equal(row) == row ? fmt::format("row {}: {}", row, rows[row].message) : "";
        });
  }
  [[nodiscard]] core::ExitStatus exit_status() const override {
    return plan_->methods_disagree() ? core::ExitStatus::internal : Run::exit_status();
  }

  /// The index first: a complete result file says that all is done.
  std::string publish(const std::function<std::string()>& write_file, bool complete) override {
    if (complete && !options_.index.empty()) {
      const StopOnSignal stop(*signals_);
      indexed_ = write_index(options_, input_, *plan_, index_options(options_, ranks_),
                             mapping_options(settings_), stop.token());
    }
    return write_file();
  }

  void write_tables(store::ResultWriter& file, const launch::RunFacts& facts) override {
    job_cycles::write_tables(
        file, input_, *plan_,
        {options_.common.coalesce, {options_.basins, options_.sequences}, options_.store_cycles});
    file.set_attribute(launch::kRuntime, "vector_level", vector_levels(options_.simd, facts.report.ranks));
  }
  [[nodiscard]] skeleton::Conclusion conclude(sys::Log& log, const launch::RunFacts& facts,
                                              std::uint64_t gained) const override {
    skeleton::Conclusion said = Run::conclude(log, facts, gained);
    if (options_.double_check) {
      said.text += plan_->progress().steps > 0 ? "; all enumerated registers were mapped twice"
                                               : "; no register was enumerated, so none was mapped twice";
    }
    if (!options_.index.empty()) said.text += indexed_text(options_.index, indexed_);
    return said;
  }
  [[nodiscard]] launch::RankWords rank_words() const override { return job_cycles::rank_words(); }
  [[nodiscard]] skeleton::PartRows write_part(store::ResultWriter& file) override {
    return skeleton::write_equal_rows(file, runtime_part_table(), input_.rows());
  }

 private:
  CyclesOptions options_;
  BatchInput input_;
  std::span<const sys::RankPlacement> ranks_;
  cycles::SimdLevel level_{};
  PlanSettings settings_;
  std::optional<CyclesPlan> plan_;
  const CyclesExecutor* executor_ = nullptr;
  std::uint64_t steps_before_ = 0;  ///< restored from the checkpoint
  const sys::SignalGuard* signals_ = nullptr;
  std::optional<store::FileLock> index_lock_;
  Indexed indexed_;
};

}  // namespace

skeleton::JobType cycles_job() {
  return skeleton::job_type<CyclesRun, CyclesExecutor>(cycles_command, parse_cycles_options, cycles_report());
}

}  // namespace gforbit::job_cycles
