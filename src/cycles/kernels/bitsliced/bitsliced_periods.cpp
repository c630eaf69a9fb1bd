// Short cycles: for each period p the recurrence is folded onto a word of p digits.
//
// With indices modulo p, s_{n+d} + f(s_n, ...) = 0 is an equation h between digits of a word, the same at
// every place. Where a digit stands alone in h (a term of its own, in no product), h says how that digit
// follows from the others: it is a register again. Of such digits the one with the largest gap behind it is
// taken, because the register then has only p minus that gap cells; behind it in either direction of time,
// since a reversed word is as good. All its states are tried in bulk: walk on, and drop lanes as soon as the
// word is not p-periodic; half of them at each step. Without such a digit all words of p digits are tried on
// the register itself.

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <unordered_set>
#include <vector>

#include "bitsliced_lanes.hpp"
#include "bitsliced_prenecklace.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::cycles {

namespace {

using bitsliced::kGroup;
using bitsliced::LaneMemory;
using bitsliced::Lanes;
using Product = std::uint64_t;  // bit i: digit i of the word is a factor

/// Steps that a block of lanes takes until all are dead, beyond those that complete a period.
constexpr double kStepsToDie = 24;
/// Loading a block of words, in steps.
constexpr double kStepsToLoad = 16;

/// Products of a recurrence, at most.
constexpr double kMostProducts = 1 << 12;

/// The digits of a word of `period` digits that these cells are.
Product digits_of(std::uint64_t cells, int period) {
  Product digits = 0;
  for (; cells != 0; cells &= cells - 1) digits |= Product{1} << (std::countr_zero(cells) % period);
  return digits;
}

/// The recurrence on words of `period` digits: the sum of these products is 0 at every place. nullopt: they
/// are too many.
std::optional<std::set<Product>> fold(std::span<const fsr::SignedProduct> feedback, int degree, int period) {
  std::vector<fsr::SignedProduct> folded{{Product{1} << (degree % period), Product{1} << (degree % period)}};
  double products = 0;
  for (const fsr::SignedProduct& product : feedback) {
    const Product ones = digits_of(product.ones, period);
    const Product complements = digits_of(product.cells & ~product.ones, period);
    if ((ones & complements) != 0) continue;
    folded.push_back({ones | complements, ones});
    products += std::ldexp(1, std::popcount(complements));
  }
  if (products > kMostProducts) return std::nullopt;
  std::set<Product> sum;
  for (const fsr::SignedProduct& product : folded) {
    fsr::for_each_monomial(product, [&](Product monomial) {
      if (!sum.insert(monomial).second) sum.erase(monomial);
    });
  }
  return sum;
}

/// The products with time reversed.
std::set<Product> reversed(const std::set<Product>& sum, int period) {
  std::set<Product> result;
  for (const Product product : sum) {
    Product r = 0;
    for (int digit = 0; digit < period; ++digit) r |= (product >> digit & 1) << ((period - digit) % period);
    result.insert(r);
  }
  return result;
}

/// A digit that is computed from the others, and how many cells that takes.
struct Solution {
  std::set<Product> sum;
  bool reversed = false;
  int digit = 0;
  int cells = 0;
};

void solve(const std::set<Product>& sum, int period, bool is_reversed, std::optional<Solution>& best) {
  Product used = 0, in_products = 0;
  for (const Product p : sum) {
    used |= p;
    if (std::popcount(p) > 1) in_products |= p;
  }
  for (int digit = 0; digit < period; ++digit) {
    const Product bit = Product{1} << digit;
    if (!sum.contains(bit) || (in_products & bit) != 0) continue;
    int gap = 1;
    while (gap < period && (used >> ((digit + gap) % period) & 1) == 0) ++gap;
    if (!best || period - gap < best->cells) best = Solution{sum, is_reversed, digit, period - gap};
  }
}

/// The cheapest solution in either direction of time, if there is any.
std::optional<Solution> solve(const std::optional<std::set<Product>>& sum, int period) {
  std::optional<Solution> best;
  if (!sum) return best;
  solve(*sum, period, false, best);
  solve(reversed(*sum, period), period, true, best);
  return best;
}

/// The register that computes the digit: its cell 0 is the first digit in use behind it.
fsr::Feedback folded_register(const galois::Field& field, const Solution& solution, int period) {
  const int first = solution.digit - solution.cells + period;
  std::vector<fsr::Term> terms;
  for (const Product product : solution.sum) {
    if (product == Product{1} << solution.digit) continue;
    fsr::Term term{1, {}};
    for (int digit = 0; digit < period; ++digit) {
      if ((product >> digit & 1) != 0) term.factors.push_back({(digit - first + 2 * period) % period, 1});
    }
    terms.push_back(std::move(term));
  }
  return fsr::Feedback::from_terms(field, std::max(1, solution.cells), std::move(terms));
}

std::uint64_t reversed_word(std::uint64_t word, int period) {
  std::uint64_t result = 0;
  for (int i = 0; i < period; ++i) result |= (word >> i & 1) << (period - 1 - i);
  return result;
}

/// The last `period` cells of a lane, the oldest one lowest.
std::uint64_t word_of(const Lanes& lanes, int period, int lane) {
  Lanes last = lanes;
  last.degree = period;
  return bitsliced::state_of(last, lane);
}

}  // namespace

struct ShortCycles::Impl {
  Impl(const fsr::Register& r, SimdLevel simd)
      : reg(r),
        products(fsr::signed_products(r.feedback())),
        step(r),
        level(bitsliced::functions_of(simd)),
        tape(bitsliced::make_tape(r.feedback())) {}

  /// Steps to find the cycles of one period.
  [[nodiscard]] double cost(int period) const {
    const auto sum = fold(products, reg.degree(), period);
    if (sum == std::set<Product>{0}) return 0;
    if (const auto solution = solve(sum, period)) {
      return std::ldexp(period - solution->cells + kStepsToDie, solution->cells);
    }
    if (period > reg.degree()) return std::numeric_limits<double>::infinity();
    // With nothing to obey, every word is a cycle.
    const double steps = sum && sum->empty() ? 1000 : kStepsToLoad + kStepsToDie;
    return std::ldexp(1.5 * steps / period, period);
  }

  /// Calls use(word) for periodic words, at least one rotation of every word that obeys the recurrence.
  template <class Use>
  void words(int period, const core::StopSignal& stop, Use use) const {
    const auto sum = fold(products, reg.degree(), period);
    if (sum == std::set<Product>{0}) return;  // 1 = 0
    if (const auto solution = solve(sum, period)) {
      walk_folded(folded_register(reg.field(), *solution, period), period, stop,
                  [&](std::uint64_t word) { use(solution->reversed ? reversed_word(word, period) : word); });
    } else {
      try_words(period, stop, use);
    }
  }

  template <class Use>
  void walk_folded(const fsr::Feedback& feedback, int period, const core::StopSignal& stop, Use use) const {
    const auto folded_tape = bitsliced::make_tape(feedback);
    LaneMemory memory(folded_tape, level, period);
    bitsliced::PeriodBatch batch{memory.lanes, period};
    Lanes& lanes = batch.lanes;
    const int cells = feedback.degree();
    const auto lane_count = static_cast<std::uint64_t>(64 * lanes.words);
    const std::uint64_t states = std::uint64_t{1} << cells;
    for (std::uint64_t first = 0; first < states && !stop.stop_requested(); first += lane_count) {
      level.load_block(lanes, first / lane_count, 0, std::min(lane_count, states - first));
      level.walk(lanes, groups_of(period - cells));
      // Periodic for as many steps as there are cells is periodic for ever.
      if (level.periods_run(batch, groups_of(cells))) {
        for_each_alive(lanes, [&](int lane) { use(word_of(lanes, period, lane)); });
      }
    }
  }

  template <class Use>
  void try_words(int period, const core::StopSignal& stop, Use use) const {
    LaneMemory memory(tape, level);
    bitsliced::PeriodBatch batch{memory.lanes, period};
    Lanes& lanes = batch.lanes;
    const int lane_bits = std::countr_zero(static_cast<unsigned>(64 * lanes.words));
    const int prefix_digits = std::max(0, period - lane_bits);
    std::optional<std::uint64_t> block = 0;
    while (block && !stop.stop_requested()) {
      lanes.degree = period;
      level.load_block(lanes, *block, 0, std::uint64_t{1} << std::min(period, lane_bits));
      lanes.degree = tape.degree;
      repeat_backwards(lanes, period);
      if (level.periods_run(batch, groups_of(period))) {
        for_each_alive(lanes, [&](int lane) { use(word_of(lanes, period, lane)); });
      }
      block = prefix_digits == 0 ? std::nullopt : bitsliced::next_prenecklace(*block, prefix_digits);
    }
  }

  /// The cells before the last `period` ones are those a period later.
  static void repeat_backwards(Lanes& lanes, int period) {
    const auto words = static_cast<std::ptrdiff_t>(lanes.words);
    std::uint64_t* row = lanes.rows + (lanes.next_row - period) * words;
    for (int i = period; i < lanes.degree; ++i) {
      row -= words;
      std::copy_n(row + period * words, words, row);
    }
  }

  static std::uint64_t groups_of(int steps) {
    return static_cast<std::uint64_t>((steps + kGroup - 1) / kGroup);
  }

  /// The smallest state on the cycle of a word; nullopt if its period is a proper divisor.
  [[nodiscard]] std::optional<std::uint64_t> smallest_state(std::uint64_t word, int period) const {
    const int degree = reg.degree();
    std::uint64_t state = 0;
    for (int i = 0; i < degree; ++i) state |= (word >> (i % period) & 1) << i;
    const std::uint64_t begin = state;
    std::uint64_t smallest = state;
    for (int n = 1; n < period; ++n) {
      state = step.next(state);
      smallest = std::min(smallest, state);
      if (state == begin) return std::nullopt;
    }
    if (step.next(state) != begin) throw core::CertificateError("a word taken for a short cycle is none");
    return smallest;
  }

  fsr::Register reg;
  std::vector<fsr::SignedProduct> products;
  fsr::Stepper step;
  const bitsliced::LevelFunctions& level;
  bitsliced::Tape tape;
};

ShortCycles::ShortCycles(const fsr::Register& reg, SimdLevel level)
    : impl_(std::make_unique<Impl>(reg, level)) {}
ShortCycles::~ShortCycles() = default;
ShortCycles::ShortCycles(ShortCycles&&) noexcept = default;
ShortCycles& ShortCycles::operator=(ShortCycles&&) noexcept = default;

int ShortCycles::longest(double steps) const {
  int period = 0;
  while (period < kLongest) {
    steps -= impl_->cost(period + 1);
    if (steps < 0) break;
    ++period;
  }
  return period;
}

void ShortCycles::find(int period, const Partition& partition, Findings& findings,
                       core::StopSignal stop) const {
  assert(period >= 1 && period <= kLongest && std::isfinite(impl_->cost(period)));
  findings.seen.resize(partition.size(), 0);
  std::unordered_set<std::uint64_t> found;
  impl_->words(period, stop, [&](std::uint64_t word) {
    const auto smallest = impl_->smallest_state(word, period);
    if (!smallest || partition.class_of(*smallest) == 0 || !found.insert(*smallest).second) return;
    findings.cycles.push_back({*smallest, static_cast<std::uint64_t>(period)});
    std::uint64_t x = *smallest;
    for (int n = 0; n < period; ++n, x = impl_->step.next(x)) ++findings.seen[partition.class_of(x)];
  });
  std::ranges::sort(findings.cycles);
  findings.steps += static_cast<std::uint64_t>(impl_->cost(period));
}

}  // namespace gforbit::cycles
