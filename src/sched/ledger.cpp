#include "gforbit/sched/ledger.hpp"

#include <utility>

namespace gforbit::sched {

// A lease number is generation * 2^32 + slot: the slot is found at once and the generation tells a reused
// slot apart.

LeaseId Ledger::grant(int rank, Unit unit) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  ++slot.generation;
  const LeaseId id{std::uint64_t{slot.generation} << 32 | index};
  slot.lease = Lease{id, rank, false, std::move(unit)};
  ++live_;
  return id;
}

const Lease* Ledger::find(LeaseId id) const {
  const auto index = static_cast<std::uint32_t>(id.value);
  if (index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.lease && slot.lease->id == id ? &*slot.lease : nullptr;
}

std::optional<Lease> Ledger::close(LeaseId id) {
  if (find(id) == nullptr) return std::nullopt;
  const auto index = static_cast<std::uint32_t>(id.value);
  std::optional<Lease> closed = std::exchange(slots_[index].lease, std::nullopt);
  free_.push_back(index);
  --live_;
  return closed;
}

std::vector<Lease> Ledger::cancel_item(std::uint64_t item) {
  std::vector<Lease> cancelled;
  for (Slot& slot : slots_) {
    if (slot.lease && slot.lease->unit.item == item && !slot.lease->cancelled) {
      slot.lease->cancelled = true;
      cancelled.push_back(*slot.lease);
    }
  }
  return cancelled;
}

}  // namespace gforbit::sched
