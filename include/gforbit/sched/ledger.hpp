/// The ledger of leases: which rank holds which unit. A result counts once, for a live lease; a late or
/// repeated one is recognized, because a lease number is never used again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gforbit/sched/work.hpp"

namespace gforbit::sched {

struct LeaseId {
  std::uint64_t value{};
  auto operator<=>(const LeaseId&) const = default;
};

struct Lease {
  LeaseId id;
  int rank = 0;
  bool cancelled = false;
  Unit unit;
};

/// O(live leases) memory, O(1) for each call. Not thread-safe; the coordinator's thread owns it.
class Ledger {
 public:
  [[nodiscard]] LeaseId grant(int rank, Unit unit);
  /// The live lease `id`, closed; nullopt if it is not live.
  [[nodiscard]] std::optional<Lease> close(LeaseId id);
  /// The live lease `id`; nullptr if it is not live. Valid until the next call that is not const.
  [[nodiscard]] const Lease* find(LeaseId id) const;
  /// Marks the live leases of `item` as cancelled and returns those that were not yet.
  [[nodiscard]] std::vector<Lease> cancel_item(std::uint64_t item);
  [[nodiscard]] std::size_t live() const noexcept { return live_; }

 private:
  struct Slot {
    std::uint32_t generation = 0;
    std::optional<Lease> lease;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t live_ = 0;
};

}  // namespace gforbit::sched
