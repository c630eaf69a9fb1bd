/// A result of the cycles job in memory, made by brute force: what the tests of summary and check write and
/// spoil.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "cycles/column_texts.hpp"
#include "cycles/tables.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/store/result_writer.hpp"

namespace gforbit::test {

struct CyclesResult {
  store::Table registers{job_cycles::registers_table()};
  store::Table periods{job_cycles::period_distribution_table()};
  store::Table cycles{job_cycles::cycles_table({})};
  bool complete = true;

  /// Adds a register whose cycles are found by walking from every state.
  void add(const std::string& id, std::uint64_t q, int degree, const std::string& feedback,
           std::int64_t into = -1) {
    const auto field = galois::Field::of_order(q);
    const fsr::Register reg(fsr::Feedback::parse(field, degree, feedback));
    const fsr::Stepper stepper(reg);
    const std::uint64_t row_number = registers.n_rows();
    std::map<std::uint64_t, std::uint64_t> distribution;
    std::uint64_t on_cycles = 0;
    std::uint64_t n_cycles = 0;
    for (std::uint64_t start = 0; start < stepper.state_count(); ++start) {
      std::uint64_t state = start;
      std::uint64_t steps = 0;
      do {
        state = stepper.next(state);
        ++steps;
      } while (state > start && steps <= stepper.state_count());
      if (state != start) continue;
      cycles.append(row_number, start, steps);
      ++distribution[steps];
      on_cycles += steps;
      ++n_cycles;
    }
    for (const auto& [period, n] : distribution) job_cycles::append_period(periods, row_number, period, n);

    job_cycles::RegisterRow row = identity(id, reg);
    row.coalesced_into = into;
    row.status = job_cycles::RowStatus::completed;
    row.method = job_cycles::RowMethod::enumerated;
    row.nonsingular = on_cycles == stepper.state_count();
    row.n_cycles = n_cycles;
    row.max_period = distribution.rbegin()->first;
    row.n_transient_states = stepper.state_count() - on_cycles;
    row.n_distinct_periods = distribution.size();
    row.max_transient_length = static_cast<std::int64_t>(longest_transient(stepper));
    row.n_leaf_states = leaves(stepper);
    row.is_maximal_period = *row.max_period + 1 >= row.state_count;
    row.coverage_verified = true;
    if (row.kind != fsr::FeedbackKind::nonlinear) add_algebra(row, reg);
    append(registers, row);
  }

  /// Adds a register that did not complete.
  void add_unfinished(const std::string& id, job_cycles::RowStatus status, const std::string& message) {
    const auto field = galois::Field::of_order(2);
    job_cycles::RegisterRow row = identity(id, fsr::Register(fsr::Feedback::parse(field, 80, "x0 + x1*x2")));
    row.status = status;
    row.message = message;
    append(registers, row);
  }

  /// The primitive register x^100 + x^37 + 1 over GF(2): two periods, one of them beyond 64 bits.
  void add_huge(const std::string& id) {
    const auto field = galois::Field::of_order(2);
    job_cycles::RegisterRow row = identity(id, fsr::Register(fsr::Feedback::parse(field, 100, "x0 + x37")));
    const std::uint64_t row_number = registers.n_rows();
    const core::Natural longest = row.state_count - 1;
    job_cycles::append_period(periods, row_number, 1, 1);
    job_cycles::append_period(periods, row_number, longest, 1);
    row.status = job_cycles::RowStatus::completed;
    row.method = job_cycles::RowMethod::algebraic;
    row.nonsingular = row.is_maximal_period = row.coverage_verified = true;
    row.n_cycles = 2;
    row.max_period = longest;
    row.n_transient_states = row.n_leaf_states = 0;
    row.n_distinct_periods = 2;
    row.max_transient_length = 0;
    row.is_irreducible = row.is_primitive = 1;
    row.order_decimal = core::decimal(longest);
    for (int i = 0; i < 100; ++i) row.characteristic_polynomial += i == 0 || i == 37 ? "1," : "0,";
    row.characteristic_polynomial += "1";
    row.factorization = "[{\"polynomial\": [" + row.characteristic_polynomial +
                        "], \"multiplicity\": 1, \"order\": \"" + core::decimal(longest) + "\"}]";
    append(registers, row);
  }

  /// The primitive register x^40 + x^21 + x^19 + x^2 + 1 over GF(2), as if it had been enumerated: a cycle of
  /// 2^40 - 1 states.
  void add_long(const std::string& id) {
    const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(2), 40, "x0 + x2 + x19 + x21"));
    job_cycles::RegisterRow row = identity(id, reg);
    row.status = job_cycles::RowStatus::completed;
    row.method = job_cycles::RowMethod::enumerated;
    row.nonsingular = row.is_maximal_period = row.coverage_verified = true;
    row.n_cycles = 2;
    row.max_period = row.state_count - 1;
    row.n_transient_states = row.n_leaf_states = 0;
    row.n_distinct_periods = 2;
    row.max_transient_length = 0;
    add_algebra(row, reg);
    const std::uint64_t number = registers.n_rows();
    append(registers, row);
    job_cycles::append_period(periods, number, 1, 1);
    job_cycles::append_period(periods, number, *row.max_period, 1);
    cycles.append(number, 0, 1);
    cycles.append(number, 1, core::u64_or_zero(*row.max_period));
  }

  void write(const std::filesystem::path& path) const {
    store::ResultWriter writer(path, true);
    const auto& status = registers.column<std::int8_t>("status");
    const bool all =
        std::count(status.begin(), status.end(), 2) + std::count(status.begin(), status.end(), 4) == 0;
    writer.set_header("cycles", complete,
                      !complete ? core::ExitStatus::stopped
                      : all     ? core::ExitStatus::done
                                : core::ExitStatus::unfinished);
    writer.write(registers);
    writer.write(periods);
    writer.write(cycles);
    writer.commit();
  }

 private:
  /// Steps until the last state is on a cycle.
  static std::uint64_t longest_transient(const fsr::Stepper& stepper) {
    std::vector<char> alive(stepper.state_count(), 1);
    for (std::uint64_t steps = 0;; ++steps) {
      std::vector<char> next(alive.size(), 0);
      for (std::uint64_t state = 0; state < alive.size(); ++state) {
        if (alive[state] != 0) next[stepper.next(state)] = 1;
      }
      if (next == alive) return steps;
      alive.swap(next);
    }
  }

  static std::uint64_t leaves(const fsr::Stepper& stepper) {
    std::vector<char> follows(stepper.state_count(), 0);
    for (std::uint64_t state = 0; state < follows.size(); ++state) follows[stepper.next(state)] = 1;
    return static_cast<std::uint64_t>(std::count(follows.begin(), follows.end(), 0));
  }

  static void add_algebra(job_cycles::RegisterRow& row, const fsr::Register& reg) {
    gforbit::cycles::IntegerFactorizer factorizer;
    const auto map =
        std::get<gforbit::cycles::AlgebraicMap>(gforbit::cycles::map_by_algebra(reg, factorizer, {}));
    row.characteristic_polynomial = job_cycles::coefficients_text(map.characteristic.polynomial);
    row.factorization = job_cycles::factorization_json(map.characteristic.factors);
    row.is_irreducible = map.characteristic.is_irreducible() ? 1 : 0;
    row.is_primitive = map.is_primitive ? 1 : 0;
    if (map.order != 0) row.order_decimal = core::decimal(map.order);
  }

  static job_cycles::RegisterRow identity(const std::string& id, const fsr::Register& reg) {
    job_cycles::RegisterRow row;
    row.id = id;
    row.field_order = reg.field().order();
    row.degree = reg.degree();
    row.modulus = reg.field().modulus_text();
    row.feedback = reg.feedback().text();
    row.kind = reg.feedback().kind();
    row.state_count = reg.state_count();
    return row;
  }
};

/// Linear, affine, nonlinear, singular, a large field, an equal row, a huge one, and two that did not
/// complete.
inline CyclesResult mixed_result() {
  CyclesResult result;
  result.add("lfsr", 2, 5, "x0 + x2");
  result.add("affine", 3, 4, "2*x0 + x3 + 1");
  result.add("nonlinear", 2, 9, "x0 + x3 + x5*x7 + 1");
  result.add("singular", 4, 4, "x1*x2 + 3*x3");
  result.add("again", 2, 5, "x2 + x0", 0);
  result.add_huge("huge");
  result.add_unfinished("late", job_cycles::RowStatus::timed_out, "the limit of 5 s was reached");
  result.add_unfinished("large", job_cycles::RowStatus::failed, "2^80 states are too many");
  return result;
}

}  // namespace gforbit::test
