/// The search itself: candidates of a family, thrown away as early as possible.
///
/// 1. Parity: a sum of an odd number of monomials is 1 where all cells are 1, so that the state of ones is a
///    cycle by itself. All functions of a form share their parity.
/// 2. Short cycles: no period up to short_periods(n) besides that of the zero state.
/// 3. Further short cycles, as long as they cost less than what follows.
/// 4. A walk that ends where a cycle of fewer than 2^n - 1 states closes.
/// 5. What is left has maximal period; all its cycles are found by another method.
///
/// A function with f(0) = 0 has the zero state as a cycle, so that two cycles (GoalKind::de_bruijn) mean the
/// same. Of functions with a constant term, and for GoalKind::period, all cycles are found at once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/search/family.hpp"
#include "gforbit/search/goal.hpp"
#include "gforbit/search/short_cycles.hpp"
#include "gforbit/search/template.hpp"

namespace gforbit::search {

/// Whether an odd number of monomials rules out all functions of the form.
[[nodiscard]] bool parity_rules_out(const Form& form) noexcept;

/// Whether states that are cycles by themselves rule the function out: the state of zeros and that of ones.
[[nodiscard]] bool fixed_states_rule_out(const fsr::Feedback& feedback, GoalKind goal);

/// The longest period that rule 2 looks for in registers of n cells. It decides a column of the results, so
/// it depends on nothing else.
[[nodiscard]] int short_periods(int degree) noexcept;

/// What a candidate of n cells takes on one core, on average: a rough guess for plans.
[[nodiscard]] double expected_seconds(int degree, GoalKind goal) noexcept;

struct Hit {
  std::uint64_t rank = 0;
  std::uint64_t n_cycles = 0, max_period = 0;  ///< as certified
  /// GoalKind::de_bruijn: the smallest state s so that complementing the function at s and s + 1 makes one
  /// cycle of the two; -1: there is one already, or another goal.
  std::int64_t joined_at = -1;
  friend bool operator==(const Hit&, const Hit&) = default;
  static constexpr auto kFields = std::tuple(&Hit::rank, &Hit::n_cycles, &Hit::max_period, &Hit::joined_at);
};

/// What came of an interval of ranks; adding those of other intervals commutes.
struct Tally {
  std::uint64_t without_short_cycles = 0;  ///< canonical functions that rule 2 leaves
  std::vector<Hit> hits;                   ///< in any order

  void merge(Tally&& other);
  static constexpr auto kFields = std::tuple(&Tally::without_short_cycles, &Tally::hits);
};

/// Thread-safe.
class Examiner {
 public:
  Examiner();

  /// The canonical functions with ranks in [begin, end).
  /// @return nullopt if `stop` was requested first
  /// @throws core::CertificateError  the two methods contradict each other: an error of this library
  [[nodiscard]] std::optional<Tally> examine(const Family& family, std::uint64_t begin, std::uint64_t end,
                                             const Goal& goal, const core::StopSignal& stop) const;
  [[nodiscard]] std::optional<Tally> examine(const TemplateFamily& family, std::uint64_t begin,
                                             std::uint64_t end, const Goal& goal,
                                             const core::StopSignal& stop) const;

  /// The samples [begin, end). @return, @throws as above
  [[nodiscard]] std::optional<Tally> examine(const Samples& samples, std::uint64_t begin, std::uint64_t end,
                                             const Goal& goal, const core::StopSignal& stop) const;

  /// Functions of nonsingular registers over GF(2) of one degree, up to kLargestDegree.
  /// @param first  rank of the first one. @return, @throws as above
  [[nodiscard]] std::optional<Tally> examine(std::span<const fsr::Feedback> functions, std::uint64_t first,
                                             const Goal& goal, const core::StopSignal& stop) const;

  [[nodiscard]] bool has_short_cycle(const Function& function) const;  ///< rule 2
  [[nodiscard]] bool has_longer_cycle(const Function& function,
                                      const core::StopSignal& stop) const;  ///< rule 3

 private:
  /// What the rules leave.
  struct Candidates {
    std::vector<std::uint64_t> ranks;
    std::vector<Function> functions;
  };
  /// @param for_each  calls its argument with the rank and the function of each candidate, until that returns
  ///                  false
  template <class ForEach>
  std::optional<Tally> examine_each(const Goal& goal, const core::StopSignal& stop, ForEach for_each) const;
  template <class ForEach>
  std::optional<Tally> map_each(const Goal& goal, const core::StopSignal& stop, ForEach for_each) const;
  /// Adds those of maximal period. @return false if `stop` was requested first
  bool decide(const Candidates& left, const Goal& goal, Tally& tally, const core::StopSignal& stop) const;
  /// The same of candidates with equal numbers of cells in each monomial.
  bool decide_alike(const Candidates& left, const Goal& goal, Tally& tally,
                    const core::StopSignal& stop) const;
  /// Adds the function if it reaches the goal. @return false if `stop` was requested first
  bool map(std::uint64_t rank, const fsr::Feedback& feedback, const Goal& goal, Tally& tally,
           const core::StopSignal& stop) const;

  cycles::SimdLevel level_;
  ShortCycles short_cycles_;
};

}  // namespace gforbit::search
