#include "skeleton/plan_parts.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::skeleton {

namespace {

/// By code.
constexpr std::array<std::string_view, 5> kStatusNames{"pending", "completed", "timed_out", "cancelled",
                                                       "failed"};
static_assert(kStatusNames.size() == static_cast<std::size_t>(last_of(RowStatus{})) + 1);

}  // namespace

store::ColumnSpec status_column(const std::string& meaning) {
  return {"status", meaning, "", store::ColumnType::int8, {kStatusNames.begin(), kStatusNames.end()}};
}

Cancellation cancelled_item(const std::string& what, std::uint64_t shared) {
  std::string text = what + " is cancelled";
  if (shared > 0)
    text += fmt::format(", and {} that {} its work", core::counted(shared, "other"),
                        shared == 1 ? "shares" : "share");
  return {true, text};
}

Cancellation no_such_item(const std::string& id, std::string_view noun) {
  return {false, fmt::format("no {} of this run has the id {}", noun, core::quoted(id))};
}

Cancellation cancel_row(const std::string& id, const CancellableRows& rows) {
  std::uint64_t named = 0;
  while (named < rows.size && rows.id(named) != id) ++named;
  if (named == rows.size) return no_such_item(id, rows.noun);
  const std::uint64_t first = rows.first_equal(named);
  const std::string what = fmt::format("{} {}", rows.noun, core::quoted(id));
  if (const RowStatus status = rows.status(first); status != RowStatus::pending) {
    const auto name = kStatusNames.at(static_cast<std::size_t>(status));
    return {false, fmt::format("{} has ended before: {}", what, name)};
  }
  std::uint64_t shared = 0;
  for (std::uint64_t row = first + 1; row < rows.size; ++row)
    shared += rows.first_equal(row) == first ? 1 : 0;
  rows.cancel(first);
  return cancelled_item(what, shared);
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
