// Construction checks everything once, so that arithmetic checks nothing. How products are formed depends on
// the field: prime fields: one 64-bit product; extension fields up to 2^16: logarithms to a generator that is
// searched for (the root a of the modulus need not generate the group); larger ones: polynomial arithmetic
// from the definition.
#include "gforbit/galois/field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "digits.hpp"
#include "flint_facts.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::galois {
namespace {

constexpr std::uint64_t kMaxLogOrder = 1 << 16;  // logarithms and powers fit 16 bits: 384 KiB a field
constexpr std::uint64_t kMaxSumTableOrder = 256;

enum class Product { modular, logarithm, bits, digits };
enum class Sum { modular, exclusive_or, table, digits };

std::string comma_list(std::span<const std::uint64_t> values) {
  return fmt::format("{}", fmt::join(values, ","));
}

PrimePower checked_order(std::uint64_t q) {
  if (q > Field::kMaxOrder) {
    throw core::InputError(
        fmt::format("field order {} is too large: the largest order is {} (2^32)", q, Field::kMaxOrder));
  }
  const auto power = as_prime_power(q);
  if (!power) throw core::InputError(fmt::format("field order {} is not a prime power", q));
  return *power;
}

void check_modulus(std::uint64_t q, PrimePower order, std::span<const std::uint64_t> modulus) {
  const auto [p, m] = order;
  if (m == 1) {
    if (modulus.empty()) return;
    throw core::InputError(fmt::format("GF({}) is a prime field: it takes no modulus", q));
  }
  if (modulus.size() != static_cast<std::size_t>(m) + 1) {
    throw core::InputError(fmt::format("modulus of GF({}) needs {} coefficients, low to high; got {}", q,
                                       m + 1, modulus.size()));
  }
  for (std::size_t i = 0; i < modulus.size(); ++i) {
    if (modulus[i] < p) continue;
    throw core::InputError(fmt::format(
        "modulus coefficient {} (position {}) is not in 0..{}: GF({}) is an extension of GF({}), and "
        "positions count from 0, low to high",
        modulus[i], i, p - 1, q, p));
  }
  if (modulus.back() != 1) {
    throw core::InputError(
        fmt::format("modulus {} of GF({}) is not monic: the last coefficient, that of x^{}, must be 1",
                    comma_list(modulus), q, m));
  }
  if (!is_irreducible(p, modulus)) {
    throw core::InputError(
        fmt::format("modulus {} of GF({}) is reducible over GF({})", comma_list(modulus), q, p));
  }
}

}  // namespace

struct Field::Impl {
  Impl(std::uint64_t order, PrimePower power, std::vector<std::uint64_t> polynomial);

  /// From the definition, without tables.
  [[nodiscard]] Element plain_product(Element a, Element b) const noexcept;
  [[nodiscard]] Element plain_power(Element a, std::uint64_t n) const noexcept;
  void make_logarithms();
  void make_sums();

  std::uint64_t q, p;
  int m;
  std::vector<std::uint64_t> modulus;
  std::uint64_t modulus_bits = 0;  // p = 2 only
  Product product;
  Sum sum;
  std::vector<std::uint16_t> log;  // [q]; log[0] is unused
  std::vector<std::uint16_t> exp;  // [2 (q - 1)]: a sum of two logarithms needs no reduction
  std::vector<std::uint8_t> sums;  // [q][q]
};

Field::Impl::Impl(std::uint64_t order, PrimePower power, std::vector<std::uint64_t> polynomial)
    : q(order), p(power.prime), m(power.exponent), modulus(std::move(polynomial)) {
  for (std::size_t i = 0; p == 2 && i < modulus.size(); ++i) modulus_bits |= modulus[i] << i;
  product = m == 1 ? Product::modular : p == 2 ? Product::bits : Product::digits;
  sum = p == 2 ? Sum::exclusive_or : m == 1 ? Sum::modular : Sum::digits;
  if (m > 1 && q <= kMaxLogOrder) make_logarithms();
  if (sum == Sum::digits && q <= kMaxSumTableOrder) make_sums();
}

Element Field::Impl::plain_product(Element a, Element b) const noexcept {
  if (m == 1) return a * b % p;
  return p == 2 ? multiply_bits(a, b, modulus_bits, m) : multiply_digits(a, b, p, modulus);
}

Element Field::Impl::plain_power(Element a, std::uint64_t n) const noexcept {
  Element power = 1;
  for (; n != 0; n >>= 1) {
    if ((n & 1) != 0) power = plain_product(power, a);
    if (n > 1) a = plain_product(a, a);
  }
  return power;
}

void Field::Impl::make_logarithms() {
  const auto primes = prime_factors(q - 1);
  const auto generates = [&](Element g) {
    for (const auto r : primes) {
      if (plain_power(g, (q - 1) / r) == 1) return false;
    }
    return true;
  };
  Element generator = p;  // smaller ones lie in GF(p); p itself is a
  while (!generates(generator)) ++generator;

  log.assign(q, 0);
  exp.assign(2 * (q - 1), 0);
  Element power = 1;
  for (std::uint64_t i = 0; i < q - 1; ++i, power = plain_product(power, generator)) {
    log[power] = static_cast<std::uint16_t>(i);
    exp[i] = exp[i + q - 1] = static_cast<std::uint16_t>(power);
  }
  assert(power == 1);
  product = Product::logarithm;
}

void Field::Impl::make_sums() {
  sums.resize(q * q);
  for (Element a = 0; a < q; ++a) {
    for (Element b = 0; b < q; ++b) sums[a * q + b] = static_cast<std::uint8_t>(add_digits(a, b, p));
  }
  sum = Sum::table;
}

Field::Field(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Field Field::of_order(std::uint64_t q) {
  const PrimePower power = checked_order(q);
  if (power.exponent == 1) return Field(std::make_shared<const Impl>(q, power, std::vector<std::uint64_t>{}));
  auto modulus = conway_polynomial(power.prime, power.exponent);
  if (!modulus) {
    throw core::InputError(
        fmt::format("no Conway polynomial is known for GF({0}) = GF({1}^{2}): give a modulus, {3} "
                    "coefficients low to high of a "
                    "monic irreducible polynomial over GF({1})",
                    q, power.prime, power.exponent, power.exponent + 1));
  }
  return Field(std::make_shared<const Impl>(q, power, std::move(*modulus)));
}

Field Field::with_modulus(std::uint64_t q, std::span<const std::uint64_t> modulus) {
  const PrimePower power = checked_order(q);
  check_modulus(q, power, modulus);
  return Field(
      std::make_shared<const Impl>(q, power, std::vector<std::uint64_t>(modulus.begin(), modulus.end())));
}

std::uint64_t Field::order() const noexcept {
  return impl_->q;
}
std::uint64_t Field::characteristic() const noexcept {
  return impl_->p;
}
int Field::extension_degree() const noexcept {
  return impl_->m;
}
std::span<const std::uint64_t> Field::modulus() const noexcept {
  return impl_->modulus;
}
std::string Field::modulus_text() const {
  return comma_list(impl_->modulus);
}

Element Field::add(Element a, Element b) const noexcept {
  assert(contains(a) && contains(b));
  switch (impl_->sum) {
    case Sum::exclusive_or:
      return a ^ b;
    case Sum::modular:
      return a + b < impl_->p ? a + b : a + b - impl_->p;
    case Sum::table:
      return impl_->sums[a * impl_->q + b];
    case Sum::digits:
      break;
  }
  return add_digits(a, b, impl_->p);
}

Element Field::negate(Element a) const noexcept {
  assert(contains(a));
  if (impl_->p == 2) return a;
  if (impl_->m == 1) return a == 0 ? 0 : impl_->p - a;
  return negate_digits(a, impl_->p);
}

Element Field::subtract(Element a, Element b) const noexcept {
  return add(a, negate(b));
}

Element Field::multiply(Element a, Element b) const noexcept {
  assert(contains(a) && contains(b));
  switch (impl_->product) {
    case Product::modular:
      return a * b % impl_->p;
    case Product::logarithm:
      return a == 0 || b == 0 ? 0 : impl_->exp[std::uint32_t{impl_->log[a]} + impl_->log[b]];
    case Product::bits:
      return multiply_bits(a, b, impl_->modulus_bits, impl_->m);
    case Product::digits:
      break;
  }
  return multiply_digits(a, b, impl_->p, impl_->modulus);
}

Element Field::inverse(Element a) const noexcept {
  assert(contains(a) && a != 0);
  return power(a, impl_->q - 2);
}

Element Field::power(Element a, std::uint64_t n) const noexcept {
  assert(contains(a));
  if (n == 0) return 1;
  if (a == 0) return 0;
  n %= impl_->q - 1;
  if (impl_->product == Product::logarithm) return impl_->exp[impl_->log[a] * n % (impl_->q - 1)];
  return impl_->plain_power(a, n);
}

bool operator==(const Field& a, const Field& b) noexcept {
  return a.impl_ == b.impl_ || (a.order() == b.order() && std::ranges::equal(a.modulus(), b.modulus()));
}

}  // namespace gforbit::galois
