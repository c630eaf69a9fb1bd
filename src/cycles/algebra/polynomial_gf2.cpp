#include "polynomial_gf2.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

#include "polynomial_gf2_words.hpp"

namespace gforbit::cycles {
namespace {

using Poly = BinaryRing::Poly;

void trim(Poly& a) {
  while (!a.empty() && a.back() == 0) a.pop_back();
}

/// The bits at even places.
std::uint32_t gathered(std::uint64_t s) {
  s &= 0x5555555555555555;
  s = (s | s >> 1) & 0x3333333333333333;
  s = (s | s >> 2) & 0x0f0f0f0f0f0f0f0f;
  s = (s | s >> 4) & 0x00ff00ff00ff00ff;
  s = (s | s >> 8) & 0x0000ffff0000ffff;
  return static_cast<std::uint32_t>(s | s >> 16);
}

/// Takes multiples of b off a until deg a < deg b; tells `taken` the shift of each.
template <class Taken>
void divide(Poly& a, const Poly& b, Taken&& taken) {
  const int degree_b = BinaryRing::degree(b);
  assert(degree_b >= 0);
  for (int degree_a = BinaryRing::degree(a); degree_a >= degree_b; degree_a = BinaryRing::degree(a)) {
    const auto shift = static_cast<std::size_t>(degree_a - degree_b);
    add_shifted(a, b, shift);
    trim(a);
    taken(shift);
  }
}

}  // namespace

Poly BinaryRing::make(std::span<const galois::Element> coefficients) {
  Poly a(coefficients.size() / 64 + 1);
  for (std::size_t i = 0; i < coefficients.size(); ++i) a[i / 64] |= coefficients[i] << (i % 64);
  trim(a);
  return a;
}

std::vector<galois::Element> BinaryRing::coefficients(const Poly& a) {
  std::vector<galois::Element> result(static_cast<std::size_t>(degree(a) + 1));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = a[i / 64] >> (i % 64) & 1;
  return result;
}

int BinaryRing::degree(const Poly& a) {
  return a.empty() ? -1 : static_cast<int>(64 * a.size()) - 1 - std::countl_zero(a.back());
}

Poly BinaryRing::minus(const Poly& a, const Poly& b) {
  Poly sum = a.size() < b.size() ? b : a;
  add_shifted(sum, a.size() < b.size() ? a : b, 0);
  trim(sum);
  return sum;
}

Poly BinaryRing::gcd(Poly a, Poly b) {
  while (!b.empty()) {
    divide(a, b, [](std::size_t) {});
    a.swap(b);
  }
  return a;
}

Poly BinaryRing::quotient(Poly a, const Poly& b) {
  Poly result(a.size());
  divide(a, b, [&](std::size_t shift) { result[shift / 64] |= std::uint64_t{1} << (shift % 64); });
  assert(a.empty());
  trim(result);
  return result;
}

Poly BinaryRing::remainder(Poly a, const Poly& b) {
  divide(a, b, [](std::size_t) {});
  return a;
}

Poly BinaryRing::derivative(const Poly& a) {
  Poly result(a);
  for (auto& word : result) word = word >> 1 & 0x5555555555555555;
  trim(result);
  return result;
}

Poly BinaryRing::root(const Poly& a) {
  Poly result((a.size() + 1) / 2);
  for (std::size_t i = 0; i < a.size(); ++i) result[i / 2] |= std::uint64_t{gathered(a[i])} << (i % 2 * 32);
  trim(result);
  return result;
}

Poly BinaryRing::random(int n, std::mt19937_64& random) {
  Poly a(static_cast<std::size_t>(n) / 64 + 1);
  for (auto& word : a) word = random();
  a.back() &= (std::uint64_t{1} << (n % 64)) - 1;
  trim(a);
  return a;
}

namespace {

/// Residues modulo a polynomial with few terms are shifted and added; this many shifts at most, of all bits
/// that are too high, are cheaper than two products.
constexpr std::size_t kMostShifts = 32;

/// The exponents below the degree, if reducing by them is cheap.
std::vector<std::size_t> few_exponents(const Poly& f) {
  const auto n = static_cast<std::size_t>(BinaryRing::degree(f));
  std::vector<std::size_t> exponents;
  for (std::size_t i = 0; i < n; ++i) {
    if (f[i / 64] == 0) {
      i |= 63;
    } else if ((f[i / 64] >> (i % 64) & 1) != 0) {
      exponents.push_back(i);
      if (exponents.size() > kMostShifts) return {};
    }
  }
  if (exponents.empty()) return {};
  // Each round lowers the degree by the distance to the second highest term.
  const std::size_t rounds = (n - 1) / (n - exponents.back()) + 1;
  return rounds * exponents.size() <= kMostShifts ? exponents : std::vector<std::size_t>{};
}

/// The coefficients of x^n and above as a polynomial; a keeps the others.
Poly take_high(Poly& a, std::size_t n) {
  Poly high(a.size() > n / 64 ? a.size() - n / 64 : 0);
  for (std::size_t i = 0; i < high.size(); ++i) {
    high[i] = a[i + n / 64] >> (n % 64);
    if (n % 64 != 0 && i + 1 < high.size()) high[i] |= a[i + n / 64 + 1] << (64 - n % 64);
  }
  trim(high);
  if (a.size() > n / 64) {
    a.resize(n / 64 + 1);
    a.back() &= (std::uint64_t{1} << (n % 64)) - 1;
    trim(a);
  }
  return high;
}

Poly product(const Poly& a, const Poly& b) {
  Poly result(a.size() + b.size());
  multiply_words(a, b, result);
  trim(result);
  return result;
}

}  // namespace

BinaryRing::Residues::Residues(const BinaryRing&, Poly f)
    : f_(std::move(f)), degree_(degree(f_)), exponents_(few_exponents(f_)) {
  assert(degree_ >= 1);
  if (is_sparse()) return;
  const auto n = static_cast<std::size_t>(degree_);
  Poly power(2 * n / 64 + 1);
  power.back() = std::uint64_t{1} << (2 * n % 64);
  inverse_.resize(n / 64 + 1);
  divide(power, f_, [&](std::size_t shift) { inverse_[shift / 64] |= std::uint64_t{1} << (shift % 64); });
}

Poly BinaryRing::Residues::reduced(Poly a) const {
  const auto n = static_cast<std::size_t>(degree_);
  if (degree(a) < degree_) return a;
  if (degree(a) >= 2 * degree_) return remainder(std::move(a), f_);
  if (!is_sparse()) return reduced_by_inverse(std::move(a));
  while (degree(a) >= degree_) {
    const Poly high = take_high(a, n);
    a.resize((std::max<std::size_t>(n, static_cast<std::size_t>(degree(high)) + exponents_.back() + 1) + 63) /
                 64 +
             1);
    for (const std::size_t exponent : exponents_) add_shifted(a, high, exponent);
    trim(a);
  }
  return a;
}

/// Barrett's method: with x^(2 n) = inverse f + ..., the quotient of a by f is (a div x^n) inverse div x^n.
Poly BinaryRing::Residues::reduced_by_inverse(Poly a) const {
  const auto n = static_cast<std::size_t>(degree_);
  Poly whole = product(take_high(a, n), inverse_);
  Poly multiple = product(take_high(whole, n), f_);
  take_high(multiple, n);
  return minus(a, multiple);
}

Poly BinaryRing::Residues::times(const Poly& a, const Poly& b) const {
  if (a.empty() || b.empty()) return {};
  return reduced(product(a, b));
}

Poly BinaryRing::Residues::square(const Poly& a) const {
  Poly result(2 * a.size());
  square_words(a, result);
  trim(result);
  return reduced(std::move(result));
}

}  // namespace gforbit::cycles
