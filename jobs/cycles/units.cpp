#include "cycles/units.hpp"

#include <stdexcept>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::job_cycles {

cycles::UnitKind kind_of(std::span<const std::byte> body) {
  return core::ByteReader(body).get<cycles::UnitKind>();
}

core::Bytes RegisterUnit::bytes() const {
  core::ByteWriter out;
  out.put(kind).put(row).put(plan.states).put(plan.marks).put(plan.kernel);
  out.put(plan.simd).put(plan.class_digits).put(plan.coarse).put(plan.walk_limit);
  out.put(plan.known_periods).put(plan.sieve);
  out.put(range)
      .put(slice_steps)
      .put(timeout_s)
      .put(searches)
      .put(max_period)
      .put(stored)
      .put_array(walks)
      .put_array(trees)
      .put_array(rims)
      .put_array(reg);
  return out.take();
}

RegisterUnit RegisterUnit::read(std::span<const std::byte> body) {
  core::ByteReader in(body);
  RegisterUnit unit;
  unit.kind = in.get<cycles::UnitKind>();
  unit.row = in.get<std::uint64_t>();
  unit.plan.states = in.get<std::uint64_t>();
  unit.plan.marks = in.get<std::uint64_t>();
  unit.plan.kernel = in.get<cycles::KernelKind>();
  unit.plan.simd = in.get<cycles::Simd>();
  unit.plan.class_digits = in.get<unsigned>();
  unit.plan.coarse = in.get<std::uint64_t>();
  unit.plan.walk_limit = in.get<std::uint64_t>();
  unit.plan.known_periods = in.get<int>();
  unit.plan.sieve = in.get<bool>();
  unit.range = in.get<core::StateRange>();
  unit.slice_steps = in.get<double>();
  unit.timeout_s = in.get<double>();
  unit.searches = in.get<bool>();
  unit.max_period = in.get<std::uint64_t>();
  unit.stored = in.get<std::uint64_t>();
  unit.walks = in.get_array<cycles::OpenWalk>();
  unit.trees = in.get_array<cycles::TreeWalk>();
  unit.rims = in.get_array<cycles::RimWalk>();
  unit.reg = in.get_array<std::byte>();
  return unit;
}

core::Bytes write_bundle(const std::vector<BundleEntry>& entries) {
  core::ByteWriter out;
  out.put(cycles::UnitKind::bundle).put(static_cast<std::uint64_t>(entries.size()));
  for (const BundleEntry& entry : entries) {
    out.put(entry.row)
        .put(entry.order)
        .put(entry.linear)
        .put(entry.stored)
        .put(entry.timeout_s)
        .put(entry.bitsliced_marks)
        .put(entry.simd)
        .put_array(entry.reg);
  }
  return out.take();
}

std::vector<BundleEntry> read_bundle(std::span<const std::byte> body) {
  core::ByteReader in(body);
  if (in.get<cycles::UnitKind>() != cycles::UnitKind::bundle)
    throw core::ProtocolError("a work unit is not of the expected kind");
  std::vector<BundleEntry> entries(in.get_count(sizeof(std::uint64_t)));
  for (BundleEntry& entry : entries) {
    entry.row = in.get<std::uint64_t>();
    entry.order = in.get<WorkOrder>();
    entry.linear = in.get<bool>();
    entry.stored = in.get<std::uint64_t>();
    entry.timeout_s = in.get<double>();
    entry.bitsliced_marks = in.get<std::uint64_t>();
    entry.simd = in.get<cycles::Simd>();
    entry.reg = in.get_array<std::byte>();
  }
  return entries;
}

std::vector<MapReport> read_reports(std::span<const std::byte> result) {
  core::ByteReader in(result);
  std::vector<MapReport> reports(in.get_count(sizeof(std::uint64_t)));
  for (MapReport& report : reports) report = MapReport::read(in);
  return reports;
}

void MapReport::set_enumerated(cycles::MapResult result, bool is_nonsingular) {
  enumerated = true;
  nonsingular = is_nonsingular;
  cycles = std::move(result.cycles);
  transient_states = result.transient_states;
  max_transient_length = result.max_transient_length;
  steps = result.steps;
}

void MapReport::write(core::ByteWriter& out) const {
  out.put(row).put(status).put_text(message);
  core::put_natural(out, state_count);
  out.put(enumerated).put(nonsingular);
  cycles.write(out);
  core::put_natural(out, transient_states);
  out.put(max_transient_length).put(steps).put(elapsed_s);
  out.put(algebra.has_value());
  if (algebra) algebra->write(out);
}

MapReport MapReport::read(core::ByteReader& in) {
  MapReport report;
  report.row = in.get<std::uint64_t>();
  report.status = in.get<MapStatus>();
  report.message = in.get_text();
  report.state_count = core::get_natural(in);
  report.enumerated = in.get<bool>();
  report.nonsingular = in.get<bool>();
  report.cycles = cycles::CycleCensus::read(in);
  report.transient_states = core::get_natural(in);
  report.max_transient_length = in.get<std::uint64_t>();
  report.steps = in.get<std::uint64_t>();
  report.elapsed_s = in.get<double>();
  if (in.get<bool>()) report.algebra = AlgebraReport::read(in);
  return report;
}

}  // namespace gforbit::job_cycles
