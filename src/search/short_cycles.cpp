#include "gforbit/search/short_cycles.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>
#include <optional>

#include "word_search.hpp"

namespace gforbit::search {

namespace {

/// The recurrence with indices modulo p: equal monomials cancel, the output is a linear term.
struct Folded {
  std::uint64_t linear = 0;
  std::vector<std::uint64_t> products;
};

Folded fold(const Function& function, int period) {
  const std::uint64_t digits = (std::uint64_t{1} << period) - 1;
  Folded folded;
  for (std::uint64_t rest = function.linear ^ std::uint64_t{1} << function.degree; rest != 0; rest >>= period)
    folded.linear ^= rest & digits;
  for (const std::uint64_t product : function.products) {
    std::uint64_t mask = 0;
    for (std::uint64_t rest = product; rest != 0; rest >>= period) mask |= rest & digits;
    if (std::has_single_bit(mask)) {
      folded.linear ^= mask;
    } else if (const auto equal = std::ranges::find(folded.products, mask); equal != folded.products.end()) {
      folded.products.erase(equal);
    } else {
      folded.products.push_back(mask);
    }
  }
  return folded;
}

std::uint64_t image_of(std::uint64_t mask, const std::vector<std::uint8_t>& places) {
  std::uint64_t image = 0;
  for (; mask != 0; mask &= mask - 1)
    image |= std::uint64_t{1} << places[static_cast<std::size_t>(std::countr_zero(mask))];
  return image;
}

/// The digit `shift` places ahead becomes digit 0.
std::uint64_t rotated(std::uint64_t mask, int shift, int period) {
  if (shift == 0) return mask;
  return (mask >> shift | mask << (period - shift)) & ((std::uint64_t{1} << period) - 1);
}

/// A window on the circle: it ends with a digit that stands alone.
struct Window {
  const std::vector<std::uint8_t>* places = nullptr;
  int first = 0, size = 0;  ///< size: without the last digit
};

/// The smallest window of the places in use, which ends with one of `alone`.
void improve(Window& best, std::uint64_t used, std::uint64_t alone, const std::vector<std::uint8_t>& places,
             int period) {
  for (std::uint64_t ends = alone; ends != 0; ends &= ends - 1) {
    const int end = std::countr_zero(ends);
    // Behind it the next place in use; all the way round if there is no other one.
    const std::uint64_t behind = rotated(used, (end + 1) % period, period);
    const int gap = std::countr_zero(behind) + 1;
    if (period - gap >= best.size) continue;
    best = {&places, (end + gap) % period, period - gap};
  }
}

}  // namespace

ShortCycles::ShortCycles(cycles::SimdLevel level) : level_(level), multipliers_(kLongest + 1) {
  for (int period = 1; period <= kLongest; ++period) {
    for (int factor = 1; factor <= std::max(1, period - 1); ++factor) {
      if (std::gcd(factor, period) != 1) continue;
      auto& places = multipliers_[static_cast<std::size_t>(period)].emplace_back();
      for (int place = 0; place < period; ++place)
        places.push_back(static_cast<std::uint8_t>(place * factor % period));
    }
  }
}

bool ShortCycles::exist(const Function& function, int period) const {
  return exist_at_cost(function, period, 0x1p64);
}

bool ShortCycles::exist_at_cost(const Function& function, int period, double most) const {
  assert(period >= 1 && period <= kLongest);
  const Folded folded = fold(function, period);
  std::uint64_t in_products = 0;
  for (const std::uint64_t product : folded.products) in_products |= product;
  const std::uint64_t used = folded.linear | in_products, alone = folded.linear & ~in_products;
  if (used == 0) return true;  // every word obeys 0 = 0
  Window window{nullptr, 0, period};
  for (const auto& places : multipliers_[static_cast<std::size_t>(period)])
    improve(window, image_of(used, places), image_of(alone, places), places, period);
  if (static_cast<double>(std::uint64_t{1} << window.size) >= most) return false;
  WordProblem problem{period, window.size, folded.linear, folded.products};
  if (window.places != nullptr) {
    const auto placed = [&](std::uint64_t mask) {
      return rotated(image_of(mask, *window.places), window.first, period);
    };
    problem.linear = placed(folded.linear) & ~(std::uint64_t{1} << window.size);
    for (std::uint64_t& product : problem.products) product = placed(product);
  }
  return word_exists(problem, level_);
}

}  // namespace gforbit::search
