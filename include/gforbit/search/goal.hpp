/// What a search looks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

namespace gforbit::search {

enum class GoalKind : std::uint8_t {
  maximal,  ///< one cycle of 2^n - 1 states
  period,   ///< a cycle of so many states
  /// Two cycles that become one of all 2^n states where the function is complemented at a state and at the
  /// one that differs in x0 only; or one such cycle already
  de_bruijn
};
[[nodiscard]] constexpr GoalKind last_of(GoalKind) {
  return GoalKind::de_bruijn;
}

struct Goal {
  GoalKind kind = GoalKind::maximal;
  std::uint64_t least_period = 0;  ///< of GoalKind::period, else 0

  /// `maximal`, `period>=1000`, `de-bruijn`. @throws core::InputError  another text
  [[nodiscard]] static Goal parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  /// "functions of maximal period", plural.
  [[nodiscard]] std::string words() const;

  /// Whether a register with this many cycles, the longest of this period, reaches the goal.
  [[nodiscard]] bool is_reached(int degree, std::uint64_t n_cycles, std::uint64_t longest) const noexcept;

  /// Whether a function is out that leaves the state of ones as it is.
  [[nodiscard]] bool needs_even_monomials() const noexcept { return kind != GoalKind::period; }

  friend bool operator==(const Goal&, const Goal&) = default;
  static constexpr auto kFields = std::tuple(&Goal::kind, &Goal::least_period);
};

}  // namespace gforbit::search
