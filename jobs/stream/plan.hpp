/// The stream job on rank 0: hands out pipelines and stretches of them, keeps what comes back.
///
/// A pipeline that can be cut travels as ranges of its source's items to all ranks at once; any other one as
/// one work unit after another, each ending at a barrier whose state the next one goes on from. Either way a
/// unit that came back is complete: its rows are kept exactly once, and together they are the checkpoint.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/sched/queue.hpp"
#include "gforbit/store/journal.hpp"
#include "gforbit/store/spool.hpp"
#include "skeleton/plan.hpp"
#include "skeleton/plan_parts.hpp"
#include "stream/input.hpp"
#include "stream/units.hpp"

namespace gforbit::job_stream {

using skeleton::RowStatus;

inline constexpr int kCheckpointFormat = 3;

struct PipelineRow {
  RowStatus status = RowStatus::pending;
  std::string message;
  std::map<std::uint64_t, std::uint64_t> units;  ///< number -> place of its rows in the spool
  std::uint64_t items = 0;
  std::uint64_t errors = 0;  ///< items that could not be processed and were left out
  double elapsed_s = 0;
};

class StreamPlan final : public skeleton::Plan {
 public:
  struct Settings {
    int ranks = 1;
    std::uint64_t batch_items = 0, edge_capacity = 0;
    std::uint64_t memory = UINT64_MAX;        ///< of a rank, bytes
    std::optional<std::uint64_t> stop_after;  ///< pipelines that completed
    stream::OnError on_error{};
    std::string spool_folder;
    std::uint64_t pause_ns = 1'000'000'000;
    std::uint64_t pause_bytes = std::uint64_t{64} << 20;
    double unit_s = 0.5;                                      ///< that a range should take
    std::function<bool()> stop_asked = [] { return false; };  ///< while a large file is looked through
  };

  StreamPlan(const StreamInput& input, Settings settings, sched::Queue::Clock clock);

  [[nodiscard]] std::optional<sched::Unit> next(int rank) override;
  void begun(const sched::Unit& unit) override;
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override;
  void failed(const sched::Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] bool abandons_leases() const override { return stopped_; }

  void stop() override { stopped_ = true; }
  [[nodiscard]] skeleton::Cancellation cancel(const std::string& id) override;

  void keep_results(Keep keep) override { keep_ = std::move(keep); }
  /// A pipeline that was tried again has several ends, of which the last one counts.
  void survey(const store::JournalRecord& record) override;
  /// A pipeline that timed out and has a longer limit now goes on.
  /// @throws core::ProtocolError, core::CorruptRecord  it is not of this input
  void restore(const store::JournalRecord& record) override;
  /// @throws core::InputError  a file that is followed is not the one of which rows were read
  void end_restore() override;

  /// Called with the rows of a pipeline for print, in order, as far as they are known without gaps.
  void on_rows(std::function<void(std::uint64_t row, const UnitRows&)> action) {
    on_rows_ = std::move(action);
  }

  [[nodiscard]] const std::vector<PipelineRow>& rows() const noexcept { return rows_; }
  /// The units of the pipeline, or of the equal one whose work it shares.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& units(std::uint64_t row) const {
    return rows_[input_.first_equal(row)].units;
  }
  [[nodiscard]] UnitRows read_rows(std::uint64_t offset) { return get_rows(spool_.read(offset)); }
  /// Terms of the pipelines that ended in this run; at most the first 10000.
  [[nodiscard]] const std::map<std::uint64_t, std::vector<stream::TermMetrics>>& metrics() const noexcept {
    return metrics_;
  }
  [[nodiscard]] skeleton::Extent extent() const override { return {rows_done_, rows_.size(), "pipeline"}; }
  /// What a sink took on rank 0, by node of the graph.
  void add_sink_time(std::uint64_t row, std::size_t node, std::uint64_t ns);
  [[nodiscard]] sched::QueueStatistics statistics() const override { return queue_.statistics(); }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }
  /// Items of completed pipelines that could not be processed.
  [[nodiscard]] std::uint64_t errors() const;
  /// So many pipelines completed that the others were cancelled.
  [[nodiscard]] bool goal_reached() const noexcept { return goal_reached_; }
  [[nodiscard]] std::uint64_t rows_done() const noexcept { return rows_done_; }

 private:
  /// A pipeline at work.
  struct Open {
    bool taken = false;  ///< from the queue
    bool begun = false;
    std::unique_ptr<stream::Graph> graph;  ///< of a cut: knows where items lie
    std::optional<stream::Graph::Cut> cut;
    std::uint64_t next_begin = 0;                 ///< of a cut
    std::map<std::uint64_t, std::uint64_t> out;   ///< cut: begin -> end of what is out
    std::map<std::uint64_t, std::uint64_t> done;  ///< cut: begin -> end
    std::uint64_t done_items = 0;
    std::uint64_t least = 1;                        ///< of a cut: items of a range
    double rate = 0;                                ///< items a second on one rank
    core::Bytes state;                              ///< not cut
    std::uint64_t next_number = 0;                  ///< not cut
    bool is_out = false;                            ///< not cut
    std::map<std::uint64_t, std::string> failures;  ///< by number of the unit
    std::map<std::uint64_t, std::uint64_t> unsaid;  ///< number -> offset: rows that on_rows_ waits for
    std::uint64_t said = 0;                         ///< number of the next unit to be said
    std::map<std::uint64_t, std::uint64_t> after;   ///< number -> the one that follows it
  };

  void submit();
  [[nodiscard]] sched::ItemId item_of(std::uint64_t row) const;
  [[nodiscard]] std::uint64_t row_of(sched::ItemId item) const;
  /// For every pipeline that shares the work of this one, itself included.
  void for_each_equal(std::uint64_t row, const std::function<void(std::uint64_t)>& action) const;
  [[nodiscard]] std::uint64_t n_equal(std::uint64_t row) const;
  /// nullptr: the run is to stop.
  Open* open(std::uint64_t row);
  Open& opened(std::uint64_t row);
  [[nodiscard]] std::optional<UnitBody> next_stretch(std::uint64_t row, Open& o);
  [[nodiscard]] std::uint64_t range_end(const Open& o) const;
  void take(std::uint64_t row, std::uint64_t number, std::uint64_t end, const UnitResult& result);
  void confirm(std::uint64_t row, std::uint64_t number, core::Bytes state);
  void say(std::uint64_t row, Open& o);
  void settle(std::uint64_t row);
  void close(std::uint64_t row, RowStatus status, const std::string& message);
  void end(std::uint64_t row, RowStatus status, const std::string& message);
  void cancel_rest();
  void mark(std::uint64_t row, RowStatus status, const std::string& message);

  const StreamInput& input_;
  Settings settings_;
  sched::Queue queue_;
  store::Spool spool_;
  std::vector<PipelineRow> rows_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> equal_rows_;  ///< by first row, it included
  std::vector<std::uint64_t> row_of_item_, item_of_row_;            ///< empty: the numbers are the same
  std::map<std::uint64_t, Open> open_;
  std::map<std::uint64_t, std::vector<stream::TermMetrics>> metrics_;
  std::map<std::uint64_t, std::map<std::uint64_t, UnitResult>>
      unconfirmed_;  ///< by row and number, while restoring
  skeleton::EndsAhead ends_;
  Keep keep_;
  std::function<void(std::uint64_t, const UnitRows&)> on_rows_;
  std::uint64_t items_ = 0;
  std::uint64_t rows_done_ = 0;
  skeleton::Goal goal_;
  bool goal_reached_ = false;
  bool stopped_ = false;
  bool stop_told_ = false;
};

/// What was kept, without the states that later ones replace: only the last one of a pipeline is gone on
/// from.
[[nodiscard]] std::vector<store::JournalRecord> condensed(std::vector<store::JournalRecord> records);

}  // namespace gforbit::job_stream
