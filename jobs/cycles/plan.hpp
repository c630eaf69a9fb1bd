/// The cycles job on rank 0: opens registers when ranks ask for work, cuts large ones in ranges, sends small
/// ones many at a time, and collects one result a row of the input.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "cycles/checkpoint_record.hpp"
#include "cycles/input.hpp"
#include "cycles/row_store.hpp"
#include "cycles/units.hpp"
#include "cycles/verdict.hpp"
#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/sched/queue.hpp"
#include "skeleton/plan.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::job_cycles {

struct PlanSettings {
  cycles::MappingOptions mapping{};  ///< of each register; the memory is for all of them
  bool rank0_computes = true;  ///< or has a single thread, and answers so many ranks that it has no time
  /// Of the batch: a few share less memory.
  std::uint64_t registers = std::numeric_limits<std::uint64_t>::max();
  bool coalesce = true;
  bool index = false;                       ///< registers are enumerated, and what an index needs is kept
  bool sequences = false;                   ///< what stored cycles put out is computed with them
  bool verify = false;                      ///< enumerate what algebra answers too, and compare
  bool double_check = false;                ///< enumerate twice, and compare
  std::optional<std::uint64_t> stop_after;  ///< registers of maximal period
  /// Where finished rows are kept until they are written.
  std::filesystem::path spool_folder = std::filesystem::temp_directory_path();
};

/// What the algebraic method works on, for progress messages.
struct AlgebraActivity {
  std::uint64_t row = 0;     ///< the first of those
  std::uint64_t others = 0;  ///< registers that algebra is at work on too
  std::string step, detail;  ///< see AlgebraNews
  double step_s = 0;
  bool has_timeout = false;
};

struct PlanProgress {
  std::uint64_t rows = 0, rows_done = 0;
  std::uint64_t steps = 0;
  double share = 0;  ///< of the expected work, 0..1
  std::optional<AlgebraActivity> algebra{};
};

/// What each of the registers that are at work at once may take.
[[nodiscard]] cycles::MappingOptions mapping_options(const PlanSettings& settings);

class CyclesPlan final : public skeleton::Plan {
 public:
  CyclesPlan(BatchInput& input, PlanSettings settings, skeleton::Clock clock);
  ~CyclesPlan() override;

  [[nodiscard]] std::optional<sched::Unit> next(int rank) override;
  void begun(const sched::Unit& unit) override;
  void news(const sched::Unit& unit, std::span<const std::byte> news) override;
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override;
  void withdrawn(const sched::Unit& unit, std::span<const std::byte> result) override;
  void failed(const sched::Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] bool abandons_leases() const override { return stopped_.is_overdue(); }

  /// Execution of a unit of kind `local`, for the executor of rank 0.
  [[nodiscard]] std::unique_ptr<sched::Execution> local_work(std::uint64_t row);

  void stop() override;
  [[nodiscard]] skeleton::Cancellation cancel(const std::string& id) override;

  void keep_results(Keep keep) override { keep_ = std::move(keep); }
  /// A register that was tried again has several ends, of which the last one counts.
  void survey(const store::JournalRecord& record) override;
  /// A register that timed out and has a longer limit now is work to be done.
  /// @throws core::ProtocolError, core::CorruptRecord  the record contradicts the input or the records before
  /// it
  void restore(const store::JournalRecord& record) override;
  /// Ends what needed no more than what was kept.
  void end_restore() override;

  /// @param under_way  steps of results that are not here yet, as far as they are known: registers that are
  /// not cut
  ///                   in ranges have no others until they are done
  [[nodiscard]] PlanProgress progress(std::uint64_t under_way = 0) const;
  /// What algebra has proven by now of a register that is at work.
  [[nodiscard]] std::optional<AlgebraReport> proven(std::uint64_t row) const;
  /// --verify found a difference between the methods, or --double-check one between two mappings.
  [[nodiscard]] bool methods_disagree() const noexcept { return methods_disagree_; }
  /// By row of the input; a coalesced row holds no result of its own.
  [[nodiscard]] const RowStore& rows() const noexcept { return rows_; }
  /// For the index of a row, if its mapping has walked them and there was memory to keep them; nullptr: not.
  [[nodiscard]] const cycles::SegmentBlock* segments(std::uint64_t row) const;
  [[nodiscard]] skeleton::Extent extent() const override { return {rows_done_, rows_to_run_, "register"}; }
  [[nodiscard]] sched::QueueStatistics statistics() const override { return queue_.statistics(); }

 private:
  struct LargeRegister;

  bool open_next();
  void open(std::uint64_t row);
  /// Or takes part in nothing but what only rank 0 can do.
  [[nodiscard]] bool computes(int rank) const noexcept { return rank != 0 || settings_.rank0_computes; }
  std::optional<sched::Unit> next_of(LargeRegister& large, int rank);
  std::optional<sched::Unit> next_guess();
  static std::optional<RegisterUnit> unit_of(const LargeRegister& large,
                                             std::optional<cycles::MappingUnit> of_mapping);
  sched::Unit handed_out(LargeRegister& large, RegisterUnit unit);
  std::optional<RegisterUnit> next_unit(LargeRegister& large, int rank);
  std::optional<cycles::MappingUnit> next_of_mapping(LargeRegister& large, int rank) const;
  [[nodiscard]] cycles::MappingOptions options_of(const LargeRegister& large) const;
  void begin_again(LargeRegister& large);
  [[nodiscard]] LargeRegister* find_large(std::uint64_t row) const;
  bool defer_search(LargeRegister& large, std::span<const std::byte> result);
  [[nodiscard]] std::optional<AlgebraActivity> algebra_activity() const;
  LargeRegister& open_restored(std::uint64_t row);
  void restore_range(const RangeRecord& record);
  void restore_row(RowRecord record);
  [[nodiscard]] bool counts(std::uint64_t row) const;
  bool pass_end(std::uint64_t row);
  void keep_range(const LargeRegister& large, std::uint32_t phase, const RegisterUnit& unit,
                  std::span<const std::byte> result);
  std::optional<sched::Unit> bundle();
  [[nodiscard]] WorkOrder work_order(const RegisterRequest& request) const;
  void add_to_bundle(const RegisterRequest& request, std::uint64_t row, WorkOrder order,
                     const cycles::WholePlan& whole);
  void merge_large(LargeRegister& large, const RegisterUnit& unit, std::span<const std::byte> result);
  void merge_mapping(LargeRegister& large, const cycles::MappingUnit& unit,
                     std::span<const std::byte> result);
  void count_steps(LargeRegister& large);
  void finish_if_done(LargeRegister& large);
  void end_early(LargeRegister& large, RowStatus status, std::string message);
  void end_with(LargeRegister& large, MapReport report);
  [[nodiscard]] double elapsed_s(const LargeRegister& large) const;
  void keep_segments(LargeRegister& large);
  void settle(std::uint64_t row, MapReport report, WorkOrder order, std::uint64_t n_ranges);
  void end(std::uint64_t row, const RowResult& result);
  void close(std::uint64_t row, RowStatus status, std::string message);
  /// close() for what a restart would not find out by itself: kept.
  void close_kept(std::uint64_t row, RowStatus status, const std::string& message);
  void cancel_units_of(const LargeRegister& large);
  void cancel_mapping_of(const LargeRegister& large);
  void cancel_large(const LargeRegister& large, const std::string& why);
  void end_large(std::uint64_t row);
  void cancel_rest();
  void cancel_row(std::uint64_t row);

  BatchInput& input_;
  PlanSettings settings_;
  skeleton::Clock clock_;
  RowStore rows_;
  sched::Queue queue_;  ///< the number of an item is that of its row
  std::uint64_t rows_to_run_ = 0;
  std::unordered_map<std::uint64_t, RegisterIdentity> open_;  ///< rows at work
  std::deque<std::unique_ptr<LargeRegister>> large_;
  /// Need a search for factors, and wait until all others have been taken.
  std::deque<std::unique_ptr<LargeRegister>> deferred_;
  /// Ended while a unit used their memory; the end of that use is not reported.
  std::vector<std::unique_ptr<LargeRegister>> retired_;
  std::vector<BundleEntry> bundle_;
  std::uint64_t bundle_work_ = 0;
  std::uint64_t bundles_ = 0;      ///< made so far: their item numbers
  std::uint64_t bundled_out_ = 0;  ///< small registers under way
  std::vector<std::uint64_t> cancelled_;
  std::uint64_t rows_done_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<std::uint8_t>
      ends_ahead_;       ///< by row, while restoring: ends among the records to come; empty: unknown
  skeleton::Goal goal_;  ///< registers of maximal period
  Keep keep_;
  bool methods_disagree_ = false;
  std::unordered_map<std::uint64_t, cycles::SegmentBlock> segments_;  ///< by row
  std::uint64_t segments_bytes_ = 0;
  skeleton::Halt stopped_;
};

}  // namespace gforbit::job_cycles
