#include "cycles/algebra_report.hpp"

#include <utility>
#include <variant>

namespace gforbit::job_cycles {

void AlgebraReport::write(core::ByteWriter& out) const {
  out.put(complete).put(stopped).put_text(message);
  core::put_natural(out, cofactor);
  out.put_array(map.characteristic.polynomial);
  out.put(static_cast<std::uint64_t>(map.characteristic.factors.size()));
  for (const auto& factor : map.characteristic.factors) {
    out.put_array(factor.coefficients).put(factor.multiplicity);
    core::put_natural(out, factor.order);
  }
  core::put_natural(out, map.order);
  out.put(map.is_primitive).put(static_cast<std::uint64_t>(map.distribution.size()));
  for (const auto& [period, n] : map.distribution) {
    core::put_natural(out, period);
    core::put_natural(out, n);
  }
  core::put_natural(out, map.transient_states);
  out.put(map.max_transient_length);
  core::put_natural(out, period_divisor);
  core::put_natural(out, period_multiple);
}

AlgebraReport AlgebraReport::read(core::ByteReader& in) {
  AlgebraReport report;
  report.complete = in.get<bool>();
  report.stopped = in.get<bool>();
  report.message = in.get_text();
  report.cofactor = core::get_natural(in);
  report.map.characteristic.polynomial = in.get_array<galois::Element>();
  report.map.characteristic.factors.resize(in.get<std::uint64_t>());
  for (auto& factor : report.map.characteristic.factors) {
    factor.coefficients = in.get_array<galois::Element>();
    factor.multiplicity = in.get<unsigned>();
    factor.order = core::get_natural(in);
  }
  report.map.order = core::get_natural(in);
  report.map.is_primitive = in.get<bool>();
  const auto periods = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < periods; ++i) {
    core::Natural period = core::get_natural(in);
    report.map.distribution.emplace_hint(report.map.distribution.end(), std::move(period),
                                         core::get_natural(in));
  }
  report.map.transient_states = core::get_natural(in);
  report.map.max_transient_length = in.get<std::uint64_t>();
  report.period_divisor = core::get_natural(in);
  report.period_multiple = core::get_natural(in);
  return report;
}

AlgebraReport run_algebra(const fsr::Register& reg, cycles::IntegerFactorizer& factorizer,
                          core::StopSignal stop, cycles::Search search) {
  AlgebraReport report;
  auto answer = cycles::map_by_algebra(reg, factorizer, std::move(stop), search);
  if (auto* map = std::get_if<cycles::AlgebraicMap>(&answer)) {
    report.complete = true;
    report.map = std::move(*map);
    report.message = report.map.reservation();
    report.period_divisor = report.map.characteristic.power_period(reg.field().characteristic());
    report.period_multiple = report.period_divisor;
  } else {
    auto& unresolved = std::get<cycles::Unresolved>(answer);
    report.stopped = unresolved.reason != cycles::Unresolved::Reason::too_large;
    report.message = std::move(unresolved.message);
    report.cofactor = std::move(unresolved.cofactor);
    report.map = std::move(unresolved.proven);
    report.period_divisor = std::move(unresolved.period_divisor);
    report.period_multiple = std::move(unresolved.period_multiple);
  }
  return report;
}

}  // namespace gforbit::job_cycles
