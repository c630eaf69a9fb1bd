/// `--end-early solved`: on each task one solver after the other, so that which calls are skipped depends on
/// the input alone. Equal tasks are one here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "scoring/items.hpp"

namespace gforbit::job_scoring {

class Turns {
 public:
  /// The most urgent solvers come first, then those that come first in the file.
  /// @param input, items  must outlive the object
  Turns(const PlanInput& input, const Items& items);

  /// Whether it is the turn of the item's solver; else the item is kept until next() returns it.
  [[nodiscard]] bool admit(std::uint64_t number);
  /// The items of the solver whose turn it is on the tasks equal to `task`; none after the last one.
  [[nodiscard]] std::vector<std::uint64_t> current(std::uint32_t task) const;
  /// These have ended: the next solver's turn. @return those of its items that were kept
  [[nodiscard]] std::vector<std::uint64_t> next(std::uint32_t task);
  /// Ends all turns. @return the items of the solvers whose turn has not come
  [[nodiscard]] std::vector<std::uint64_t> rest(std::uint32_t task);

 private:
  void skip_those_without_items(std::uint32_t group);

  const PlanInput& input_;
  const Items& items_;
  std::vector<std::uint32_t> order_;  ///< solvers that stand for themselves
  std::vector<std::uint32_t> turn_;   ///< by task that stands for its equals: position in `order_`
  std::vector<std::vector<std::uint64_t>> kept_;  ///< likewise
};

}  // namespace gforbit::job_scoring
