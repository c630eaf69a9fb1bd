/// Long walks of the sieved search (sieved_search.hpp): what one of them has passed, no other one walks
/// again.
///
/// Many candidates of a long cycle are tried at the same time, before the sieve could rule them out. The walk
/// from the smallest of them, i, comes to the starts of the others. At the start j of a walk that has ended,
/// at the first state e < j after `length` steps, it goes on from e at once. At the start of a walk that
/// still goes on, it waits until that one has ended. So many lanes and many threads share the work of one
/// cycle.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "sieved_search.hpp"

namespace gforbit::cycles {

/// A walk of the search on its way.
struct SievedWalk {
  std::uint64_t packed, index;        ///< where it is
  std::uint64_t start;                ///< its candidate
  std::uint64_t taken;                ///< steps from there
  bool falls;                         ///< the last step went to a smaller state
  std::vector<std::uint32_t> passed;  ///< classes of the states passed, without the start and the last class
};

class LongWalks;

/// The long walks of all threads that search for the leaders of one register. Thread-safe.
class SharedWalks {
 public:
  /// Every known start is below.
  [[nodiscard]] std::uint64_t bound() const noexcept { return bound_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool knows(std::uint64_t state);

 private:
  friend class LongWalks;

  struct Waiting {
    LongWalks* owner;
    SievedWalk walk;
  };
  struct Known {
    LongWalks* owner;
    bool has_ended = false;
    std::uint64_t end = 0, length = 0;
    std::vector<std::uint32_t> passed;  ///< on the way, without the end
    std::vector<Waiting> waiting;
  };

  static constexpr int kFilterBits = 20;
  static std::size_t hash(std::uint64_t state) noexcept {
    return state * 0x9e3779b97f4a7c15 >> (64 - kFilterBits);
  }

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Known> known_;
  std::atomic<std::uint64_t> bound_{0};
  /// Most states are told apart without known_.
  std::array<std::atomic<std::uint64_t>, (std::size_t{1} << kFilterBits) / 64> filter_{};
};

/// Those of one search, so of one thread.
class LongWalks {
 public:
  /// @param shared, task, findings  outlive this
  LongWalks(SharedWalks& shared, const SievedTask& task, Findings& findings);
  /// Walks of others that wait for one of these go on by themselves.
  ~LongWalks();
  LongWalks(const LongWalks&) = delete;
  LongWalks& operator=(const LongWalks&) = delete;

  [[nodiscard]] std::uint64_t bound() const noexcept { return shared_.bound(); }
  [[nodiscard]] bool knows(std::uint64_t state) const { return shared_.knows(state); }
  /// Whether a walk of so many steps from here is worth knowing.
  [[nodiscard]] bool is_long(std::uint64_t start, std::uint64_t taken) const noexcept {
    return taken >= least_ && start < most_;
  }
  /// From now on, walks that come to `start` wait for the end of the walk from there. False: another search
  /// knows it already.
  bool add(std::uint64_t start);

  /// `walk` has come to a known state.
  void arrived(SievedWalk walk);
  /// `walk`, which was added, has come to a state below its start.
  void ended(SievedWalk walk);
  /// The walk from `start`, which was added, has come round: no walk can wait for it.
  void closed(std::uint64_t start);
  /// The walk from `start`, which was added, does not go on here, nor do those that wait for it: the one with
  /// the smallest start is handed back.
  /// @param is_longer_than_any  its cycle is not missing: none is handed back
  void given_up(std::uint64_t start, bool is_longer_than_any);

  /// Takes over walks that have waited for those of other threads.
  void poll();
  /// No longer waits for other threads. False if nothing did.
  bool stop_waiting();

  /// Walks that are to go on.
  [[nodiscard]] std::vector<SievedWalk>& ready() noexcept { return ready_; }

 private:
  using Known = SharedWalks::Known;

  // All of these are called with the mutex locked.
  /// Walks that are at a known state, or no longer at one.
  void go_on(std::vector<SievedWalk> walks);
  /// `walk` is at the start of a walk that has ended; where it goes on, it is added to `walks`.
  void jump(SievedWalk walk, const Known& over, std::vector<SievedWalk>& walks);
  /// Notes the end of `walk`, and adds the walks of this search that waited for it to `released`.
  void settle(SievedWalk walk, std::vector<SievedWalk>& released);
  /// Gives the walks of other searches back to them.
  void send_back(std::vector<SharedWalks::Waiting> waiting);
  /// The walks of this search that wait for others, and those that others have given back.
  [[nodiscard]] std::vector<SievedWalk> take_back_waiting();
  void make_ready(SievedWalk walk);

  SharedWalks& shared_;
  const SievedTask& task_;
  Findings& findings_;
  std::uint64_t least_, most_;
  std::vector<std::uint64_t> added_;     ///< starts, those that were dropped too
  std::vector<std::uint64_t> waits_at_;  ///< starts of walks of others where walks of this search may wait
  std::vector<SievedWalk> ready_;
  std::vector<SievedWalk> inbox_;  ///< filled by other threads, under the mutex
  std::atomic<bool> has_mail_{false};
};

}  // namespace gforbit::cycles
