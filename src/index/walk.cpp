#include "walk.hpp"

#include <algorithm>

namespace gforbit::index {

Walk walk_to_mark(const fsr::Stepper& step, std::uint64_t start, std::uint64_t marks) {
  std::uint64_t tortoise = start, hare = start, power = 1, lap = 0, steps = 0;
  do {
    if (lap == power) {
      tortoise = hare;
      power *= 2;
      lap = 0;
    }
    hare = step.next(hare);
    ++lap;
    ++steps;
  } while (hare >= marks && hare != tortoise);
  if (hare < marks) return {hare, steps, 0};
  return {hare, steps, lap};
}

Entry entry_of(const fsr::Stepper& step, std::uint64_t start, std::uint64_t period) {
  std::uint64_t ahead = advance(step, start, period);
  Entry entry{start, 0};
  for (; entry.state != ahead; ++entry.distance) {
    entry.state = step.next(entry.state);
    ahead = step.next(ahead);
  }
  return entry;
}

Entry entry_before_mark(const fsr::Stepper& step, std::uint64_t start, std::uint64_t steps,
                        std::uint64_t before, std::uint64_t length) {
  // No mark lies between, so the walk is not on the cycle before the state after `before`.
  // Where a forged file names another mark, the two walks do not meet: then the walk ends at the mark.
  const std::uint64_t common = std::min(steps, length - std::min<std::uint64_t>(length, 1));
  Entry entry{advance(step, start, steps - common), steps - common};
  std::uint64_t on_cycle = advance(step, before, length - common);
  for (; entry.state != on_cycle && entry.distance < steps; ++entry.distance) {
    entry.state = step.next(entry.state);
    on_cycle = step.next(on_cycle);
  }
  return entry;
}

Smallest smallest_of(const fsr::Stepper& step, std::uint64_t start, std::uint64_t period) {
  Smallest smallest{start, 0};
  std::uint64_t state = start;
  for (std::uint64_t i = 1; i < period; ++i) {
    state = step.next(state);
    if (state < smallest.state) smallest = {state, i};
  }
  return smallest;
}

}  // namespace gforbit::index
