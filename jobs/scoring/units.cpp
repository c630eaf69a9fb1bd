#include "scoring/units.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "gforbit/scoring/score.hpp"

namespace gforbit::job_scoring {

namespace {

void write(core::ByteWriter& out, const scoring::Grid& grid) {
  out.put(grid.rows()).put(grid.columns()).put_array(grid.cells());
}

scoring::Grid read_grid(core::ByteReader& in) {
  const int rows = in.get<int>();
  const int columns = in.get<int>();
  auto cells = in.get_array<scoring::Color>();
  if (rows < 0 || columns < 0 || std::uint64_t(rows) * std::uint64_t(columns) != cells.size())
    core::fail_corrupt("has a grid with too many or too few cells");
  scoring::Grid grid(rows, columns);
  grid.cells() = std::move(cells);
  return grid;
}

void write(core::ByteWriter& out, const std::vector<scoring::Sample>& samples) {
  out.put(static_cast<std::uint64_t>(samples.size()));
  for (const scoring::Sample& sample : samples) {
    write(out, sample.input);
    out.put(sample.output.has_value());
    if (sample.output) write(out, *sample.output);
  }
}

std::vector<scoring::Sample> read_samples(core::ByteReader& in) {
  std::vector<scoring::Sample> samples(in.get_count(sizeof(std::uint64_t)));
  for (scoring::Sample& sample : samples) {
    sample.input = read_grid(in);
    if (in.get<bool>()) sample.output = read_grid(in);
  }
  return samples;
}

}  // namespace

void write_samples(core::ByteWriter& out, const scoring::Task& task) {
  write(out, task.demos);
  write(out, task.tests);
}

core::Bytes UnitBody::bytes() const {
  core::ByteWriter out;
  out.put(rules).put(static_cast<std::uint64_t>(pieces.size()));
  for (const Piece& piece : pieces) {
    out.put(piece.solver_row).put(piece.task_row).put(piece.first).put(piece.count).put_array(piece.calls);
    piece.solver.write(out);
    out.put_text(piece.task.id);
    write_samples(out, piece.task);
  }
  return out.take();
}

UnitBody UnitBody::read(std::span<const std::byte> body) {
  core::ByteReader in(body);
  UnitBody unit;
  unit.rules = in.get<Rules>();
  unit.pieces.resize(in.get_count(sizeof(std::uint64_t)));
  for (Piece& piece : unit.pieces) {
    piece.solver_row = in.get<std::uint32_t>();
    piece.task_row = in.get<std::uint32_t>();
    piece.first = in.get<std::uint64_t>();
    piece.count = in.get<std::uint64_t>();
    piece.calls = in.get_array<std::uint32_t>();
    piece.solver = Solver::read(in);
    piece.task.id = in.get_text();
    piece.task.demos = read_samples(in);
    piece.task.tests = read_samples(in);
  }
  return unit;
}

core::Bytes UnitResult::bytes() const {
  core::ByteWriter out;
  out.put(calls).put_array(rows).put_array(differs);
  out.put(static_cast<std::uint64_t>(names.size()));
  for (const std::string& name : names) out.put_text(name);
  out.put(static_cast<std::uint64_t>(facts.size()));
  for (const CallFacts& f : facts) {
    out.put(f.solver).put(f.task).put(f.sample).put(f.retries).put(f.wall_s).put(f.cpu_s).put(f.peak_memory);
    out.put(f.code).put_text(f.message).put_text(f.stderr_tail);
  }
  out.put(static_cast<std::uint64_t>(outputs.size()));
  for (const OutputRow& o : outputs)
    out.put(o.solver).put(o.task).put(o.candidate).put(o.sample).put(o.attempt).put_text(o.grid);
  return out.take();
}

UnitResult UnitResult::read(std::span<const std::byte> body) {
  core::ByteReader in(body);
  UnitResult result;
  result.calls = in.get<std::uint64_t>();
  result.rows = in.get_array<CallRow>();
  result.differs = in.get_array<DifferRow>();
  result.names.resize(in.get_count(sizeof(std::uint64_t)));
  for (std::string& name : result.names) name = in.get_text();
  result.facts.resize(in.get_count(sizeof(std::uint64_t)));
  for (CallFacts& f : result.facts) {
    f.solver = in.get<std::uint32_t>();
    f.task = in.get<std::uint32_t>();
    f.sample = in.get<std::uint32_t>();
    f.retries = in.get<std::uint32_t>();
    f.wall_s = in.get<double>();
    f.cpu_s = in.get<double>();
    f.peak_memory = in.get<std::uint64_t>();
    f.code = in.get<std::int32_t>();
    f.message = in.get_text();
    f.stderr_tail = in.get_text();
  }
  result.outputs.resize(in.get_count(sizeof(std::uint64_t)));
  for (OutputRow& o : result.outputs) {
    o.solver = in.get<std::uint32_t>();
    o.task = in.get<std::uint32_t>();
    o.candidate = in.get<std::uint64_t>();
    o.sample = in.get<std::uint32_t>();
    o.attempt = in.get<std::uint8_t>();
    o.grid = in.get_text();
  }
  return result;
}

core::Bytes CallsReport::bytes() const {
  return core::ByteWriter().put_array(ended).put_array(result.bytes()).take();
}

CallsReport CallsReport::read(std::span<const std::byte> body) {
  core::ByteReader in(body);
  CallsReport report;
  report.ended = in.get_array<UnitCall>();
  report.result = UnitResult::read(in.get_bytes());
  return report;
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
