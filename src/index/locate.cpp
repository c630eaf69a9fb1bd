#include "gforbit/index/locate.hpp"

#include <algorithm>
#include <cassert>

#include "gforbit/core/error.hpp"
#include "parallel.hpp"
#include "walk.hpp"

namespace gforbit::index {

namespace {

[[noreturn]] void fail(const char* what) {
  throw core::InputError(std::string("the index contradicts its register: ") + what +
                         "; gforbit verify FILE --all says more");
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b, std::uint64_t period) {
  return a >= b ? a - b : a + (period - b);
}

/// Fewer states are located one at a time.
constexpr std::uint64_t kFewStates = 64;
/// In a piece for one thread, so that the lanes are full most of the time.
constexpr std::uint64_t kPiecesOfLanes = 64;

std::uint64_t plus(std::uint64_t a, std::uint64_t b, std::uint64_t period) {
  return minus(a, period - b, period);
}

}  // namespace

Locator::Locator(const fsr::Register& reg, const OrbitView& view) : step_(reg), view_(view) {
  if (cycles::bitsliced_applies(reg, view.marks()) && cycles::best_simd_level() != cycles::SimdLevel::scalar)
    lanes_ = std::make_shared<cycles::WalksToMarks>(reg, view.marks(), cycles::best_simd_level());
}

IndexedCycle Locator::cycle(std::uint64_t row) const {
  if (row >= view_.n_cycles()) fail("a distinguished state is on a cycle that the table does not have");
  const IndexedCycle cycle = view_.cycle(row);
  if (cycle.period == 0 || cycle.period > view_.states() || cycle.representative >= view_.states() ||
      cycle.first > view_.n_ordered())
    fail("a row of the table of cycles is out of range");
  return cycle;
}

std::uint64_t Locator::mark_in_order(std::uint64_t place) const {
  if (place >= view_.n_ordered()) fail("the distinguished states of a cycle are out of range");
  const std::uint64_t mark = view_.ordered(place);
  if (mark >= view_.marks()) fail("the order of the distinguished states is out of range");
  return mark;
}

Place Locator::locate(std::uint64_t state) const {
  assert(state < view_.states());
  if (state < view_.marks()) return at_mark(state, state, 0);
  const Walk walk = walk_to_mark(step_, state, view_.marks());
  return walk.period == 0 ? at_mark(walk.state, state, walk.steps) : unmarked(state, walk.period);
}

/// A state that is `steps` steps before a mark, and the first one on that walk.
Place Locator::at_mark(std::uint64_t mark, std::uint64_t start, std::uint64_t steps) const {
  Place place;
  place.cycle = view_.cycle_of(mark);
  const IndexedCycle on = cycle(place.cycle);
  place.representative = on.representative;
  place.period = on.period;
  place.position = view_.position(mark);
  if (place.position >= on.period) fail("a position is not below the period of its cycle");
  if (view_.nonsingular() || steps == 0) {
    place.distance = view_.distance(mark);
    if (steps > on.period) fail("a walk to a distinguished state is longer than its cycle");
    place.position = minus(place.position, steps % on.period, on.period);
    place.entry = place.distance == 0 ? start : state_at(place.cycle, place.position);
    return place;
  }
  if (const std::uint64_t distance = view_.distance(mark); distance > 0) {
    place.distance = steps + distance;
    place.entry = state_at(place.cycle, place.position);
    return place;
  }
  return in_front_of_cycle(place, mark, start, steps);
}

/// The mark is on the cycle; the state may be, too.
Place Locator::in_front_of_cycle(Place place, std::uint64_t mark, std::uint64_t start,
                                 std::uint64_t steps) const {
  const IndexedCycle on = cycle(place.cycle);
  const std::uint64_t at = place_before(place.cycle, place.position);
  if (mark_in_order(at) != mark) fail("a distinguished state is not where its position says");
  const std::uint64_t end = view_.end_of(place.cycle);
  const std::uint64_t before = mark_in_order(at == on.first ? end - 1 : at - 1);
  const std::uint64_t length =
      before == mark ? on.period : minus(place.position, view_.position(before), on.period);
  const Entry entry = entry_before_mark(step_, start, steps, before, length);
  place.distance = entry.distance;
  place.entry = entry.state;
  place.position = minus(place.position, (steps - entry.distance) % on.period, on.period);
  return place;
}

/// The walk ends in a cycle without a mark.
Place Locator::unmarked(std::uint64_t start, std::uint64_t period) const {
  const Entry entry = view_.nonsingular() ? Entry{start, 0} : entry_of(step_, start, period);
  const Smallest smallest = smallest_of(step_, entry.state, period);
  std::uint64_t row = 0, end = view_.n_cycles();
  while (row < end) {
    const std::uint64_t middle = row + (end - row) / 2;
    if (view_.cycle(middle).representative < smallest.state) {
      row = middle + 1;
    } else {
      end = middle;
    }
  }
  if (row == view_.n_cycles() || cycle(row).representative != smallest.state || cycle(row).period != period)
    fail("a cycle without a distinguished state is not in the table");
  return {row, smallest.state, period, minus(0, smallest.steps, period), entry.distance, entry.state};
}

/// Of the marks of a cycle the last one at or before a position: its place in the order.
std::uint64_t Locator::place_before(std::uint64_t row, std::uint64_t position) const {
  std::uint64_t first = cycle(row).first, end = view_.end_of(row);
  if (end > view_.n_ordered() || first >= end) fail("the distinguished states of a cycle are out of range");
  while (end - first > 1) {
    const std::uint64_t middle = first + (end - first) / 2;
    if (view_.position(mark_in_order(middle)) <= position) {
      first = middle;
    } else {
      end = middle;
    }
  }
  return first;
}

std::uint64_t Locator::state_at(std::uint64_t row, std::uint64_t position) const {
  const IndexedCycle on = cycle(row);
  assert(position < on.period);
  if (view_.end_of(row) == on.first) return advance(step_, on.representative, position);
  const std::uint64_t mark = mark_in_order(place_before(row, position));
  const std::uint64_t from = view_.position(mark);
  if (from > position) fail("the first distinguished state of a cycle is not at position 0");
  return advance(step_, mark, position - from);
}

std::uint64_t Locator::jump(std::uint64_t state, const core::Natural& steps) const {
  const Place place = locate(state);
  if (steps < place.distance) return advance(step_, state, static_cast<std::uint64_t>(steps));
  const auto on_cycle = static_cast<std::uint64_t>((steps - place.distance) % place.period);
  return state_at(place.cycle, plus(place.position, on_cycle, place.period));
}

std::optional<std::uint64_t> Locator::distance(std::uint64_t from, std::uint64_t to) const {
  if (from == to) return 0;
  const Place a = locate(from), b = locate(to);
  if (a.cycle != b.cycle) return std::nullopt;
  if (b.distance == 0) return a.distance + minus(b.position, a.position, a.period);
  if (a.distance <= b.distance) return std::nullopt;
  const std::uint64_t steps = a.distance - b.distance;
  return advance(step_, from, steps) == to ? std::optional(steps) : std::nullopt;
}

std::vector<Place> Locator::locate_all(std::span<const std::uint64_t> states, int threads) const {
  std::vector<Place> places(states.size());
  const auto piece = lanes_ ? std::clamp<std::uint64_t>(states.size() / static_cast<std::uint64_t>(threads),
                                                        1, kPiecesOfLanes * lanes_->lanes())
                            : kFewStates;
  for_pieces(states.size(), piece, threads, [&](std::uint64_t begin, std::uint64_t end) {
    const auto part = states.subspan(begin, end - begin);
    const auto found = std::span(places).subspan(begin, end - begin);
    if (lanes_ && part.size() >= kFewStates) return locate_in_lanes(part, found);
    for (std::size_t i = 0; i < part.size(); ++i) found[i] = locate(part[i]);
  });
  return places;
}

/// Walks that do not end soon are left to locate().
void Locator::locate_in_lanes(std::span<const std::uint64_t> states, std::span<Place> places) const {
  constexpr std::uint64_t kSegmentsPerWalk = 32;
  const std::uint64_t limit = kSegmentsPerWalk * (view_.states() / view_.marks());
  const cycles::SegmentBlock walks = lanes_->walk(states, limit);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const bool in_lane = states[i] >= view_.marks() && !walks.is_open(i);
    places[i] = in_lane ? at_mark(walks.next(i), states[i], walks.length(i)) : locate(states[i]);
  }
}

}  // namespace gforbit::index
