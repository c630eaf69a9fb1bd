/// Which solvers failed most, how, and what one of their calls said: for the log and the summary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/units.hpp"

namespace gforbit::job_scoring {

/// How many rows ended in each way.
class StatusCounts {
 public:
  void add(CallStatus status) { ++counts_.at(static_cast<std::size_t>(status)); }
  [[nodiscard]] std::uint64_t of(CallStatus status) const {
    return counts_.at(static_cast<std::size_t>(status));
  }
  [[nodiscard]] std::uint64_t sum(const std::function<bool(CallStatus)>& which) const;
  /// "6 timed_out_wall, 1 crashed": what `which` holds for and occurs.
  [[nodiscard]] std::string text(const std::function<bool(CallStatus)>& which) const;

 private:
  std::array<std::uint64_t, kStatusNames.size()> counts_{};
};

/// Of one solver.
struct SolverEnds {
  StatusCounts counts;
  bool is_program = false;

  /// A limit or a crash, or a reply that cannot be used. Of a program without any output also what it did not
  /// answer.
  [[nodiscard]] std::uint64_t n_failed() const;
  /// Rows of calls that were made.
  [[nodiscard]] std::uint64_t n_rows() const;
  /// Every reply was bad: most likely the program does not speak the protocol.
  [[nodiscard]] bool only_bad() const;
};

/// The solvers that failed most, the worst first.
[[nodiscard]] std::vector<std::uint32_t> worst_solvers(const std::vector<SolverEnds>& solvers);

/// What a call said.
struct CallWords {
  std::string task, message, stderr_tail;  ///< no message: nothing was said
};

/// "; its standard error ends with '...'"; nothing where it is empty.
[[nodiscard]] std::string stderr_text(std::string_view tail);

/// "solver 'a': 3 of 4 rows failed (3 crashed); on task 't': ended by signal 6; ..."
[[nodiscard]] std::string failure_text(const std::string& solver, const SolverEnds& ends,
                                       const CallWords& said);

}  // namespace gforbit::job_scoring
