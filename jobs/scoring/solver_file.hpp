/// Solvers from a JSON file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/sched/priority.hpp"
#include "gforbit/scoring/builtins.hpp"
#include "gforbit/solvers/call.hpp"

namespace gforbit::job_scoring {

enum class SolverKind : std::uint8_t { program, builtin, compose, enumerate };
constexpr SolverKind last_of(SolverKind) noexcept {
  return SolverKind::enumerate;
}

struct Solver {
  std::string id;
  SolverKind kind{};
  sched::Priority priority = sched::Priority::normal;
  std::vector<std::string> tasks;    ///< patterns of the ids of the tasks it is called on; none: all
  solvers::Program program;          ///< of programs
  scoring::Composition composition;  ///< of builtin and compose
  int depth = 0;                     ///< of enumerate
  std::optional<std::int64_t> size;  ///< as the file says

  /// Candidates that one call of the kinds in this process stands for; a program names its own.
  [[nodiscard]] std::uint64_t n_compositions() const;
  [[nodiscard]] scoring::Composition composition_number(std::uint64_t i) const;

  /// Ranks need neither `tasks` nor `size`.
  static constexpr auto kFields = std::tuple(&Solver::id, &Solver::kind, &Solver::priority,
                                             &Solver::composition, &Solver::depth, &Solver::program);
};

[[nodiscard]] inline bool is_program(const Solver& solver) noexcept {
  return solver.kind == SolverKind::program;
}

/// Limits and recycling of programs that do not say otherwise.
struct ProgramDefaults {
  solvers::Limits limits;
  std::uint64_t recycle = 0;
};

/// @throws core::InputError  the rule that is broken, with solver and key
[[nodiscard]] std::vector<Solver> solvers_from_text(const std::string& text, const ProgramDefaults& defaults);

}  // namespace gforbit::job_scoring
