#include "cycles/algebra_report.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace gforbit::job_cycles {

namespace {

std::string product_text(const std::vector<cycles::PrimePower>& primes) {
  std::string text;
  for (const auto& power : primes) {
    if (!text.empty()) text += " * ";
    text += core::decimal(power.prime);
    if (power.exponent > 1) text += fmt::format("^{}", power.exponent);
  }
  return text;
}

void write_factors(core::ByteWriter& out, const std::vector<cycles::PolynomialFactor>& factors) {
  out.put(static_cast<std::uint64_t>(factors.size()));
  for (const auto& factor : factors) {
    out.put_array(factor.coefficients).put(factor.multiplicity);
    core::put_natural(out, factor.order);
  }
}

std::vector<cycles::PolynomialFactor> read_factors(core::ByteReader& in) {
  std::vector<cycles::PolynomialFactor> factors(in.get_count(sizeof(std::uint64_t)));
  for (auto& factor : factors) {
    factor.coefficients = in.get_array<galois::Element>();
    factor.multiplicity = in.get<unsigned>();
    factor.order = core::get_natural(in);
  }
  return factors;
}

}  // namespace

void AlgebraReport::write(core::ByteWriter& out) const {
  out.put(complete).put(stopped).put_text(message);
  core::put_natural(out, cofactor);
  out.put_text(number).put_text(known_primes).put(is_not_primitive);
  out.put_array(map.characteristic.polynomial);
  write_factors(out, map.characteristic.factors);
  write_factors(out, found_factors);
  core::put_natural(out, map.order);
  out.put(map.is_primitive).put(static_cast<std::uint64_t>(map.distribution.size()));
  for (const auto& [period, n] : map.distribution) {
    core::put_natural(out, period);
    core::put_natural(out, n);
  }
  core::put_natural(out, map.transient_states);
  out.put(map.max_transient_length);
  core::put_natural(out, map.leaf_states);
  core::put_natural(out, period_divisor);
  core::put_natural(out, period_multiple);
}

AlgebraReport AlgebraReport::read(core::ByteReader& in) {
  AlgebraReport report;
  report.complete = in.get<bool>();
  report.stopped = in.get<bool>();
  report.message = in.get_text();
  report.cofactor = core::get_natural(in);
  report.number = in.get_text();
  report.known_primes = in.get_text();
  report.is_not_primitive = in.get<bool>();
  report.map.characteristic.polynomial = in.get_array<galois::Element>();
  report.map.characteristic.factors = read_factors(in);
  report.found_factors = read_factors(in);
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
  report.map.leaf_states = core::get_natural(in);
  report.period_divisor = core::get_natural(in);
  report.period_multiple = core::get_natural(in);
  return report;
}

AlgebraReport report_of(cycles::Unresolved unresolved) {
  AlgebraReport report;
  report.stopped = unresolved.reason != cycles::Unresolved::Reason::too_large;
  report.message = std::move(unresolved.message);
  report.cofactor = std::move(unresolved.cofactor);
  report.number = std::move(unresolved.number);
  report.known_primes = product_text(unresolved.known_primes);
  report.found_factors = std::move(unresolved.found_factors);
  report.is_not_primitive = unresolved.is_not_primitive;
  report.map = std::move(unresolved.proven);
  report.period_divisor = std::move(unresolved.period_divisor);
  report.period_multiple = std::move(unresolved.period_multiple);
  return report;
}

AlgebraReport run_algebra(const fsr::Register& reg, cycles::IntegerFactorizer& factorizer,
                          const cycles::AlgebraControl& control, cycles::Search search) {
  auto answer = cycles::map_by_algebra(reg, factorizer, control, search);
  if (auto* unresolved = std::get_if<cycles::Unresolved>(&answer)) return report_of(std::move(*unresolved));
  AlgebraReport report;
  report.complete = true;
  report.map = std::get<cycles::AlgebraicMap>(std::move(answer));
  report.message = report.map.reservation();
  report.period_divisor = report.map.characteristic.power_period(reg.field().characteristic());
  report.period_multiple = report.period_divisor;
  return report;
}

}  // namespace gforbit::job_cycles
