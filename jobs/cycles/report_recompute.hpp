/// Results of registers computed a second time, by the plainest methods there are, where that is cheap: small
/// registers from every state, linear and affine ones by algebra without searching for prime factors.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cycles/report_register.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/integer_factors.hpp"
#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::job_cycles {

/// States of a register that is mapped again: tens of MB.
inline constexpr std::uint64_t kRecomputedStates = std::uint64_t{1} << 20;

/// Checks one register after the other against a second computation, and counts what was left out.
class Recomputation {
 public:
  struct Answer {
    std::optional<std::vector<cycles::Cycle>>
        cycles{};           ///< smallest representatives first; nullopt: not mapped again
    bool complete = false;  ///< periods and transient states are those of the register
  };

  /// Goes through the registers once to see how many of them the budget allows.
  /// @param budget  steps of registers, and operations of algebra, each
  Recomputation(const store::ResultReader& reader, std::uint64_t budget, report::Findings& findings);

  /// Compares the row and its distribution with what is found now. The row must have passed RegisterCheck.
  /// @param stored  how many cycles with the smallest representatives to return
  Answer check(const RowView& row, const fsr::Register& reg, const std::vector<PeriodCount>& distribution,
               std::uint64_t stored);
  /// Counts a register that was not checked completely.
  void count_in_part() { ++n_in_part_; }

  /// Says what of the registers was not checked.
  void note_coverage();

 private:
  std::optional<std::vector<cycles::Cycle>> map_again(const RowView& row, const fsr::Register& reg,
                                                      const std::vector<PeriodCount>& distribution,
                                                      std::uint64_t stored);
  void solve_again(const RowView& row, const fsr::Register& reg,
                   const std::vector<PeriodCount>& distribution);
  void compare(const RowView& row, const std::vector<PeriodCount>& distribution,
               const cycles::AlgebraicMap& map);
  void compare_factors(const RowView& row, const cycles::CharacteristicFactors& found);
  void check_order_bounds(const RowView& row, const cycles::Unresolved& known);
  void wrong(const RowView& row, const std::string& what);

  /// Every stride-th of the rows that could be taken.
  struct Sample {
    std::uint64_t cost = 0, stride = 1, seen = 0;
    void decide(std::uint64_t budget) { stride = budget > 0 ? cost / budget + 1 : UINT64_MAX; }
    bool take() { return seen++ % stride == 0; }
  };

  report::Findings& findings_;
  std::uint64_t budget_;
  Sample mapped_, solved_;
  cycles::IntegerFactorizer factorizer_;
  std::uint64_t n_completed_ = 0, n_in_part_ = 0, n_unknown_orders_ = 0;
};

}  // namespace gforbit::job_cycles
