#include "polynomial_gf2.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace gforbit::cycles {
namespace {

using Poly = BinaryRing::Poly;

void trim(Poly& a) {
  while (!a.empty() && a.back() == 0) a.pop_back();
}

/// a += b x^shift. Requires that a has the words for it.
void add_shifted(std::span<std::uint64_t> a, std::span<const std::uint64_t> b, std::size_t shift) {
  const std::size_t words = shift / 64, bits = shift % 64;
  if (bits == 0) {
    for (std::size_t i = 0; i < b.size(); ++i) a[i + words] ^= b[i];
    return;
  }
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    a[i + words] ^= b[i] << bits | carry;
    carry = b[i] >> (64 - bits);
  }
  if (carry != 0) a[b.size() + words] ^= carry;
}

/// The bits of `half`, a zero after each: its square.
std::uint64_t spread(std::uint32_t half) {
  std::uint64_t s = half;
  s = (s | s << 16) & 0x0000ffff0000ffff;
  s = (s | s << 8) & 0x00ff00ff00ff00ff;
  s = (s | s << 4) & 0x0f0f0f0f0f0f0f0f;
  s = (s | s << 2) & 0x3333333333333333;
  return (s | s << 1) & 0x5555555555555555;
}

/// The bits at even places: the inverse of spread().
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

BinaryRing::Residues::Residues(const BinaryRing&, Poly f)
    : f_(std::move(f)), degree_(degree(f_)), words_(static_cast<std::size_t>(degree_ + 63) / 64) {
  assert(degree_ >= 1);
  byte_residues_.resize(256 * words_);
  const auto top = static_cast<std::size_t>(degree_);
  Poly power(words_ + 1);  // x^degree mod f, then times x, ...
  power[top / 64] |= std::uint64_t{1} << (top % 64);
  const auto reduce_top = [&] {
    if ((power[top / 64] >> (top % 64) & 1) != 0) add_shifted(power, f_, 0);
  };
  reduce_top();
  for (std::size_t bit = 1; bit < 256; bit *= 2) {
    for (std::size_t b = 0; b < bit; ++b) {
      for (std::size_t i = 0; i < words_; ++i) {
        byte_residues_[(bit + b) * words_ + i] = byte_residues_[b * words_ + i] ^ power[i];
      }
    }
    for (std::size_t i = words_; i > 0; --i) power[i] = power[i] << 1 | power[i - 1] >> 63;
    power[0] <<= 1;
    reduce_top();
  }
}

/// From the top, eight coefficients at a time: those at degree + s .. degree + s + 7 are replaced by their
/// residue.
Poly BinaryRing::Residues::reduced(Poly a) const {
  const int top = degree(a);
  if (top < degree_) return a;
  const auto degree = static_cast<std::size_t>(degree_);
  a.resize(a.size() + 2);
  for (std::size_t shift = (static_cast<std::size_t>(top) - degree) / 8 * 8;; shift -= 8) {
    const std::size_t place = degree + shift;
    const std::size_t word = place / 64, bit = place % 64;
    std::uint64_t byte = a[word] >> bit;
    if (bit > 56) byte |= a[word + 1] << (64 - bit);
    byte &= 255;
    if (byte != 0) {
      a[word] ^= byte << bit;
      if (bit > 56) a[word + 1] ^= byte >> (64 - bit);
      add_shifted(a, std::span(byte_residues_).subspan(byte * words_, words_), shift);
    }
    if (shift == 0) break;
  }
  trim(a);
  return a;
}

/// Four bits of b at a time (Lopez and Dahab's comb): the 16 multiples of a are made once.
Poly BinaryRing::Residues::times(const Poly& a, const Poly& b) const {
  if (a.empty() || b.empty()) return {};
  const std::size_t width = a.size() + 1;
  std::vector<std::uint64_t> multiples(16 * width);
  for (std::size_t u = 1; u < 16; ++u) {
    const auto row = std::span(multiples).subspan(u * width, width);
    const std::size_t highest = std::bit_floor(u);
    std::ranges::copy(std::span(multiples).subspan((u ^ highest) * width, width), row.begin());
    add_shifted(row, a, static_cast<std::size_t>(std::countr_zero(highest)));
  }
  Poly product(a.size() + b.size() + 1);
  for (int nibble = 15; nibble >= 0; --nibble) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t u = b[j] >> (4 * nibble) & 15;
      for (std::size_t i = 0; i < width; ++i) product[i + j] ^= multiples[u * width + i];
    }
    if (nibble == 0) break;
    for (std::size_t i = product.size() - 1; i > 0; --i) product[i] = product[i] << 4 | product[i - 1] >> 60;
    product[0] <<= 4;
  }
  trim(product);
  return reduced(std::move(product));
}

Poly BinaryRing::Residues::square(const Poly& a) const {
  Poly result(2 * a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    result[2 * i] = spread(static_cast<std::uint32_t>(a[i]));
    result[2 * i + 1] = spread(static_cast<std::uint32_t>(a[i] >> 32));
  }
  trim(result);
  return reduced(std::move(result));
}

}  // namespace gforbit::cycles
