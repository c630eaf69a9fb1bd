/// The scoring job on rank 0: makes units of solvers and tasks when ranks ask for work, and collects rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/sched/queue.hpp"
#include "scoring/items.hpp"
#include "scoring/units.hpp"
#include "skeleton/plan.hpp"

namespace gforbit::job_scoring {

/// Raised when records of the checkpoint change: a checkpoint of another format is refused.
inline constexpr int kCheckpointFormat = 1;

/// Everything that came back, in order of arrival.
struct Collected {
  std::vector<CallRow> rows;
  std::map<std::pair<std::uint32_t, std::uint64_t>, scoring::DifferCounts> differs;  ///< (solver, candidate)
  std::vector<CallFacts> facts;
  std::vector<OutputRow> outputs;
  std::vector<std::vector<std::string>> names;  ///< by solver: of its candidates 1, 2, ...
  std::vector<std::uint64_t> samples_done;      ///< by solver: of programs, calls that ended
};

class ScoringPlan final : public skeleton::Plan {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  /// @param input       must outlive the plan
  /// @param stop_after  solvers on a task that solved it, after which the rest is cancelled
  ScoringPlan(const PlanInput& input, std::optional<std::uint64_t> stop_after, Clock clock);

  [[nodiscard]] std::optional<sched::Unit> next(int rank) override;
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override;
  /// @throws core::EnvironmentError  always: a solver's failure is a row, so this is one of this program
  void failed(const sched::Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override {}
  [[nodiscard]] bool finished() const override;
  /// A second after stop().
  [[nodiscard]] bool abandons_leases() const override;

  /// Calls that are not done have no rows.
  void stop() override;

  void keep_results(Keep keep) override { keep_ = std::move(keep); }
  /// A solver that was tried again on a task has several results, of which the last one counts.
  void survey(const store::JournalRecord& record) override;
  /// A solver on a task with calls that timed out, which may take longer now, is work to be done.
  /// @throws core::InputError  the record contradicts the input or the records before it
  void restore(const store::JournalRecord& record) override;

  [[nodiscard]] std::uint64_t calls_done() const noexcept { return calls_done_; }
  /// The rest was cancelled because enough was solved.
  [[nodiscard]] bool goal_reached() const noexcept { return goal_reached_; }
  [[nodiscard]] const Collected& collected() const noexcept { return collected_; }
  [[nodiscard]] skeleton::Extent extent() const override { return {calls_done_, input_.n_calls(), "call"}; }
  [[nodiscard]] sched::QueueStatistics statistics() const override { return queue_.statistics(); }

 private:
  using Numbers = std::vector<std::uint64_t>;  ///< of items

  [[nodiscard]] std::optional<std::uint64_t> take_item();
  [[nodiscard]] Piece piece_of(const Item& item) const;
  void take(const Numbers& items, UnitResult result);
  void take_rows(const UnitResult& result);
  [[nodiscard]] Numbers outdated(const Numbers& items, const std::vector<double>& limits_s,
                                 const UnitResult& result);
  void leave_out(const Numbers& items, UnitResult& result) const;
  void note_solved(const UnitResult& result);
  void cancel_rest();
  [[nodiscard]] std::uint64_t candidate_number(std::uint32_t solver, const std::string& name);

  const PlanInput& input_;
  std::optional<std::uint64_t> stop_after_;
  Clock clock_;
  Items items_;
  sched::Queue queue_;
  std::vector<bool> done_;             ///< by item, of those that stand for themselves
  std::optional<std::uint64_t> held_;  ///< taken, for the next unit
  std::uint64_t units_ = 0;
  std::map<std::uint64_t, Numbers> out_;  ///< by unit
  bool stopped_ = false, goal_reached_ = false;
  std::chrono::steady_clock::time_point stopped_at_;
  std::vector<std::uint64_t> cancelled_;
  std::uint64_t calls_done_ = 0;
  std::set<std::pair<std::uint32_t, std::uint32_t>> solved_;  ///< (solver, task), where they are counted
  std::map<std::uint64_t, std::uint64_t> results_ahead_;      ///< by item, while restoring
  Keep keep_;
  Collected collected_;
  std::vector<std::map<std::string, std::uint64_t>> numbers_;  ///< by solver: candidates by name
};

}  // namespace gforbit::job_scoring
