/// The scoring job on rank 0: makes units of solvers and tasks when ranks ask for work, and collects rows.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gforbit/sched/queue.hpp"
#include "scoring/items.hpp"
#include "scoring/turns.hpp"
#include "scoring/units.hpp"
#include "skeleton/plan.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::job_scoring {

/// Raised when records of the checkpoint change: a checkpoint of another format is refused.
inline constexpr int kCheckpointFormat = 1;

/// What the first output of a candidate of a program for a sample adds to its differ counts.
struct CallDiffers {
  std::uint32_t solver = 0, task = 0;
  std::uint64_t candidate = 0;
  std::uint32_t sample = 0;
  std::uint8_t iz = 0;  ///< differ_code()
  static constexpr std::uint8_t attempt = 1;
};

/// Everything that came back, in order of arrival.
struct Collected {
  std::vector<CallRow> rows;
  std::map<std::pair<std::uint32_t, std::uint64_t>, scoring::DifferCounts> differs;  ///< (solver, candidate)
  std::vector<CallDiffers> call_differs;
  std::vector<CallFacts> facts;
  std::vector<OutputRow> outputs;
  std::vector<std::vector<std::string>> names;  ///< by solver: of its candidates 1, 2, ...
  std::vector<std::uint64_t> samples_done;      ///< by solver: of programs, calls that ended
};

class ScoringPlan final : public skeleton::Plan {
 public:
  /// @param input       must outlive the plan
  /// @param stop_after  solvers on a task that solved it, after which the rest is cancelled
  /// @param memory      bytes that the results may take
  ScoringPlan(const PlanInput& input, std::optional<std::uint64_t> stop_after, skeleton::Clock clock,
              std::uint64_t memory = std::numeric_limits<std::uint64_t>::max());

  /// What came of a call of a program in an earlier run; nullopt: it is to be made. Numbers of solver and
  /// task, and the samples of the call.
  using Known = std::function<std::optional<UnitResult>(std::uint32_t solver, std::uint32_t task,
                                                        const CallSamples& samples)>;
  /// Before the first unit.
  void reuse(Known known) { known_ = std::move(known); }

  [[nodiscard]] std::optional<sched::Unit> next(int rank) override;
  void capacity(int rank, std::uint64_t calls) override;
  void news(const sched::Unit& unit, std::span<const std::byte> report) override;
  /// Keeps a call that ended after its unit was withdrawn.
  void late_news(const sched::Unit& unit, std::span<const std::byte> report) override;
  void withdrawn(const sched::Unit& unit, std::span<const std::byte> result) override;
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override;
  /// @throws core::EnvironmentError  always: a solver's failure is a row, so this is one of this program
  void failed(const sched::Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override {}
  [[nodiscard]] bool finished() const override;
  /// A second after stop().
  [[nodiscard]] bool abandons_leases() const override { return halt_.is_overdue(); }

  /// Calls that are not done have no rows.
  void stop() override;
  /// By the id of a solver, that of a task, or both with a slash between them.
  [[nodiscard]] skeleton::Cancellation cancel(const std::string& id) override;

  void keep_results(Keep keep) override { keep_ = std::move(keep); }
  /// A call that was tried again has several results, of which the last one counts.
  void survey(const store::JournalRecord& record) override;
  /// A call that timed out and may take longer now is work to be done.
  /// @throws core::ProtocolError, core::CorruptRecord  the record contradicts the input or the records before
  /// it
  void restore(const store::JournalRecord& record) override;

  [[nodiscard]] std::uint64_t calls_done() const noexcept { return calls_done_; }
  /// Of these, calls that were not made because an earlier run had made them: since this run began, and with
  /// those before it was resumed.
  [[nodiscard]] std::uint64_t reused_now() const noexcept { return reused_now_; }
  [[nodiscard]] std::uint64_t reused() const noexcept { return reused_; }
  /// Bytes that the results take, with what they need once they are sorted and written.
  [[nodiscard]] std::uint64_t memory_taken() const noexcept { return memory_taken_; }
  /// The rest was cancelled because enough was solved.
  [[nodiscard]] bool goal_reached() const noexcept { return goal_reached_; }
  [[nodiscard]] const Collected& collected() const noexcept { return collected_; }
  [[nodiscard]] skeleton::Extent extent() const override { return {calls_done_, input_.n_calls(), "call"}; }
  [[nodiscard]] sched::QueueStatistics statistics() const override { return queue_.statistics(); }

 private:
  using Numbers = std::vector<std::uint64_t>;  ///< of items
  /// A call of a program.
  struct CallId {
    std::uint64_t item = 0;
    std::uint32_t call = 0;  ///< position in calls_of()
    auto operator<=>(const CallId&) const = default;
  };
  using CallIds = std::vector<CallId>;
  /// What a rank has.
  struct Handed {
    Numbers items;  ///< by piece
    CallIds calls;  ///< of programs
  };
  /// An item of a program of which some calls have ended.
  struct Begun {
    std::vector<bool> ended;  ///< by call
    std::size_t left = 0;
    bool timed_out = false;
    // With --end-early.
    std::size_t handed = 0;  ///< calls of the stages that have been handed out
    std::map<std::uint64_t, std::set<std::uint32_t>> demos;  ///< matched, by candidate
  };

  [[nodiscard]] bool is_program_item(std::uint64_t item) const;
  [[nodiscard]] bool hold_item();
  [[nodiscard]] std::optional<CallId> take_call();
  [[nodiscard]] bool take_known(const CallId& call);
  [[nodiscard]] sched::Unit builtin_unit(UnitBody body);
  [[nodiscard]] std::optional<sched::Unit> program_unit(UnitBody body, std::uint64_t room);
  [[nodiscard]] std::uint64_t room(int rank) const;
  [[nodiscard]] sched::Unit hand_out(const UnitBody& body, Handed handed);
  [[nodiscard]] Piece piece_of(const Item& item) const;
  [[nodiscard]] const std::vector<CallSamples>& calls_on(std::uint32_t task);
  Begun& begun_item(std::uint64_t item);
  [[nodiscard]] bool has_ended(const CallId& call) const;
  [[nodiscard]] std::uint64_t n_calls(const CallId& call);
  void keep_calls(std::uint32_t type, const CallIds& calls, const UnitResult& result);
  void end_item(std::uint64_t number, bool timed_out = false);
  enum class Kept { no, yes };
  void end_uncalled(std::uint64_t number, CallStatus status, Kept kept = Kept::no);
  void keep_items(const Numbers& items, std::span<const std::byte> result);
  void cancel_items(const std::set<std::uint64_t>& items);
  void return_calls(const Handed& handed);
  void drop_ended(CallIds& calls, UnitResult& result) const;
  [[nodiscard]] std::size_t n_demo_calls(std::uint32_t task);
  [[nodiscard]] std::size_t stage_end(std::uint32_t task, std::size_t from);
  [[nodiscard]] bool ends_early(std::uint64_t item, const Begun& begun);
  void note_demos(const CallIds& calls, const UnitResult& result);
  void go_on();
  void next_stage(std::uint64_t item);
  void next_turn(std::uint32_t task);
  void take_items(const Numbers& items, UnitResult result);
  /// @param made  false: the calls were skipped
  void take_calls(const CallIds& calls, UnitResult result, bool made = true);
  void take_report(const Handed& handed, std::span<const std::byte> bytes);
  void take_result(UnitResult& result);
  void take_rows(const UnitResult& result);
  void check_memory(const UnitResult& result);
  void restore_items(core::ByteReader& in);
  void restore_calls(CallIds calls, const std::vector<double>& limits_s, UnitResult result, bool reused);
  void return_restored();
  [[nodiscard]] CallIds all_calls(const Numbers& items);
  void leave_out(CallIds& calls, const std::vector<double>& limits_s, UnitResult& result);
  void note_solved(const UnitResult& result);
  void cancel_rest();
  [[nodiscard]] std::uint64_t candidate_number(std::uint32_t solver, const std::string& name);

  const PlanInput& input_;
  std::optional<std::uint64_t> stop_after_;
  Items items_;
  sched::Queue queue_;
  std::vector<bool> done_;              ///< by item, of those that stand for themselves
  std::optional<std::uint64_t> held_;   ///< taken, for the next unit
  std::uint32_t held_call_ = 0;         ///< of a program that is held: the first call to hand out
  std::deque<CallId> returned_;         ///< calls that their rank did not begin, or whose stage has come
  std::deque<std::uint64_t> admitted_;  ///< items whose turn has come
  std::set<std::uint64_t> to_stage_;    ///< items of which calls have ended
  std::set<std::uint32_t> to_turn_;     ///< tasks of which items have ended
  std::set<std::uint32_t> solved_tasks_;
  std::optional<Turns> turns_;  ///< with --end-early solved
  std::map<std::uint64_t, Begun> begun_;
  std::vector<std::vector<CallSamples>> calls_;  ///< by task; empty: not needed yet
  std::vector<std::uint64_t> given_, capacity_;  ///< by rank: calls of programs
  std::uint64_t units_ = 0;
  std::map<std::uint64_t, Handed> out_;  ///< by unit
  skeleton::Halt halt_;
  bool working_ = false;  ///< all that earlier runs kept has been restored
  bool going_on_ = false;
  bool goal_reached_ = false;
  std::vector<std::uint64_t> cancelled_;
  std::uint64_t calls_done_ = 0;
  std::uint64_t reused_ = 0, reused_now_ = 0;  ///< calls
  std::uint64_t memory_, memory_taken_ = 0;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, std::set<std::uint32_t>>
      matched_tests_;  ///< by solver, task and candidate, where they are counted
  std::set<std::pair<std::uint32_t, std::uint32_t>> solved_;  ///< (solver, task), where they are counted
  std::map<CallId, std::uint64_t> results_ahead_;             ///< while restoring
  Keep keep_;
  Known known_;
  Collected collected_;
  std::vector<std::map<std::string, std::uint64_t>> numbers_;  ///< by solver: candidates by name
};

}  // namespace gforbit::job_scoring
