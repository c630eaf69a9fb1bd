#include "qary_leaders.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace gforbit::cycles::qary {

namespace {

/// Starting a batch and packing what is left of it take about as long as this many steps for each cell.
constexpr double kBatchOverhead = 4;
/// Lifetimes that a lane must outlive to become a survivor: a scalar walk costs as much as some hundred lanes
/// of elements, or some thousand of planes.
constexpr double kElementLifetimes = 9, kPlaneLifetimes = 12;
/// Lane-steps between two looks at the stop token: some milliseconds. Where a class lives long a tier has
/// billions.
constexpr std::uint64_t kStepsPerStopLook = std::uint64_t{1} << 24;

}  // namespace

void raise_to_prenecklace(std::vector<std::uint32_t>& word) {
  std::size_t period = 1;
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (word[i] > word[i - period]) {
      period = i + 1;
    } else if (word[i] < word[i - period]) {
      for (; i < word.size(); ++i) word[i] = word[i - period];
      return;
    }
  }
}

bool next_prenecklace(std::vector<std::uint32_t>& word, std::uint32_t q) {
  std::size_t length = word.size();
  while (length > 0 && word[length - 1] == q - 1) --length;
  if (length == 0) return false;
  ++word[length - 1];
  for (std::size_t i = length; i < word.size(); ++i) word[i] = word[i - length];
  return true;
}

LeaderSearch::LeaderSearch(const Tape& tape, const LaneFunctions& functions)
    : tape_(tape),
      functions_(functions),
      lanes_(LeaderLanes::make(tape, functions)),
      q_(tape.arithmetic.order),
      top_(1),
      prefix_(static_cast<std::size_t>(tape.degree - lanes_->low_digits())) {
  for (int i = 1; i < tape.degree; ++i) top_ *= q_;
}

void LeaderSearch::plan_tiers(double lifetime) {
  // The number x of lifetimes after which to pack, nearly where (x + overhead) / (1 - exp(-x)) is least.
  const double overhead = kBatchOverhead * tape_.degree / lifetime;
  const double length = lifetime * std::log1p(overhead + std::sqrt(2 * overhead));
  tiers_.clear();
  const double lifetimes = tape_.kind == LaneKind::planes ? kPlaneLifetimes : kElementLifetimes;
  for (double age = 0; age < lifetimes * lifetime; age += static_cast<double>(tiers_.back() * kGroup)) {
    tiers_.push_back(static_cast<std::uint64_t>(std::max(1.0, std::round(length / kGroup))));
  }
  while (queues_.size() < tiers_.size() + 1) queues_.push_back(lanes_->make_queue());
}

std::uint64_t LeaderSearch::run_class(std::uint64_t i, std::uint64_t end) {
  LeaderBatch& batch = lanes_->batch;
  std::uint64_t place = top_;
  double lifetime = static_cast<double>(q_);
  for (batch.level = 0; place > i; ++batch.level) {
    place /= q_;
    lifetime *= static_cast<double>(q_);
  }
  batch.digit = static_cast<std::uint32_t>(i / place);
  if (tape_.kind == LaneKind::planes) {
    batch.enough = 0;
    for (std::uint64_t digit = batch.digit; digit < q_; ++digit)
      batch.enough |= 1U << tape_.code.code.at(digit);
  }
  end = std::min(end, (batch.digit + 1) * place);
  plan_tiers(lifetime / batch.digit);

  std::uint64_t rest = i / lanes_->low_values();
  for (std::size_t n = prefix_.size(); n > 0; --n, rest /= q_)
    prefix_[n - 1] = static_cast<std::uint32_t>(rest % q_);
  raise_to_prenecklace(prefix_);
  do {
    std::uint64_t base = 0;
    for (const std::uint32_t digit : prefix_) base = base * q_ + digit;
    base *= lanes_->low_values();
    if (base >= end) break;
    run_block(base, std::max(i, base), std::min(end, base + lanes_->low_values()));
  } while (!stop_.stop_requested() && next_prenecklace(prefix_, static_cast<std::uint32_t>(q_)));
  for (std::size_t tier = 1; tier < tiers_.size(); ++tier) {
    while (queues_[tier].count > 0 && !stop_.stop_requested()) run_queue(tier);
  }
  return end;
}

/// The candidates [begin, end) of the block of states that starts at `base`.
void LeaderSearch::run_block(std::uint64_t base, std::uint64_t begin, std::uint64_t end) {
  const auto lanes = static_cast<std::uint64_t>(lanes_->count());
  for (std::uint64_t first = base + (begin - base) / lanes * lanes; first < end; first += lanes) {
    const std::uint64_t from = begin > first ? begin - first : 0, to = std::min(lanes, end - first);
    lanes_->load(prefix_, base, first - base, static_cast<int>(from), static_cast<int>(to));
    run_batch(0);
  }
}

/// The lanes just loaded: their steps in this tier, then into the next queue or among the survivors. Dropped
/// when a stop is requested.
void LeaderSearch::run_batch(std::size_t tier) {
  const std::uint64_t living = lanes_->living();
  const std::uint64_t piece = kStepsPerStopLook / (static_cast<std::uint64_t>(lanes_->count()) * kGroup);
  for (std::uint64_t left = tiers_[tier]; left > 0;) {
    const std::uint64_t groups = std::min(left, piece);
    steps_ += living * groups * kGroup;
    if (!functions_.leaders_run(lanes_->batch, groups) || stop_.stop_requested()) return;
    left -= groups;
  }
  if (tier + 1 == tiers_.size()) return lanes_->append_starts(survivors_);
  // No queue is ever left with a full batch, so another batch always fits.
  lanes_->pack(queues_[tier + 1]);
  if (queues_[tier + 1].count >= lanes_->count()) run_queue(tier + 1);
}

void LeaderSearch::run_queue(std::size_t tier) {
  lanes_->unpack(queues_[tier]);
  run_batch(tier);
}

}  // namespace gforbit::cycles::qary
