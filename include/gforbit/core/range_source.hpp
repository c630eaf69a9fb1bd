/// Ranges of state indices, made on request: O(1) memory however many there are.
///
/// Sizes follow expected work, not the number of indices: searching leaders in [a, b) costs about q^d ln(b/a)
/// steps, so a million indices near zero are far more work than a million near the end. Ranges start small,
/// so that every rank has something within milliseconds and the rate is known early, grow to a bound, and
/// shrink towards the end, so that the last one is not waited for (guided self-scheduling; Polychronopoulos
/// and Kuck 1987).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "gforbit/core/state_index.hpp"

namespace gforbit::core {

/// Expected steps for a range of states.
class WorkModel {
 public:
  /// `steps_per_state` for every state alike.
  static WorkModel uniform(double steps_per_state);
  /// `scale` * ln(end/begin): walks from each state until a smaller one, of `scale` states in all. begin > 0.
  static WorkModel logarithmic(double scale);

  [[nodiscard]] double work(StateRange range) const;
  /// The end of the range that begins at `begin` and holds about `work` steps; at least begin + 1.
  [[nodiscard]] StateIndex end_for(StateIndex begin, double work) const;

 private:
  WorkModel(bool logarithmic, double scale) : logarithmic_(logarithmic), scale_(scale) {}
  bool logarithmic_;
  double scale_;
};

struct RangeSizing {
  double first_work = 1e6;                                                 ///< steps in the first range
  double largest_work = 1e10;                                              ///< steps in a range at most
  int takers = 1;                                                          ///< ranks that share the work
  std::uint64_t largest_size = std::numeric_limits<std::uint64_t>::max();  ///< states in a range at most
};

/// Cuts one interval, or what a restart left of it, into ranges. Not thread-safe; the coordinator's thread
/// owns it.
class RangeSource {
 public:
  RangeSource(StateRange interval, WorkModel model, RangeSizing sizing);

  /// The next range in increasing order; nullopt once the interval is used up.
  [[nodiscard]] std::optional<StateRange> next();
  /// Takes out what is done already. Costs the number of pieces that are left.
  void remove(StateRange done);
  [[nodiscard]] const WorkModel& model() const noexcept { return model_; }
  /// From the first state that is left to the last; empty once all are used up.
  [[nodiscard]] StateRange rest() const noexcept;

 private:
  std::vector<StateRange> pieces_;  ///< what is left, the first piece last
  double later_work_ = 0;           ///< of all pieces but the first
  WorkModel model_;
  RangeSizing sizing_;
  double ramp_;
};

}  // namespace gforbit::core
