#include "cycles/units.hpp"

#include <stdexcept>

namespace gforbit::job_cycles {

UnitKind kind_of(std::span<const std::byte> body) {
  return core::ByteReader(body).get<UnitKind>();
}

core::Bytes RangeUnit::bytes() const {
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

RangeUnit RangeUnit::read(std::span<const std::byte> body) {
  core::ByteReader in(body);
  RangeUnit unit;
  unit.kind = in.get<UnitKind>();
  unit.row = in.get<std::uint64_t>();
  unit.plan.states = in.get<std::uint64_t>();
  unit.plan.marks = in.get<std::uint64_t>();
  unit.plan.kernel = in.get<KernelKind>();
  unit.plan.simd = in.get<Simd>();
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

std::uint32_t group_of(const RangeUnit& unit) {
  if (unit.kind != UnitKind::leaders && unit.kind != UnitKind::tree_leaders) return 0;
  return static_cast<std::uint32_t>(unit.plan.partition().class_of(unit.range.begin.value));
}

core::Bytes write_bundle(const std::vector<BundleEntry>& entries) {
  core::ByteWriter out;
  out.put(UnitKind::bundle).put(static_cast<std::uint64_t>(entries.size()));
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
  if (in.get<UnitKind>() != UnitKind::bundle)
    throw std::logic_error("a unit is not the bundle it was taken for");
  std::vector<BundleEntry> entries(in.get<std::uint64_t>());
  for (BundleEntry& entry : entries) {
    entry.row = in.get<std::uint64_t>();
    entry.order = in.get<WorkOrder>();
    entry.linear = in.get<bool>();
    entry.stored = in.get<std::uint64_t>();
    entry.timeout_s = in.get<double>();
    entry.bitsliced_marks = in.get<std::uint64_t>();
    entry.simd = in.get<Simd>();
    entry.reg = in.get_array<std::byte>();
  }
  return entries;
}

std::vector<MapReport> read_reports(std::span<const std::byte> result) {
  core::ByteReader in(result);
  std::vector<MapReport> reports(in.get<std::uint64_t>());
  for (MapReport& report : reports) report = MapReport::read(in);
  return reports;
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
