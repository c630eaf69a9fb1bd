#include "skeleton/plan_parts.hpp"

#include <limits>

#include "gforbit/core/error.hpp"

namespace gforbit::skeleton {

store::ColumnSpec status_column(const std::string& meaning) {
  return {"status",
          meaning,
          "",
          store::ColumnType::int8,
          {"pending", "completed", "timed_out", "cancelled", "failed"}};
}

sched::ItemState item_state(RowStatus status) {
  switch (status) {
    case RowStatus::completed:
      return sched::ItemState::completed;
    case RowStatus::timed_out:
      return sched::ItemState::timed_out;
    case RowStatus::cancelled:
      return sched::ItemState::cancelled;
    case RowStatus::failed:
      return sched::ItemState::failed;
    case RowStatus::pending:
      break;
  }
  throw core::InternalError("an item that has not ended has no end");
}

bool Halt::set() {
  if (since_) return false;
  since_ = clock_();
  return true;
}

bool Halt::is_overdue() const {
  return since_ && clock_() - *since_ > std::chrono::seconds(1);
}

void EndsAhead::note(std::uint64_t item, std::uint64_t n_items) {
  if (item >= n_items) return;
  counts_.resize(n_items);
  if (counts_[item] < std::numeric_limits<std::uint16_t>::max()) ++counts_[item];
}

bool EndsAhead::pass(std::uint64_t item) {
  return left(item) == 0 || --counts_[item] == 0;
}

std::uint16_t EndsAhead::left(std::uint64_t item) const {
  return item < counts_.size() ? counts_[item] : std::uint16_t{0};
}

}  // namespace gforbit::skeleton
