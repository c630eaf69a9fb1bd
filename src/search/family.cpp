#include "gforbit/search/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <span>

#include "combinations.hpp"
#include "symmetric_sets.hpp"

namespace gforbit::search {

namespace {

/// The monomial with cells x_1 to x_{n-1} of this rank among those of its degree.
std::uint64_t monomial(std::uint64_t rank, std::uint64_t degree) {
  std::uint64_t mask = 0;
  for (const std::uint64_t cell : combination(rank, degree)) mask |= std::uint64_t{2} << cell;
  return mask;
}

std::uint64_t monomial_rank(std::uint64_t mask) {
  std::uint64_t rank = 0;
  for (std::uint64_t cells = mask >> 1, k = 1; cells != 0; cells &= cells - 1, ++k)
    rank += binomial(static_cast<std::uint64_t>(std::countr_zero(cells)), k);
  return rank;
}

/// x_i becomes x_{n-i}, for cells x_1 to x_{n-1}.
std::uint64_t reversed_mask(std::uint64_t mask, int n) {
  std::uint64_t image = 0;
  for (; mask != 0; mask &= mask - 1) image |= std::uint64_t{1} << (n - std::countr_zero(mask));
  return image;
}

/// Sets of k of the cells x_1 to x_{n-1}, which reversal maps to each other.
SymmetricSets cell_sets(int n, std::uint64_t k) {
  const auto cells = static_cast<std::uint64_t>(n - 1);
  return {cells / 2, cells % 2, k};
}

/// Sets of `count` monomials of degree k.
SymmetricSets monomial_sets(int n, std::uint64_t k, std::uint64_t count) {
  const SymmetricSets monomials = cell_sets(n, k);
  return {monomials.image_pairs(), monomials.own_images(), count};
}

/// The cells of a set of cell_sets().
std::uint64_t cells_mask(int n, const std::vector<std::uint64_t>& points) {
  const auto pairs = static_cast<std::uint64_t>(n - 1) / 2;
  std::uint64_t mask = 0;
  for (const std::uint64_t point : points) {
    const std::uint64_t cell = point / 2 + 1;  // of the first pairs; behind them is the middle cell
    mask |= std::uint64_t{1} << (point < 2 * pairs && point % 2 == 1 ? static_cast<std::uint64_t>(n) - cell
                                                                     : cell);
  }
  return mask;
}

/// The monomials of a set of monomial_sets().
std::vector<std::uint64_t> monomial_masks(int n, std::uint64_t k, const std::vector<std::uint64_t>& points) {
  const SymmetricSets monomials = cell_sets(n, k);
  const std::uint64_t in_pairs = 2 * monomials.image_pairs();
  std::vector<std::uint64_t> masks;
  for (const std::uint64_t point : points) {
    if (point >= in_pairs) {
      masks.push_back(cells_mask(n, monomials.own_image(point - in_pairs)));
    } else {
      const std::uint64_t mask = cells_mask(n, monomials.one_of_pair(point / 2));
      masks.push_back(point % 2 == 0 ? mask : reversed_mask(mask, n));
    }
  }
  return masks;
}

const galois::Field& field() {
  static const galois::Field two = galois::Field::of_order(2);
  return two;
}

}  // namespace

Form::Form(std::vector<std::uint64_t> counts) : counts_(std::move(counts)) {
  if (counts_.empty() || counts_.front() == 0)
    throw core::InputError("a form begins with the number of linear monomials, which is at least 1 for x0");
  if (counts_.size() > 1 && counts_.back() == 0)
    throw core::InputError("a form ends with the number of monomials of the highest degree, which is not 0");
  for (const std::uint64_t count : counts_) {
    if (count > kMostMonomials || monomials() > kMostMonomials)
      throw core::InputError(fmt::format("a form has at most {} monomials", kMostMonomials));
  }
}

std::uint64_t Form::monomials() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::string Form::text() const {
  return fmt::format("{}", fmt::join(counts_, ","));
}

fsr::Feedback Function::feedback() const {
  std::vector<fsr::Term> terms;
  const auto add = [&](std::uint64_t mask) {
    fsr::Term& term = terms.emplace_back(fsr::Term{1, {}});
    for (; mask != 0; mask &= mask - 1) term.factors.push_back({std::countr_zero(mask), 1});
  };
  for (std::uint64_t left = linear; left != 0; left &= left - 1) add(left & (~left + 1));
  for (const std::uint64_t mask : products) add(mask);
  return fsr::Feedback::from_terms(field(), degree, std::move(terms));
}

std::optional<Function> Function::of(const fsr::Feedback& feedback) {
  if (feedback.degree() > kLargestDegree || !feedback.has_terms() || !feedback.oldest_stands_alone() ||
      feedback.constant() != 0)
    return std::nullopt;
  std::vector<std::uint64_t> monomials;
  for (const fsr::Term& term : feedback.terms()) {
    monomials.push_back(0);
    for (const fsr::Factor& factor : term.factors) monomials.back() |= std::uint64_t{1} << factor.cell;
  }
  return of_monomials(feedback.degree(), monomials);
}

Function Function::of_monomials(int degree, std::span<const std::uint64_t> monomials) {
  Function function{degree, 0, {}};
  for (const std::uint64_t cells : monomials) {
    if (std::has_single_bit(cells)) {
      function.linear |= cells;
    } else {
      function.products.push_back(cells);
    }
  }
  sort_products(function.products);
  return function;
}

void sort_products(std::vector<std::uint64_t>& products) {
  std::ranges::sort(products, [](std::uint64_t a, std::uint64_t b) {
    const int of_a = std::popcount(a), of_b = std::popcount(b);
    return of_a != of_b ? of_a > of_b : a > b;
  });
}

Function reversed(const Function& function) {
  Function image{
      function.degree, 1 | reversed_mask(function.linear & ~std::uint64_t{1}, function.degree), {}};
  for (const std::uint64_t mask : function.products)
    image.products.push_back(reversed_mask(mask, function.degree));
  sort_products(image.products);
  return image;
}

Family::Family(int degree, Form form) : degree_(degree), form_(std::move(form)) {
  if (degree < kSmallestDegree || degree > kLargestDegree)
    throw core::InputError(
        fmt::format("the degree {} is not from {} to {}", degree, kSmallestDegree, kLargestDegree));
  const auto cells = static_cast<std::uint64_t>(degree - 1);
  size_ = 1;
  for (int k = 1; k <= form_.largest_degree(); ++k) {
    const std::uint64_t monomials = binomial(cells, static_cast<std::uint64_t>(k));
    if (wanted(k) > monomials)
      throw core::InputError(fmt::format("there are only {} monomials of degree {} in x1 to x{}, not {}",
                                         monomials, k, degree - 1, wanted(k)));
    sets_.push_back(binomial(monomials, wanted(k)));
    size_ = product(size_, sets_.back());
  }
  linear_parts_ = sets_.front();
  if (size_ == kTooMany)
    throw core::InputError(
        fmt::format("the form {} has 2^63 functions or more of degree {}; choose smaller "
                    "numbers of monomials",
                    form_.text(), degree));
}

std::vector<std::uint64_t> Family::monomials(int k, std::uint64_t rank) const {
  std::vector<std::uint64_t> masks = combination(rank, wanted(k));
  for (std::uint64_t& mask : masks) mask = monomial(mask, static_cast<std::uint64_t>(k));
  return masks;
}

Function Family::function_of(const std::vector<std::vector<std::uint64_t>>& monomials) const {
  Function function{degree_, 1, {}};
  for (const std::uint64_t cell : monomials.front()) function.linear |= cell;
  for (const auto& of_degree : std::span(monomials).subspan(1))
    function.products.insert(function.products.end(), of_degree.begin(), of_degree.end());
  sort_products(function.products);
  return function;
}

Function Family::function(std::uint64_t rank) const {
  std::vector<std::vector<std::uint64_t>> by_degree;
  for (int k = 1; k <= form_.largest_degree(); ++k) {
    const std::uint64_t sets = sets_[static_cast<std::size_t>(k - 1)];
    by_degree.push_back(monomials(k, rank % sets));
    rank /= sets;
  }
  return function_of(by_degree);
}

/// The highest degree whose monomials are not their own reverse decides which function of a pair is
/// canonical: above it are sets that are their own reverse, below it any sets.
Function Family::canonical_function(std::uint64_t number) const {
  std::vector<std::vector<std::uint64_t>> by_degree(sets_.size());
  std::uint64_t above = 1, below = size_;
  const auto take = [&number](std::uint64_t choices) {
    const std::uint64_t digit = number % choices;
    number /= choices;
    return digit;
  };
  const auto set_own = [&](int lowest) {
    for (int k = form_.largest_degree(); k >= lowest; --k) {
      const auto of_degree = static_cast<std::uint64_t>(k);
      const SymmetricSets sets = monomial_sets(degree_, of_degree, wanted(k));
      by_degree[static_cast<std::size_t>(k - 1)] =
          monomial_masks(degree_, of_degree, sets.own_image(take(sets.own_images())));
    }
  };
  int k = form_.largest_degree();
  for (; k >= 1; --k) {
    const auto of_degree = static_cast<std::uint64_t>(k);
    const SymmetricSets sets = monomial_sets(degree_, of_degree, wanted(k));
    below /= sets_[static_cast<std::size_t>(k - 1)];
    const std::uint64_t functions = product(above, product(sets.image_pairs(), below));
    if (number < functions) {
      by_degree[static_cast<std::size_t>(k - 1)] =
          monomial_masks(degree_, of_degree, sets.one_of_pair(take(sets.image_pairs())));
      break;
    }
    number -= functions;
    above = product(above, sets.own_images());
  }
  set_own(k + 1);
  for (int lower = k - 1; lower >= 1; --lower) {
    const std::uint64_t sets = sets_[static_cast<std::size_t>(lower - 1)];
    by_degree[static_cast<std::size_t>(lower - 1)] = monomials(lower, take(sets));
  }
  Function function = function_of(by_degree);
  return is_canonical(function) ? function : reversed(function);
}

std::uint64_t Family::rank(const Function& function) const {
  std::uint64_t rank = 0;
  auto product = function.products.begin();
  for (int k = form_.largest_degree(); k >= 2; --k) {
    std::vector<std::uint64_t> elements;
    for (std::uint64_t i = 0; i < form_.count(k); ++i) elements.push_back(monomial_rank(*product++));
    rank = rank * sets_[static_cast<std::size_t>(k - 1)] + combination_rank(elements);
  }
  return rank * linear_parts_ + monomial_rank(function.linear & ~std::uint64_t{1});
}

bool Family::is_canonical(const Function& function) const {
  const Side side = nonlinear_side(function);
  return side == Side::before || (side == Side::equal && function.linear <= reversed_linear(function.linear));
}

Family::Side Family::nonlinear_side(const Function& function) const {
  // Numbers of monomials by degree are equal, so that the lists compare as numbers do.
  const auto order = function.products <=> reversed(function).products;
  return order < 0 ? Side::before : order > 0 ? Side::after : Side::equal;
}

std::uint64_t Family::reversed_linear(std::uint64_t linear) const {
  return 1 | reversed_mask(linear & ~std::uint64_t{1}, degree_);
}

std::uint64_t Family::next_linear(std::uint64_t linear) noexcept {
  const std::uint64_t cells = linear >> 1, lowest = cells & (~cells + 1);
  if (cells == 0) return linear;
  const std::uint64_t carried = cells + lowest;
  const std::uint64_t next = carried | ((cells ^ carried) >> (std::countr_zero(cells) + 2));
  return next << 1 | 1;
}

namespace {

/// A word of the sequence SplitMix64 (Steele, Lea and Flood 2014), without those before it.
std::uint64_t random_word(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

}  // namespace

Samples::Samples(Family family, std::uint64_t seed)
    : family_(std::move(family)),
      seed_(seed),
      functions_(family_.canonical_functions()),
      half_bits_((static_cast<int>(std::bit_width(functions_ - 1)) + 1) / 2) {}

/// A Feistel network permutes the numbers of twice so many bits; it is repeated until the number is that of a
/// function.
Function Samples::function(std::uint64_t number) const {
  constexpr std::uint64_t kRounds = 6;
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::uint64_t left = number >> half_bits_, right = number & mask;
      number = right << half_bits_ | (left ^ (random_word(random_word(seed_, round), right) & mask));
    }
  } while (number >= functions_);
  return family_.canonical_function(number);
}

std::uint64_t Family::canonical_functions() const {
  std::uint64_t symmetric = 1;
  for (int k = 1; k <= form_.largest_degree(); ++k)
    symmetric =
        product(symmetric, monomial_sets(degree_, static_cast<std::uint64_t>(k), wanted(k)).own_images());
  return symmetric + (size_ - symmetric) / 2;
}

}  // namespace gforbit::search
