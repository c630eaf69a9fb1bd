#include "system_leaders.hpp"

#include <algorithm>
#include <bit>

#include "bitsliced_prenecklace.hpp"

namespace gforbit::cycles::bitsliced {

SystemLeaderLanes::SystemLeaderLanes(const SystemLayout& layout, const SystemFunctions& functions)
    : functions_(&functions), memory_(std::make_unique<SystemMemory>(layout)) {
  batch_.last.lanes = memory_->last;
  batch_.others = memory_->others;
}

QueueMemory SystemLeaderLanes::queue() const {
  Lanes all = batch_.last.lanes;
  all.degree = batch_.others.cells;
  return QueueMemory(all);
}

std::uint64_t SystemLeaderSearch::candidate_block(std::uint64_t block) const {
  const int digits = cells_ - tiers_.lane_bits();  // of a block
  const int seen = std::min(digits, last_run_);
  if (seen <= 0) return block;
  const int others = digits - seen;
  const std::uint64_t word = block >> others, next = prenecklace_from(word, seen);
  return next == word ? block : next << others;
}

/// From i to the end of its class or to `end`; where it ended. A class are the states with the same number of
/// leading zeros and the same two digits behind the leading one.
std::uint64_t SystemLeaderSearch::run_class(std::uint64_t i, std::uint64_t end,
                                            const core::StopSignal& stop) {
  const int level = cells_ - static_cast<int>(std::bit_width(i));
  const int shift = std::max(0, cells_ - level - 3);
  const std::uint64_t leading = i >> shift;
  end = std::min(end, (leading + 1) << shift);
  // 4 to 7, as far as the last run can be seen; 4 says no more than the leading one.
  const int hidden = looks_deep(last_run_, level) ? 2 : std::max(0, level + 3 - last_run_);
  tiers_.begin_class(level, static_cast<int>(leading >> hidden << hidden));

  const int lane_bits = tiers_.lane_bits();
  const std::uint64_t lanes = std::uint64_t{1} << lane_bits, blocks_per_look = tiers_.blocks_per_look();
  std::uint64_t block = candidate_block(i >> lane_bits);
  for (std::uint64_t n = 1; block << lane_bits < end; ++n) {
    if (n % blocks_per_look == 0 && stop.stop_requested()) break;
    const std::uint64_t first = block << lane_bits;
    tiers_.run_block(block, std::max(i, first) - first, std::min(end - first, lanes));
    block = candidate_block(block + 1);
  }
  tiers_.drain(stop);
  return end;
}

}  // namespace gforbit::cycles::bitsliced
