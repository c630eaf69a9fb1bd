#include "scoring/units.hpp"

#include <algorithm>

#include "gforbit/scoring/score.hpp"

namespace gforbit::job_scoring {

void write_samples(core::ByteWriter& out, const scoring::Task& task) {
  using Samples = std::vector<scoring::Sample>;
  core::Field<Samples>::write(out, task.demos);
  core::Field<Samples>::write(out, task.tests);
}

std::vector<CallSamples> calls_of(const scoring::Task& task, const Rules& rules) {
  std::vector<CallSamples> calls;
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    const bool same_demos = !rules.hide_demo || (!task.is_demo(a) && !task.is_demo(b));
    return rules.coalesce && same_demos && task.sample(a).input == task.sample(b).input;
  };
  for (std::uint32_t sample = 0; sample < task.n_samples(); ++sample) {
    const auto found = std::ranges::find_if(calls, [&](const CallSamples& c) { return same(c[0], sample); });
    (found == calls.end() ? calls.emplace_back() : *found).push_back(sample);
  }
  return calls;
}

std::uint8_t differ_code(const scoring::DifferCounts& counts) {
  unsigned code = 0;
  for (std::size_t i = counts.size(); i-- > 0;) code = 3 * code + static_cast<unsigned>(counts[i].iz);
  return static_cast<std::uint8_t>(code);
}

scoring::DifferCounts differ_counts(std::uint8_t code) {
  scoring::DifferCounts counts{};
  unsigned rest = code;
  for (auto& count : counts) {
    count = {rest % 3, 2 - rest % 3, 1};
    rest /= 3;
  }
  return counts;
}

CallRow empty_row(const Piece& piece, std::uint64_t candidate, std::uint32_t sample, CallStatus status) {
  CallRow row{piece.solver_row, piece.task_row, candidate, sample, 0, status};
  if (const auto& expected = piece.task.sample(sample).output) {
    row.match = row.shape_ok = 0;
    row.cells_total = static_cast<std::uint32_t>(expected->size());
  }
  return row;
}

CallRow output_row(const Piece& piece, std::uint64_t candidate, std::uint32_t sample, std::uint8_t attempt,
                   const scoring::Grid& output) {
  CallRow row = empty_row(piece, candidate, sample, CallStatus::produced);
  row.attempt = attempt;
  const auto& expected = piece.task.sample(sample).output;
  if (!expected) return row;
  const scoring::Comparison comparison = scoring::compare(output, *expected);
  row.status = comparison.match ? CallStatus::matched : CallStatus::mismatched;
  row.match = comparison.match ? 1 : 0;
  row.shape_ok = comparison.shape_ok ? 1 : 0;
  row.cells_equal = comparison.cells_equal;
  return row;
}

}  // namespace gforbit::job_scoring
