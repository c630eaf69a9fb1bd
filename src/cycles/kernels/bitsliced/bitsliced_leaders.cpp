#include "bitsliced_leaders.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "bitsliced_prenecklace.hpp"

namespace gforbit::cycles::bitsliced {

namespace {

/// Starting a batch and packing what is left of it take about as long as this many steps.
constexpr double kBatchOverhead = 60;
/// Lifetimes that a lane must outlive to become a survivor: a scalar walk costs as much as a thousand lanes.
constexpr double kLifetimes = 11;
/// Groups of steps of a first tier between two looks at the stop signal: some tens of microseconds.
constexpr std::uint64_t kGroupsPerStopLook = 1024;
/// Later tiers hold fewer lanes, so they may be longer.
constexpr double kTierGrowth = 1.2;

/// The number x of lifetimes after which to pack: minimizes (x + overhead) / (1 - exp(-x)), i.e. exp(x) - 1 -
/// x = overhead.
double best_tier(double overhead) {
  double x = std::log1p(overhead + std::sqrt(2 * overhead));
  for (int i = 0; i < 20; ++i) x -= (std::expm1(x) - x - overhead) / std::expm1(x);
  return x;
}

}  // namespace

LeaderSearch::LeaderSearch(const Tape& tape, const LevelFunctions& level)
    : level_(level),
      memory_(tape, level),
      degree_(tape.degree),
      lane_bits_(std::countr_zero(static_cast<unsigned>(LaneMemory::lane_count(tape, level)))) {
  batch_.lanes = memory_.lanes;
}

void LeaderSearch::plan_tiers(int level, int leading) {
  const double lifetime = std::ldexp(1.0, level + 4) / leading;
  const int groups_of_round = batch_.lanes.wide && level >= kGroup ? 2 : 1;
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
  while (queues_.size() < tiers_.size() + 1) queues_.emplace_back(memory_.lanes);
}

std::uint64_t LeaderSearch::run_class(std::uint64_t r, std::uint64_t end, const core::StopSignal& stop) {
  const int digits = degree_ - 1;
  const int level = digits - static_cast<int>(std::bit_width(r));
  assert(level + 3 <= digits);
  const int shift = digits - level - 3;
  const auto leading = static_cast<int>(r >> shift);
  end = std::min(end, static_cast<std::uint64_t>(leading + 1) << shift);
  batch_.level = level;
  batch_.digits = leading & 3;
  plan_tiers(level, leading);

  // The lanes of a block are 2^lane_bits successive words r; with fewer than that in all, r's leading one is
  // a lane bit.
  const int prefix_digits = std::max(0, digits - lane_bits_);
  const std::uint64_t top = std::uint64_t{1} << digits;
  std::optional<std::uint64_t> block =
      prefix_digits == 0 ? 0 : prenecklace_from(r >> lane_bits_, prefix_digits);
  const std::uint64_t blocks_per_look =
      std::max<std::uint64_t>(1, kGroupsPerStopLook / tiers_.front().groups);
  for (std::uint64_t n = 1; block && *block << lane_bits_ < end; ++n) {
    if (n % blocks_per_look == 0 && stop.stop_requested()) break;
    const std::uint64_t first = *block << lane_bits_, lanes = std::uint64_t{1} << lane_bits_;
    const std::uint64_t in_block = digits < lane_bits_ ? top : 0;
    const std::uint64_t skipped = std::max(r, first) - first, last = std::min(end - first, lanes);
    level_.load_block(batch_.lanes, (first | top) >> lane_bits_, in_block + skipped, in_block + last);
    run_batch(0, last - skipped);
    block = prefix_digits == 0 ? std::nullopt : next_prenecklace(*block, prefix_digits);
  }
  drain(stop);
  return end;
}

/// The lanes just loaded, so many: their steps in this tier, then into the next queue or among the survivors.
void LeaderSearch::run_batch(std::size_t tier, std::uint64_t lanes) {
  const Tier& now = tiers_[tier];
  steps_ += lanes * now.groups * kGroup;
  if (!level_.leaders_run(batch_, now.groups)) return;
  if (tier + 1 < tiers_.size()) {
    // No queue is ever left with a full batch, so another batch always fits.
    LaneQueue& next = queues_[tier + 1].queue;
    level_.pack(batch_.lanes, next);
    if (next.count >> lane_bits_ != 0) run_queue(tier + 1);
    return;
  }
  for_each_alive(batch_.lanes, [&](int lane) {
    survivors_.push_back({state_of(batch_.lanes, lane), now.age_before + now.groups * kGroup});
  });
}

void LeaderSearch::run_queue(std::size_t tier) {
  LaneQueue& queue = queues_[tier].queue;
  const std::uint64_t waiting = queue.count;
  level_.unpack(batch_.lanes, queue);
  run_batch(tier, waiting - queue.count);
}

void LeaderSearch::drain(const core::StopSignal& stop) {
  for (std::size_t tier = 1; tier < tiers_.size(); ++tier) {
    while (queues_[tier].queue.count > 0 && !stop.stop_requested()) run_queue(tier);
  }
}

}  // namespace gforbit::cycles::bitsliced
