/// What travels between rank 0 and the ranks: solvers on tasks one way, rows the other. Each has one list of
/// its fields.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/fields.hpp"
#include "gforbit/scoring/differs.hpp"
#include "gforbit/scoring/task.hpp"
#include "scoring/solver_file.hpp"

namespace gforbit::job_scoring {

/// Category codes; their names in the file are the flag meanings of the column.
enum class CallStatus : std::int8_t {
  matched,
  mismatched,
  no_output,
  bad_output,
  timed_out_wall,
  timed_out_cpu,
  out_of_memory,
  crashed,
  exited,
  spawn_failed,
  cancelled,
  produced,  ///< an output where nothing is expected: not scored
  skipped    ///< of --end-early; other files have no such category
};
constexpr CallStatus last_of(CallStatus) noexcept {
  return CallStatus::skipped;
}
/// By code.
inline constexpr std::array<std::string_view, 13> kStatusNames{
    "matched", "mismatched", "no_output",    "bad_output", "timed_out_wall", "timed_out_cpu", "out_of_memory",
    "crashed", "exited",     "spawn_failed", "cancelled",  "produced",       "skipped"};
static_assert(kStatusNames.size() == static_cast<std::size_t>(last_of(CallStatus{})) + 1);

/// An output was made, right or wrong.
[[nodiscard]] constexpr bool has_output(CallStatus status) {
  return status == CallStatus::matched || status == CallStatus::mismatched || status == CallStatus::produced;
}

/// A limit or a crash ended the call: the run ends with status 5.
[[nodiscard]] constexpr bool is_broken(CallStatus status) {
  return !has_output(status) && status != CallStatus::no_output && status != CallStatus::bad_output &&
         status != CallStatus::cancelled && status != CallStatus::skipped;
}

[[nodiscard]] constexpr bool is_timeout(CallStatus status) {
  return status == CallStatus::timed_out_wall || status == CallStatus::timed_out_cpu;
}

/// What all calls have in common.
struct Rules {
  std::uint32_t slots = 1;
  std::uint32_t attempts = 2;
  bool hide_demo = false;
  bool retry_starved = false;
  bool store_outputs = false;
  bool store_tests = false;  ///< of these, at least those of tests
  bool coalesce = true;      ///< equal work runs once
  static constexpr auto kFields =
      std::tuple(&Rules::slots, &Rules::attempts, &Rules::hide_demo, &Rules::retry_starved,
                 &Rules::store_outputs, &Rules::store_tests, &Rules::coalesce);
};

/// All samples of a task, as bytes that are equal for equal grids.
void write_samples(core::ByteWriter& out, const scoring::Task& task);

/// The samples of a task that one call of a program answers, the first of them as its request.
using CallSamples = std::vector<std::uint32_t>;

/// All calls that a program gets on a task: samples that show it the same, but for their names, share one.
[[nodiscard]] std::vector<CallSamples> calls_of(const scoring::Task& task, const Rules& rules);

/// A solver on a task; of an enumeration the compositions [first, first + count), of a program some calls.
struct Piece {
  std::uint32_t solver_row = 0, task_row = 0;
  std::uint64_t first = 0, count = 1;
  std::vector<std::uint32_t> calls{};  ///< positions in calls_of()
  Solver solver;
  scoring::Task task;
  static constexpr auto kFields = std::tuple(&Piece::solver_row, &Piece::task_row, &Piece::first,
                                             &Piece::count, &Piece::calls, &Piece::solver, &Piece::task);
};

/// Pieces of one kind: all programs, or all in this process.
struct UnitBody {
  Rules rules;
  std::vector<Piece> pieces;
  static constexpr auto kFields = std::tuple(&UnitBody::rules, &UnitBody::pieces);
};

/// Candidates of a solver: of an enumeration its compositions, of a program the solver itself (0) and the
/// names it reports (1 + position in `names` of the result), else the solver itself (0).
struct CallRow {
  std::uint32_t solver = 0, task = 0;
  std::uint64_t candidate = 0;
  std::uint32_t sample = 0;  ///< demos first
  std::uint8_t attempt = 0;  ///< from 1; 0 where there is no output
  CallStatus status{};
  std::int8_t match = -1;  ///< -1 where nothing is expected
  std::int8_t shape_ok = -1;
  std::uint32_t cells_equal = 0, cells_total = 0;
  static constexpr auto kFields = std::tuple(
      &CallRow::solver, &CallRow::task, &CallRow::candidate, &CallRow::sample, &CallRow::attempt,
      &CallRow::status, &CallRow::match, &CallRow::shape_ok, &CallRow::cells_equal, &CallRow::cells_total);
};

/// The first output of a candidate where one is expected: what differs count.
[[nodiscard]] constexpr bool is_first_scored(const CallRow& row) {
  return has_output(row.status) && row.attempt == 1 && row.match >= 0;
}

/// `iz` of all differs for one output, 0 to 2 each, as digits to base 3, the first differ lowest; `zo` is 2 -
/// `iz`.
inline constexpr std::int32_t kDifferCodes = 3 * 3 * 3 * 3 * 3;
[[nodiscard]] std::uint8_t differ_code(const scoring::DifferCounts& counts);
[[nodiscard]] scoring::DifferCounts differ_counts(std::uint8_t code);

/// Differ counts of a candidate over the samples of one task.
struct DifferRow {
  std::uint32_t solver = 0, task = 0;
  std::uint64_t candidate = 0;
  scoring::DifferCounts counts{};
};

/// What one call of a program took.
struct CallFacts {
  std::uint32_t solver = 0, task = 0, sample = 0;
  std::uint32_t retries = 0;
  double wall_s = 0, cpu_s = 0;
  std::uint64_t peak_memory = 0;
  std::int32_t code = 0;  ///< of crashed and exited
  std::string message, stderr_tail;
  static constexpr auto kFields =
      std::tuple(&CallFacts::solver, &CallFacts::task, &CallFacts::sample, &CallFacts::retries,
                 &CallFacts::wall_s, &CallFacts::cpu_s, &CallFacts::peak_memory, &CallFacts::code,
                 &CallFacts::message, &CallFacts::stderr_tail);
};

/// An output, as JSON, of the row with the same fields.
struct OutputRow {
  std::uint32_t solver = 0, task = 0;
  std::uint64_t candidate = 0;
  std::uint32_t sample = 0;
  std::uint8_t attempt = 0;
  std::string grid;
  static constexpr auto kFields = std::tuple(&OutputRow::solver, &OutputRow::task, &OutputRow::candidate,
                                             &OutputRow::sample, &OutputRow::attempt, &OutputRow::grid);
};

/// Part of checkpoints.
struct UnitResult {
  std::vector<std::string> names;  ///< of candidates that programs reported
  std::vector<CallRow> rows;
  std::vector<DifferRow> differs;
  std::vector<CallFacts> facts;
  std::vector<OutputRow> outputs;
  std::uint64_t calls = 0;
  static constexpr auto kFields = std::tuple(&UnitResult::calls, &UnitResult::rows, &UnitResult::differs,
                                             &UnitResult::names, &UnitResult::facts, &UnitResult::outputs);
};

/// A call of a unit of programs.
struct UnitCall {
  std::uint32_t piece = 0, call = 0;  ///< positions among the pieces of the unit, and in calls_of()
};

/// What came of some calls of a unit: a report before its end, or its result. Calls that no report holds
/// were not begun.
struct CallsReport {
  std::vector<UnitCall> ended;
  UnitResult result;
  static constexpr auto kFields = std::tuple(&CallsReport::ended, &CallsReport::result);
};

/// The row of a call without output.
[[nodiscard]] CallRow empty_row(const Piece& piece, std::uint64_t candidate, std::uint32_t sample,
                                CallStatus status);
/// The row of an output; `attempt` from 1.
[[nodiscard]] CallRow output_row(const Piece& piece, std::uint64_t candidate, std::uint32_t sample,
                                 std::uint8_t attempt, const scoring::Grid& output);

}  // namespace gforbit::job_scoring
