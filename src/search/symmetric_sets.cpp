#include "symmetric_sets.hpp"

#include <algorithm>

#include "combinations.hpp"

namespace gforbit::search {

/// Calls `action(shape)` until it returns false.
template <class Action>
void SymmetricSets::for_each_shape(bool own, Action action) const {
  for (std::uint64_t one = own ? 0 : 1; one <= (own ? 0 : std::min(k_, pairs_)); ++one) {
    for (std::uint64_t both = 0; one + 2 * both <= k_; ++both) {
      const Shape shape{one, both, k_ - one - 2 * both};
      if (shape.fixed <= fixed_ && one + both <= pairs_ && !action(shape)) return;
    }
  }
}

/// The first pair with one point has its first one in the set: else the image is meant.
std::uint64_t SymmetricSets::sets(const Shape& shape) const noexcept {
  const std::uint64_t sides =
      shape.one > 63 ? kTooMany : std::uint64_t{1} << (shape.one > 0 ? shape.one - 1 : 0);
  return product(product(binomial(pairs_, shape.one), sides),
                 product(binomial(pairs_ - shape.one, shape.both), binomial(fixed_, shape.fixed)));
}

std::uint64_t SymmetricSets::count(bool own) const noexcept {
  std::uint64_t sum = 0;
  for_each_shape(own, [&](const Shape& shape) {
    sum = std::min(kTooMany, sum + sets(shape));
    return true;
  });
  return sum;
}

std::uint64_t SymmetricSets::own_images() const noexcept {
  return count(true);
}

std::uint64_t SymmetricSets::image_pairs() const noexcept {
  return count(false);
}

std::vector<std::uint64_t> SymmetricSets::set(bool own, std::uint64_t number) const {
  Shape shape;
  for_each_shape(own, [&](const Shape& other) {
    shape = other;
    if (number < sets(other)) return false;
    number -= sets(other);
    return true;
  });
  const auto take = [&number](std::uint64_t choices) {
    const std::uint64_t digit = number % choices;
    number /= choices;
    return digit;
  };
  std::vector<std::uint64_t> points;
  for (const std::uint64_t point : combination(take(binomial(fixed_, shape.fixed)), shape.fixed))
    points.push_back(2 * pairs_ + point);
  const auto ones = combination(take(binomial(pairs_, shape.one)), shape.one);
  for (std::size_t i = 0; i < ones.size(); ++i) points.push_back(2 * ones[i] + (i == 0 ? 0 : take(2)));
  // The other pairs, numbered without those.
  for (std::uint64_t pair : combination(take(binomial(pairs_ - shape.one, shape.both)), shape.both)) {
    for (auto one = ones.rbegin(); one != ones.rend() && *one <= pair; ++one) ++pair;
    points.insert(points.end(), {2 * pair, 2 * pair + 1});
  }
  return points;
}

std::vector<std::uint64_t> SymmetricSets::own_image(std::uint64_t number) const {
  return set(true, number);
}

std::vector<std::uint64_t> SymmetricSets::one_of_pair(std::uint64_t number) const {
  return set(false, number);
}

}  // namespace gforbit::search
