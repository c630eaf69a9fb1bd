#include "gforbit/search/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "combinations.hpp"

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

/// Sorts the monomials as Function wants them.
void sort_products(std::vector<std::uint64_t>& products) {
  std::ranges::sort(products, [](std::uint64_t a, std::uint64_t b) {
    const int of_a = std::popcount(a), of_b = std::popcount(b);
    return of_a != of_b ? of_a > of_b : a > b;
  });
}

/// Monomials of degree k in m cells that are their own reverse.
std::uint64_t symmetric_monomials(std::uint64_t m, std::uint64_t k) {
  if (k % 2 == 1 && m % 2 == 0) return 0;  // there is no middle cell
  return binomial(m / 2, k / 2);
}

/// Sets of k of n things that an involution with `fixed` fixed things maps to themselves.
std::uint64_t symmetric_sets(std::uint64_t n, std::uint64_t fixed, std::uint64_t k) {
  std::uint64_t sets = 0;
  for (std::uint64_t pairs = 0; 2 * pairs <= k; ++pairs)
    sets += product(binomial((n - fixed) / 2, pairs), binomial(fixed, k - 2 * pairs));
  return sets;
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
    const std::uint64_t wanted = form_.count(k) - (k == 1 ? 1 : 0);
    const std::uint64_t monomials = binomial(cells, static_cast<std::uint64_t>(k));
    if (wanted > monomials)
      throw core::InputError(fmt::format("there are only {} monomials of degree {} in x1 to x{}, not {}",
                                         monomials, k, degree - 1, wanted));
    sets_.push_back(binomial(monomials, wanted));
    size_ = product(size_, sets_.back());
  }
  linear_parts_ = sets_.front();
  if (size_ == kTooMany)
    throw core::InputError(
        fmt::format("the form {} has 2^63 functions or more of degree {}; choose smaller "
                    "numbers of monomials",
                    form_.text(), degree));
}

Function Family::function(std::uint64_t rank) const {
  Function function{degree_, 1, {}};
  const std::uint64_t linear = rank % linear_parts_;
  for (const std::uint64_t cell : combination(linear, form_.count(1) - 1))
    function.linear |= std::uint64_t{2} << cell;
  rank /= linear_parts_;
  std::vector<std::vector<std::uint64_t>> by_degree;  // from degree 2 on
  for (int k = 2; k <= form_.largest_degree(); ++k) {
    const std::uint64_t sets = sets_[static_cast<std::size_t>(k - 1)];
    by_degree.push_back(combination(rank % sets, form_.count(k)));
    rank /= sets;
    for (std::uint64_t& element : by_degree.back())
      element = monomial(element, static_cast<std::uint64_t>(k));
  }
  for (auto of_degree = by_degree.rbegin(); of_degree != by_degree.rend(); ++of_degree)
    function.products.insert(function.products.end(), of_degree->begin(), of_degree->end());
  return function;
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
      half_bits_((static_cast<int>(std::bit_width(family_.size() - 1)) + 1) / 2) {}

/// A Feistel network permutes the numbers of twice so many bits; it is repeated until the number is a rank.
std::uint64_t Samples::rank(std::uint64_t number) const {
  constexpr std::uint64_t kRounds = 6;
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::uint64_t left = number >> half_bits_, right = number & mask;
      number = right << half_bits_ | (left ^ (random_word(random_word(seed_, round), right) & mask));
    }
  } while (number >= family_.size());
  return number;
}

std::uint64_t Family::canonical_functions() const {
  const auto cells = static_cast<std::uint64_t>(degree_ - 1);
  std::uint64_t symmetric = 1;
  for (int k = 1; k <= form_.largest_degree(); ++k) {
    const auto of_degree = static_cast<std::uint64_t>(k);
    symmetric =
        product(symmetric, symmetric_sets(binomial(cells, of_degree), symmetric_monomials(cells, of_degree),
                                          form_.count(k) - (k == 1 ? 1 : 0)));
  }
  return symmetric + (size_ - symmetric) / 2;
}

}  // namespace gforbit::search
