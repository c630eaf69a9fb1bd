/// The lives of lanes that search for leaders: tiers of fixed lengths, each with lanes of one age, and queues
/// between them.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "bitsliced_lanes.hpp"
#include "gforbit/core/stop_signal.hpp"

namespace gforbit::cycles::bitsliced {

/// A lane that outlived all tiers.
struct Survivor {
  std::uint64_t state = 0;  ///< where it is
  std::uint64_t age = 0;    ///< steps since its start
};

/// @tparam Machine  lanes with their memory: last() -> LeaderBatch&; load_block(), leaders_run(), pack() and
///                  unpack() of a level; state_of(lane); queue() -> QueueMemory
template <class Machine>
class LeaderTiers {
 public:
  explicit LeaderTiers(Machine machine)
      : machine_(std::move(machine)),
        lane_bits_(std::countr_zero(64U * static_cast<unsigned>(machine_.last().lanes.words))) {}

  [[nodiscard]] int lane_bits() const noexcept { return lane_bits_; }
  /// Lane-steps so far, living lanes only.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  [[nodiscard]] std::vector<Survivor>& survivors() noexcept { return survivors_; }
  /// Blocks of the first tier between two looks at the stop signal: some tens of microseconds.
  [[nodiscard]] std::uint64_t blocks_per_look() const {
    constexpr std::uint64_t kGroupsPerLook = 1024;
    return std::max<std::uint64_t>(1, kGroupsPerLook / tiers_.front().groups);
  }

  /// Before the lanes of a class: a lane dies at a state that starts with more than `level` zeros, or with
  /// these and less than `leading`, the one behind them with two more digits.
  void begin_class(int level, int leading) {
    machine_.last().level = level;
    machine_.last().digits = leading & 3;
    plan_tiers(level, leading);
  }

  /// The lanes [first, last) of the block of states that begin with `prefix`.
  void run_block(std::uint64_t prefix, std::uint64_t first, std::uint64_t last) {
    machine_.load_block(prefix, first, last);
    run_batch(0, last - first);
  }

  /// After the last block of a class.
  void drain(const core::StopSignal& stop) {
    for (std::size_t tier = 1; tier < tiers_.size(); ++tier) {
      while (queues_[tier].queue.count > 0 && !stop.stop_requested()) run_queue(tier);
    }
  }

 private:
  struct Tier {
    std::uint64_t groups = 0;
    std::uint64_t age_before = 0;  ///< in steps
  };

  /// The number x of lifetimes after which to pack: minimizes (x + overhead) / (1 - exp(-x)), i.e. exp(x) - 1
  /// - x = overhead.
  static double best_tier(double overhead) {
    double x = std::log1p(overhead + std::sqrt(2 * overhead));
    for (int i = 0; i < 20; ++i) x -= (std::expm1(x) - x - overhead) / std::expm1(x);
    return x;
  }

  void plan_tiers(int level, int leading) {
    /// Starting a batch and packing what is left of it take about as long as this many steps.
    constexpr double kBatchOverhead = 60;
    /// Lifetimes that a lane must outlive to become a survivor: a scalar walk costs as much as a thousand
    /// lanes.
    constexpr double kLifetimes = 11;
    /// Later tiers hold fewer lanes, so they may be longer.
    constexpr double kTierGrowth = 1.2;
    const double lifetime = std::ldexp(1.0, level + 4) / leading;
    const int groups_of_round = machine_.last().lanes.wide && level >= kGroup ? 2 : 1;
    tiers_.clear();
    double length = best_tier(kBatchOverhead / lifetime);
    std::uint64_t age = 0;
    while (static_cast<double>(age) < kLifetimes * lifetime) {
      const double rounds = std::max(1.0, std::round(length * lifetime / kGroup / groups_of_round));
      const auto groups = static_cast<std::uint64_t>(rounds * groups_of_round);
      tiers_.push_back({groups, age});
      age += groups * kGroup;
      length *= kTierGrowth;
    }
    while (queues_.size() < tiers_.size() + 1) queues_.push_back(machine_.queue());
  }

  /// The lanes just loaded, so many: their steps in this tier, then into the next queue or among the
  /// survivors.
  void run_batch(std::size_t tier, std::uint64_t lanes) {
    const Tier& now = tiers_[tier];
    steps_ += lanes * now.groups * kGroup;
    if (!machine_.leaders_run(now.groups)) return;
    if (tier + 1 < tiers_.size()) {
      // No queue is ever left with a full batch, so another batch always fits.
      LaneQueue& next = queues_[tier + 1].queue;
      machine_.pack(next);
      if (next.count >> lane_bits_ != 0) run_queue(tier + 1);
      return;
    }
    for_each_alive(machine_.last().lanes, [&](int lane) {
      survivors_.push_back({machine_.state_of(lane), now.age_before + now.groups * kGroup});
    });
  }

  void run_queue(std::size_t tier) {
    LaneQueue& queue = queues_[tier].queue;
    const std::uint64_t waiting = queue.count;
    machine_.unpack(queue);
    run_batch(tier, waiting - queue.count);
  }

  Machine machine_;
  int lane_bits_;
  std::vector<Tier> tiers_;
  std::vector<QueueMemory> queues_;  ///< queues_[t] feeds tier t; tier 0 is fed with blocks
  std::vector<Survivor> survivors_;
  std::uint64_t steps_ = 0;
};

}  // namespace gforbit::cycles::bitsliced
