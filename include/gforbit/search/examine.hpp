/// The search itself: candidates of a family, thrown away as early as possible.
///
/// 1. Parity: a sum of an odd number of monomials is 1 where all cells are 1, so that the state of ones is a
///    cycle by itself. All functions of a form share their parity.
/// 2. Short cycles: no period up to short_periods(n) besides that of the zero state.
/// 3. Further short cycles, as long as they cost less than what follows.
/// 4. A walk that ends where a cycle of fewer than 2^n - 1 states closes.
/// 5. What is left has maximal period; all its cycles are found by another method.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/search/family.hpp"
#include "gforbit/search/short_cycles.hpp"

namespace gforbit::search {

/// Whether an odd number of monomials rules out all functions of the form.
[[nodiscard]] bool parity_rules_out(const Form& form) noexcept;

/// The longest period that rule 2 looks for in registers of n cells. It decides a column of the results, so
/// it depends on nothing else.
[[nodiscard]] int short_periods(int degree) noexcept;

/// What a candidate of n cells takes on one core, on average: a rough guess for plans.
[[nodiscard]] double expected_seconds(int degree) noexcept;

struct Hit {
  std::uint64_t rank = 0;
  std::uint64_t n_cycles = 0, max_period = 0;  ///< as certified
  friend bool operator==(const Hit&, const Hit&) = default;
  static constexpr auto kFields = std::tuple(&Hit::rank, &Hit::n_cycles, &Hit::max_period);
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
                                             const core::StopSignal& stop) const;

  /// The samples [begin, end), canonical or not. @return, @throws as above
  [[nodiscard]] std::optional<Tally> examine(const Samples& samples, std::uint64_t begin, std::uint64_t end,
                                             const core::StopSignal& stop) const;

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
  std::optional<Tally> examine_each(const core::StopSignal& stop, ForEach for_each) const;
  /// Adds those of maximal period. @return false if `stop` was requested first
  bool decide(const Candidates& left, Tally& tally, const core::StopSignal& stop) const;

  cycles::SimdLevel level_;
  ShortCycles short_cycles_;
};

}  // namespace gforbit::search
