#include "gforbit/search/maximal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stop_token>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/whole.hpp"
#include "lane_walk.hpp"
#include "word_walk.hpp"

namespace gforbit::search {

namespace {

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

/// From so many cells on, segments of one register in lanes are faster than a register a lane.
constexpr int kFewestForSegments = 22;
static_assert(kFewestForSegments >= kFewestCellsOfLanes && kFewestForSegments <= kMostCellsOfLaneWalk + 1);

std::uint64_t states_of(const Function& function) {
  return std::uint64_t{1} << function.degree;
}

/// Whether the segments known so far have a closed chain that does not hold all marks but the zero state.
bool some_chain_closed(const cycles::SegmentBlock& block, std::vector<std::uint32_t>& seen) {
  seen.assign(block.size(), 0);
  for (std::uint32_t start = 1; start < block.size(); ++start) {
    std::uint64_t mark = start, length = 0;
    while (seen[mark] == 0 && !block.is_open(mark)) {
      seen[mark] = start;
      mark = block.next(mark);
      ++length;
    }
    if (seen[mark] == start && !block.is_open(mark)) return length + 1 < block.size();
  }
  return false;
}

/// Looks at the segments while they are found, and stops the kernel when a chain has closed.
class ChainWatch {
 public:
  ChainWatch(const cycles::SegmentBlock& block, const core::StopSignal& outer)
      : block_(block), outer_(outer) {}

  [[nodiscard]] core::StopSignal signal() { return {stop_.get_token(), &look_}; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

 private:
  /// Shares of the segments, in 64ths, at which all chains are looked at.
  static constexpr std::array<int, 6> kShares = {32, 40, 48, 54, 59, 62};

  void look() {
    if (outer_.stop_requested()) stop_.request_stop();
    if (next_share_ == kShares.size() || known_of_64() < kShares[next_share_]) return;
    ++next_share_;
    closed_ = some_chain_closed(block_, seen_);
    if (closed_) stop_.request_stop();
  }

  /// Of 64 marks spread over all.
  [[nodiscard]] int known_of_64() const {
    int known = 0;
    for (std::uint64_t i = 0; i < 64; ++i) known += block_.is_open(i * block_.size() / 64 + 1) ? 0 : 1;
    return known;
  }

  const cycles::SegmentBlock& block_;
  const core::StopSignal& outer_;
  std::stop_source stop_;
  bool closed_ = false;
  std::size_t next_share_ = 0;
  std::vector<std::uint32_t> seen_;
  const core::StopSignal::Look look_ = [this] { look(); };
};

/// Distinguished states: few enough that recording the segments costs little.
std::uint64_t marks_for(int degree) {
  constexpr int kFewest = 8, kMost = 16, kCellsBetween = 12;
  return std::uint64_t{1} << std::clamp(degree - kCellsBetween, kFewest, kMost);
}

}  // namespace

std::optional<bool> has_maximal_period_by_walk(const Function& function, const core::StopSignal& stop) {
  constexpr int kWordBits = 64, kFixedZeros = 3;
  const std::uint64_t period =
      WordWalk(faster_direction(function), kWordBits, kFixedZeros).period_of_one(1, 0, stop);
  if (period == 0) return std::nullopt;
  return period == states_of(function) - 1;
}

std::optional<bool> has_maximal_period_by_segments(const Function& function, cycles::SimdLevel level,
                                                   const core::StopSignal& stop) {
  const fsr::Register reg(faster_direction(function).feedback());
  const std::uint64_t states = states_of(function), marks = marks_for(function.degree);
  const core::StateRange range{{0}, {marks}};
  cycles::SegmentBlock block(range);
  cycles::Findings findings;
  ChainWatch watch(block, stop);
  cycles::make_bitsliced_kernel(reg, marks, {states, marks, 0, marks}, level, 0)
      ->segments(range, kNoLimit, block, findings, watch.signal());
  if (watch.closed()) return false;
  if (stop.stop_requested()) return std::nullopt;
  std::uint64_t mark = 1, steps = 0;
  do {
    steps += block.length(mark);
    mark = block.next(mark);
  } while (mark != 1);
  return steps == states - 1;
}

std::optional<std::vector<bool>> have_maximal_period(std::span<const Function> functions,
                                                     cycles::SimdLevel level, const core::StopSignal& stop) {
  if (functions.empty()) return std::vector<bool>{};
  const std::uint64_t maximal = states_of(functions.front()) - 1;
  std::vector<bool> found;
  if (functions.front().degree < kFewestForSegments && has_lane_walk(level)) {
    const auto periods = periods_of_one(functions, level, stop);
    if (!periods) return std::nullopt;
    for (const std::uint64_t period : *periods) found.push_back(period == maximal);
    return found;
  }
  for (const Function& function : functions) {
    const auto is_maximal = function.degree < kFewestForSegments
                                ? has_maximal_period_by_walk(function, stop)
                                : has_maximal_period_by_segments(function, level, stop);
    if (!is_maximal) return std::nullopt;
    found.push_back(*is_maximal);
  }
  return found;
}

std::optional<cycles::CycleCensus> all_cycles(const Function& function, cycles::SimdLevel level,
                                              const core::StopSignal& stop) {
  constexpr std::uint64_t kBytesPerMark = 8, kMemory = std::uint64_t{1} << 28;
  const fsr::Register reg(function.feedback());
  const std::uint64_t states = states_of(function);
  const auto marks =
      states <= cycles::kWholeLimit ? std::nullopt : cycles::bitsliced_marks(reg, kMemory, kBytesPerMark);
  auto map = marks ? cycles::map_bijection_bitsliced(reg, *marks, 0, level, stop)
                   : cycles::map_bijection(fsr::Stepper(reg), 0, stop);
  if (!map) return std::nullopt;
  if (!cycles::covers_all_states(states, map->cycles, 0))
    throw core::CertificateError("the periods found do not add up to all states");
  return std::move(map->cycles);
}

}  // namespace gforbit::search
