#include "qary_leaders.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace gforbit::cycles::qary {

namespace {

/// Starting a batch and packing what is left of it take about as long as this many steps for each cell.
constexpr double kBatchOverhead = 4;
/// Lifetimes that a lane must outlive to become a survivor: a scalar walk costs as much as some hundred
/// lanes.
constexpr double kLifetimes = 9;
/// Batches that the combinations of the low digits fill at least, so that few lanes stay empty; if q allows.
constexpr std::uint64_t kFewestBatches = 3;
/// Lane-steps between two looks at the stop token: some milliseconds. Where a class lives long a tier has
/// billions.
constexpr std::uint64_t kStepsPerStopLook = std::uint64_t{1} << 24;
/// Combinations of low digits that are kept as a table; if there are more, the lanes differ in one digit
/// only.
constexpr std::uint64_t kLargestPattern = 1 << 14;

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
    : functions_(functions),
      kind_(tape.kind),
      memory_(tape, functions),
      q_(tape.arithmetic.order),
      degree_(tape.degree),
      lanes_(memory_.lane_count()),
      low_values_(q_),
      top_(1),
      starts_(static_cast<std::size_t>(lanes_)),
      packed_(static_cast<std::size_t>(lanes_)) {
  assert(functions.planes == 1 && degree_ >= 2);
  batch_.lanes = memory_.lanes;
  for (int i = 1; i < degree_; ++i) top_ *= q_;
  while (low_digits_ + 1 < degree_ && low_values_ < kFewestBatches * static_cast<std::uint64_t>(lanes_) &&
         low_values_ * q_ <= kLargestPattern) {
    low_values_ *= q_;
    ++low_digits_;
  }
  for (std::uint64_t place = 1; low_digits_ > 1 && place < low_values_; place *= q_) {
    for (std::uint64_t low = 0; low < low_values_; ++low) {
      pattern_.push_back(static_cast<std::uint32_t>(low / place % q_));
    }
  }
  prefix_.resize(static_cast<std::size_t>(degree_ - low_digits_));
}

template <class Call>
void LeaderSearch::with_element(Call call) {
  switch (kind_) {
    case LaneKind::bytes:
      return call(std::uint8_t{});
    case LaneKind::halves:
      return call(std::uint16_t{});
    default:
      return call(std::uint32_t{});
  }
}

void LeaderSearch::plan_tiers(double lifetime) {
  // The number x of lifetimes after which to pack, nearly where (x + overhead) / (1 - exp(-x)) is least.
  const double overhead = kBatchOverhead * degree_ / lifetime;
  const double length = lifetime * std::log1p(overhead + std::sqrt(2 * overhead));
  tiers_.clear();
  for (double age = 0; age < kLifetimes * lifetime; age += static_cast<double>(tiers_.back() * kGroup)) {
    tiers_.push_back(static_cast<std::uint64_t>(std::max(1.0, std::round(length / kGroup))));
  }
  const auto capacity = static_cast<std::size_t>(2 * lanes_);
  while (queues_.size() < tiers_.size() + 1) {
    queues_.push_back({AlignedBytes(capacity * static_cast<std::size_t>(degree_) * sizeof(std::uint32_t)),
                       std::vector<std::uint64_t>(capacity), 0});
  }
}

std::uint64_t LeaderSearch::run_class(std::uint64_t i, std::uint64_t end) {
  std::uint64_t place = top_;
  double lifetime = static_cast<double>(q_);
  for (batch_.level = 0; place > i; ++batch_.level) {
    place /= q_;
    lifetime *= static_cast<double>(q_);
  }
  batch_.digit = static_cast<std::uint32_t>(i / place);
  end = std::min(end, (batch_.digit + 1) * place);
  plan_tiers(lifetime / batch_.digit);

  std::uint64_t rest = i / low_values_;
  for (std::size_t n = prefix_.size(); n > 0; --n, rest /= q_)
    prefix_[n - 1] = static_cast<std::uint32_t>(rest % q_);
  raise_to_prenecklace(prefix_);
  do {
    std::uint64_t base = 0;
    for (const std::uint32_t digit : prefix_) base = base * q_ + digit;
    base *= low_values_;
    if (base >= end) break;
    run_block(base, std::max(i, base), std::min(end, base + low_values_));
  } while (!stop_.stop_requested() && next_prenecklace(prefix_, static_cast<std::uint32_t>(q_)));
  for (std::size_t tier = 1; tier < tiers_.size(); ++tier) {
    while (queues_[tier].count > 0 && !stop_.stop_requested()) run_queue(tier);
  }
  return end;
}

/// The candidates [begin, end) of the block of states that starts at `base`.
void LeaderSearch::run_block(std::uint64_t base, std::uint64_t begin, std::uint64_t end) {
  const auto lanes = static_cast<std::uint64_t>(lanes_);
  for (std::uint64_t first = base + (begin - base) / lanes * lanes; first < end; first += lanes) {
    with_element([&](auto element) { load_digits<decltype(element)>(first - base); });
    for (std::uint64_t lane = 0; lane < lanes; ++lane) starts_[lane] = first + lane;
    const std::uint64_t from = begin > first ? begin - first : 0, to = std::min(lanes, end - first);
    set_alive(static_cast<int>(from), static_cast<int>(to));
    run_batch(0);
  }
}

/// Only the lanes [begin, end) live.
void LeaderSearch::set_alive(int begin, int end) {
  const int width = memory_.lanes_a_word();
  for (int w = 0; w < batch_.lanes.mask_words; ++w) {
    const auto below = [&](int lane) {
      const int bits = std::clamp(lane - w * width, 0, width);
      return bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - bits);
    };
    batch_.lanes.alive[w] = below(end) & ~below(begin);
  }
}

/// Sets lane l to the state with the digits of `prefix_` and the low value first_low + l.
template <class Element>
void LeaderSearch::load_digits(std::uint64_t first_low) {
  batch_.lanes.next_row = degree_;
  auto* row = reinterpret_cast<Element*>(batch_.lanes.rows);
  const auto lanes = static_cast<std::size_t>(lanes_);
  for (int digit = 0; digit < low_digits_; ++digit, row += lanes) {
    // Lanes behind the last value are not alive; their digits need only be valid.
    const auto valid = static_cast<std::size_t>(std::min<std::uint64_t>(lanes, low_values_ - first_low));
    if (pattern_.empty()) {
      for (std::size_t lane = 0; lane < valid; ++lane) row[lane] = static_cast<Element>(first_low + lane);
    } else {
      const std::uint32_t* const from =
          pattern_.data() + static_cast<std::uint64_t>(digit) * low_values_ + first_low;
      for (std::size_t lane = 0; lane < valid; ++lane) row[lane] = static_cast<Element>(from[lane]);
    }
    std::fill(row + valid, row + lanes, Element{0});
  }
  for (std::size_t n = prefix_.size(); n > 0; --n, row += lanes) {
    std::fill(row, row + lanes, static_cast<Element>(prefix_[n - 1]));
  }
}

/// The lanes just loaded: their steps in this tier, then into the next queue or among the survivors. Dropped
/// when a stop is requested.
void LeaderSearch::run_batch(std::size_t tier) {
  std::uint64_t living = 0;
  for (int w = 0; w < batch_.lanes.mask_words; ++w) {
    living += static_cast<std::uint64_t>(std::popcount(batch_.lanes.alive[w]));
  }
  const std::uint64_t piece = kStepsPerStopLook / (static_cast<std::uint64_t>(lanes_) * kGroup);
  for (std::uint64_t left = tiers_[tier]; left > 0;) {
    const std::uint64_t groups = std::min(left, piece);
    steps_ += living * groups * kGroup;
    if (!functions_.leaders_run(batch_, groups) || stop_.stop_requested()) return;
    left -= groups;
  }
  if (tier + 1 < tiers_.size()) {
    // No queue is ever left with a full batch, so there is always room for another batch.
    Queue& next = queues_[tier + 1];
    with_element([&](auto element) { pack<decltype(element)>(next); });
    if (next.count >= lanes_) run_queue(tier + 1);
    return;
  }
  memory_.for_each_alive([&](int lane) { survivors_.push_back(starts_[static_cast<std::size_t>(lane)]); });
}

void LeaderSearch::run_queue(std::size_t tier) {
  with_element([&](auto element) { unpack<decltype(element)>(queues_[tier]); });
  run_batch(tier);
}

/// Appends the lanes that are alive to a queue.
template <class Element>
void LeaderSearch::pack(Queue& to) {
  int living = 0;
  int* const lanes = packed_.data();
  memory_.for_each_alive([&](int lane) { lanes[living++] = lane; });
  const auto* row = reinterpret_cast<const Element*>(batch_.lanes.rows) +
                    static_cast<std::ptrdiff_t>(batch_.lanes.next_row - degree_) * lanes_;
  auto* cells = reinterpret_cast<Element*>(to.cells.data()) + to.count;
  for (int i = 0; i < degree_; ++i, row += lanes_, cells += 2 * lanes_) {
    for (int n = 0; n < living; ++n) cells[n] = row[lanes[n]];
  }
  std::uint64_t* const starts = to.starts.data() + to.count;
  for (int n = 0; n < living; ++n) starts[n] = starts_[static_cast<std::size_t>(lanes[n])];
  to.count += living;
}

/// Takes lanes from the end of a queue, as many as there is room for.
template <class Element>
void LeaderSearch::unpack(Queue& from) {
  const int taken = std::min(from.count, lanes_);
  from.count -= taken;
  const auto* cells = reinterpret_cast<const Element*>(from.cells.data()) + from.count;
  auto* row = reinterpret_cast<Element*>(batch_.lanes.rows);
  for (int i = 0; i < degree_; ++i, row += lanes_, cells += 2 * lanes_) {
    std::copy(cells, cells + taken, row);
    std::fill(row + taken, row + lanes_, Element{0});
  }
  std::copy_n(from.starts.data() + from.count, taken, starts_.data());
  batch_.lanes.next_row = degree_;
  set_alive(0, taken);
}

}  // namespace gforbit::cycles::qary
