/// Rank 0's part of the engine: answers requests with leased units, counts each result once, ends the run.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "gforbit/sched/ledger.hpp"
#include "gforbit/sched/transport.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::sched {

struct CoordinatorStatistics {
  std::uint64_t leases = 0;        ///< units handed out
  std::uint64_t completed = 0;     ///< results merged
  std::uint64_t failed = 0;        ///< units that threw
  std::uint64_t cancelled = 0;     ///< leases that ended after their item was cancelled
  std::uint64_t rejected = 0;      ///< results without a live lease: late or repeated, not counted
  std::uint64_t largest_live = 0;  ///< most leases live at once
};

/// Reacts to messages; never waits. Used by the main thread of rank 0.
class Coordinator {
 public:
  Coordinator(WorkPlan& plan, Transport& transport);

  /// Handles a message of the tags request, begun, news or result. Large results are kept for
  /// take_large_results(), so that requests for work are answered first.
  /// @throws core::CorruptRecord, core::ProtocolError  the message; what it is and whose is said
  ///         core::Error                               a unit is `broken`; what the plan throws
  void handle(Message message);
  /// Merges some of the large results, for some tenths of a millisecond; false if there were none.
  bool take_large_results();
  /// Deadlines, cancellations, units for ranks that wait; ends the run when the plan has finished and no
  /// lease lives (or it abandons those that do).
  void tick();

  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// Assigns no more units; those that are out continue.
  void hold() noexcept { held_ = true; }
  /// Cancels the leases of items that the plan has cancelled. Called after every result too, not only at
  /// ticks: the next result may have arrived already, and the plan must not see a result of such an item.
  void apply_cancellations();
  /// Seconds from assigning a unit to its result, estimated from recent units; 0 before the first result.
  [[nodiscard]] double predicted_s() const;
  /// Seconds that all threads of all ranks have worked, as of each rank's last request. Cost: O(ranks).
  [[nodiscard]] double busy_s() const;
  [[nodiscard]] const CoordinatorStatistics& statistics() const noexcept { return statistics_; }

 private:
  void react(Message& message);
  void take_result(const Message& message);
  void note_time(double took_s);
  void serve();
  void assign(int rank, Unit unit);

  WorkPlan& plan_;
  Transport& transport_;
  Ledger ledger_;
  std::vector<std::uint32_t> wanted_;  ///< by rank: units asked for and not yet given
  std::vector<double> busy_s_;         ///< by rank
  std::deque<Message> large_results_;  ///< in the order of their arrival
  std::deque<int> waiting_;            ///< ranks that want units, in the order of their turns
  CoordinatorStatistics statistics_;
  double unit_s_ = 0;  ///< time of a unit, the newest counting most
  bool held_ = false;
  bool finished_ = false;
};

}  // namespace gforbit::sched
