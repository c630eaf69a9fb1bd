#include "bitsliced_leaders.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <optional>

#include "bitsliced_prenecklace.hpp"

namespace gforbit::cycles::bitsliced {

RegisterLeaderLanes::RegisterLeaderLanes(const Tape& tape, const LevelFunctions& level)
    : level_(&level), memory_(std::make_unique<LaneMemory>(tape, level)) {
  batch_.lanes = memory_->lanes;
}

std::uint64_t LeaderSearch::run_class(std::uint64_t r, std::uint64_t end, const core::StopSignal& stop) {
  const int digits = degree_ - 1, lane_bits = tiers_.lane_bits();
  const int level = digits - static_cast<int>(std::bit_width(r));
  assert(level + 3 <= digits);
  const int shift = digits - level - 3;
  const auto leading = static_cast<int>(r >> shift);
  end = std::min(end, static_cast<std::uint64_t>(leading + 1) << shift);
  tiers_.begin_class(level, leading);

  // The lanes of a block are 2^lane_bits successive words r; with fewer than that in all, r's leading one is
  // a lane bit.
  const int prefix_digits = std::max(0, digits - lane_bits);
  const std::uint64_t top = std::uint64_t{1} << digits;
  std::optional<std::uint64_t> block =
      prefix_digits == 0 ? 0 : prenecklace_from(r >> lane_bits, prefix_digits);
  const std::uint64_t blocks_per_look = tiers_.blocks_per_look();
  for (std::uint64_t n = 1; block && *block << lane_bits < end; ++n) {
    if (n % blocks_per_look == 0 && stop.stop_requested()) break;
    const std::uint64_t first = *block << lane_bits, lanes = std::uint64_t{1} << lane_bits;
    const std::uint64_t in_block = digits < lane_bits ? top : 0;
    const std::uint64_t skipped = std::max(r, first) - first, last = std::min(end - first, lanes);
    tiers_.run_block((first | top) >> lane_bits, in_block + skipped, in_block + last);
    block = prefix_digits == 0 ? std::nullopt : next_prenecklace(*block, prefix_digits);
  }
  tiers_.drain(stop);
  return end;
}

}  // namespace gforbit::cycles::bitsliced
