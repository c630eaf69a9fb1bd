#include "gforbit/search/maximal.hpp"

#include <algorithm>
#include <numeric>
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
constexpr int kFewestForSegments = 23;
static_assert(kFewestForSegments >= kFewestCellsOfLanes && kFewestForSegments <= kMostCellsOfLaneWalk + 1);

std::uint64_t states_of(const Function& function) {
  return std::uint64_t{1} << function.degree;
}

/// Joins segments to chains while the kernel finds them, and stops it when a chain has closed that does not
/// hold all marks but the zero state.
class ChainWatch {
 public:
  ChainWatch(const cycles::SegmentBlock& block, const core::StopSignal& outer)
      : block_(block), outer_(outer), first_(block.size()), last_(block.size()) {
    std::iota(first_.begin(), first_.end(), 0U);
    last_ = first_;
  }

  [[nodiscard]] core::StopSignal signal() { return {stop_.get_token(), &look_}; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

 private:
  /// The kernel begins with the marks in order: if none of so many has a segment, later ones have none.
  static constexpr std::uint32_t kAhead = 256;

  void look() {
    if (outer_.stop_requested()) stop_.request_stop();
    std::erase_if(pending_, [this](std::uint32_t mark) { return join(mark); });
    while (begun_ < block_.size() && any_known_ahead()) {
      const std::uint32_t end = ahead();
      for (; begun_ < end; ++begun_) {
        if (!join(begun_)) pending_.push_back(begun_);
      }
    }
    if (closed_) stop_.request_stop();
  }

  [[nodiscard]] std::uint32_t ahead() const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(block_.size(), begun_ + kAhead));
  }
  [[nodiscard]] bool any_known_ahead() const {
    for (std::uint32_t mark = begun_; mark < ahead(); ++mark) {
      if (!block_.is_open(mark)) return true;
    }
    return false;
  }

  /// Takes the segment of `mark` if it is known. @return it is
  bool join(std::uint32_t mark) {
    if (block_.is_open(mark)) return false;
    const auto next = static_cast<std::uint32_t>(block_.next(mark));
    const std::uint32_t first = first_[mark], last = last_[next];
    ++joined_;
    if (first == next) {
      if (joined_ + 1 < block_.size()) closed_ = true;
      return true;
    }
    last_[first] = last;
    first_[last] = first;
    return true;
  }

  const cycles::SegmentBlock& block_;
  const core::StopSignal& outer_;
  std::vector<std::uint32_t> first_;  ///< by last mark of a chain
  std::vector<std::uint32_t> last_;   ///< by first mark of a chain
  std::vector<std::uint32_t> pending_;
  std::uint32_t begun_ = 1;  ///< marks from here on were not looked at; 0 is the zero state
  std::uint64_t joined_ = 0;
  std::stop_source stop_;
  bool closed_ = false;
  const core::StopSignal::Look look_ = [this] { look(); };
};

/// Distinguished states: few enough that recording the segments costs little.
std::uint64_t marks_for(int degree) {
  constexpr int kFewest = 8, kMost = 15, kCellsBetween = 12;
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

std::optional<cycles::CycleCensus> all_cycles(const fsr::Feedback& feedback, std::uint64_t stored,
                                              cycles::SimdLevel level, const core::StopSignal& stop) {
  constexpr std::uint64_t kBytesPerMark = 8, kMemory = std::uint64_t{1} << 28;
  const fsr::Register reg(feedback);
  const std::uint64_t states = std::uint64_t{1} << feedback.degree();
  const auto marks =
      states <= cycles::kWholeLimit ? std::nullopt : cycles::bitsliced_marks(reg, kMemory, kBytesPerMark);
  auto map = marks ? cycles::map_bijection_bitsliced(reg, *marks, stored, level, stop)
                   : cycles::map_bijection(fsr::Stepper(reg), stored, stop);
  if (!map) return std::nullopt;
  if (!cycles::covers_all_states(states, map->cycles, 0))
    throw core::CertificateError("the periods found do not add up to all states");
  return std::move(map->cycles);
}

namespace {

/// Whether the cycle of `state` holds state ^ 1 too; nullopt if `stop` was requested first.
std::optional<bool> holds_partner(const fsr::Stepper& step, std::uint64_t state,
                                  const core::StopSignal& stop) {
  constexpr std::uint64_t kStopMask = (1 << 16) - 1;
  std::uint64_t at = state, steps = 0;
  do {
    at = step.next(at);
    if (at == (state ^ 1)) return true;
    if ((++steps & kStopMask) == 0 && stop.stop_requested()) return std::nullopt;
  } while (at != state);
  return false;
}

}  // namespace

std::optional<std::uint64_t> joining_state(const fsr::Feedback& feedback, cycles::SimdLevel level,
                                           const core::StopSignal& stop) {
  const auto two = all_cycles(feedback, 2, level, stop);
  if (!two) return std::nullopt;
  const std::vector<cycles::Cycle> rows = two->rows();
  const cycles::Cycle shorter = *std::ranges::min_element(rows, {}, &cycles::Cycle::period);
  const fsr::Stepper step{fsr::Register(feedback)};
  constexpr std::uint64_t kMostKept = 1 << 24;
  if (shorter.period <= kMostKept) {
    std::vector<std::uint64_t> states;
    for (std::uint64_t state = shorter.representative; states.size() < shorter.period;
         state = step.next(state))
      states.push_back(state);
    std::ranges::sort(states);
    for (const std::uint64_t state : states) {
      if (!std::ranges::binary_search(states, state ^ 1)) return state & ~std::uint64_t{1};
    }
  }
  // A state in so many is on the shorter cycle, so that few pairs are tried.
  for (std::uint64_t state = 0;; state += 2) {
    const auto same = holds_partner(step, state, stop);
    if (!same) return std::nullopt;
    if (!*same) return state;
  }
}

}  // namespace gforbit::search
