/// What the skeleton wants of a job's plan besides units: records for a restart, a stop, numbers for
/// messages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gforbit/sched/statistics.hpp"
#include "gforbit/sched/work.hpp"
#include "gforbit/store/journal.hpp"

namespace gforbit::skeleton {

/// How far a run is, in the words of its job.
struct Extent {
  std::uint64_t done = 0, all = 0;
  std::string what;  ///< "register"
  [[nodiscard]] bool complete() const noexcept { return done == all; }
};

/// What became of the wish to cancel an item.
struct Cancellation {
  bool done = false;
  std::string text;  ///< a sentence: "register 'a' is cancelled"
};

/// The message of items that a person has cancelled.
inline constexpr const char* kCancelledByPerson = "cancelled by gforbit cancel";

/// A checkpoint is read before the first unit: survey() of all records, restore() of each in order,
/// end_restore(). A core::CorruptRecord or core::ProtocolError that these throw becomes a core::InputError
/// that names the checkpoint.
class Plan : public sched::WorkPlan {
 public:
  /// Receives what a restart needs.
  using Keep = std::function<void(store::JournalRecord)>;

  /// Shown all records before the first one is restored, because a later record can replace an earlier one.
  virtual void survey(const store::JournalRecord& record) { static_cast<void>(record); }
  /// Takes a result that an earlier run of the same problem kept.
  virtual void restore(const store::JournalRecord& record) = 0;
  /// After the last record.
  virtual void end_restore() {}
  /// Every result that is taken from now on goes to `keep` as a record. The coordinator's thread calls it; it
  /// is quick.
  virtual void keep_results(Keep keep) = 0;
  /// Hands out nothing more and cancels what is out: items that have not ended stay as they are.
  virtual void stop() = 0;
  /// Ends the item of this id as cancelled, and keeps that; with it end those that share its work. Not after
  /// stop().
  [[nodiscard]] virtual Cancellation cancel(const std::string& id) = 0;

  [[nodiscard]] virtual Extent extent() const = 0;
  [[nodiscard]] virtual sched::QueueStatistics statistics() const = 0;
};

}  // namespace gforbit::skeleton
