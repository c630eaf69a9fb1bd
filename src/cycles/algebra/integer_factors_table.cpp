// The table of published factorizations: what trial division does not find of Phi_k(p), p = 2 to k = 1206, 3
// to 676, 5 to 470, 7 to 378. In these ranges every number p^n - 1 is completely factored.
//
// Sources. The Cunningham Project (J. Brillhart, D. H. Lehmer, J. L. Selfridge, B. Tuckerman, S. S. Wagstaff,
// Factorizations of b^n +- 1, Contemporary Mathematics 22, and S. S. Wagstaff's tables since), base 2 in the
// machine-readable form of Chai Wah Wu (github.com/postvakje/Reformatted-Cunningham-Project-tables, pmain422
// of 2022); R. P. Brent's collection of factors of a^n +- 1 as kept with the GAP package FactInt
// (github.com/gap-packages/FactInt, tables/brent). Aurifeuillian halves that those tables leave out were
// completed by dividing. The tests multiply every line out and test every factor for primality. The factor
// for 2^31 - 1, the field of the stream cipher ZUC, was found here by an elliptic curve.
//
// A line holds the primes above the reach of trial division (integer_factors.cpp) without the largest of each
// algebraic part, which is what remains after dividing by the others.
#include "integer_factors_parts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace gforbit::cycles {
namespace {

struct Line {
  std::uint64_t index;
  std::string_view primes;  ///< decimal, increasing, one blank between
};

constexpr Line kBase2[] = {
#include "integer_factors_table_2.inc"
};
constexpr Line kBase3[] = {
#include "integer_factors_table_3.inc"
};
constexpr Line kBase5[] = {
#include "integer_factors_table_5.inc"
};
constexpr Line kBase7[] = {
#include "integer_factors_table_7.inc"
};
constexpr Line kBase2147483647[] = {
    {16, "868195285209121937"},
};

struct Base {
  std::uint64_t base;
  std::uint64_t complete_to;  ///< index up to which all primes are published
  std::span<const Line> lines;
};

constexpr std::array kTable{Base{2, 1206, kBase2}, Base{3, 676, kBase3}, Base{5, 470, kBase5},
                            Base{7, 378, kBase7}, Base{2147483647, 0, kBase2147483647}};

// Exponents n of the known primes 2^n - 1: all 52 that the Great Internet Mersenne Prime Search lists
// (www.mersenne.org/primes; OEIS A000043), as of October 2024.
constexpr std::uint64_t kMersenneExponents[] = {
    2,        3,        5,        7,        13,       17,       19,       31,       61,
    89,       107,      127,      521,      607,      1279,     2203,     2281,     3217,
    4253,     4423,     9689,     9941,     11213,    19937,    21701,    23209,    44497,
    86243,    110503,   132049,   216091,   756839,   859433,   1257787,  1398269,  2976221,
    3021377,  6972593,  13466917, 20996011, 24036583, 25964951, 30402457, 32582657, 37156667,
    42643801, 43112609, 57885161, 74207281, 77232917, 82589933, 136279841};

std::vector<core::Natural> numbers(std::string_view text) {
  std::vector<core::Natural> result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    result.push_back(core::natural(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace

std::vector<core::Natural> table_primes(std::uint64_t base, std::uint64_t index) {
  const auto found = std::ranges::find(kTable, base, &Base::base);
  if (found == kTable.end()) return {};
  const auto line = std::ranges::lower_bound(found->lines, index, {}, &Line::index);
  return line != found->lines.end() && line->index == index ? numbers(line->primes)
                                                            : std::vector<core::Natural>{};
}

bool table_is_complete(std::uint64_t base, std::uint64_t index) {
  const auto found = std::ranges::find(kTable, base, &Base::base);
  return found != kTable.end() && index <= found->complete_to;
}

bool is_mersenne_exponent(std::uint64_t n) {
  return std::ranges::binary_search(kMersenneExponents, n);
}

std::vector<std::uint64_t> mersenne_exponents() {
  return {std::begin(kMersenneExponents), std::end(kMersenneExponents)};
}

std::vector<TableEntry> factor_table() {
  std::vector<TableEntry> entries;
  for (const auto& [base, complete_to, lines] : kTable) {
    for (const auto& line : lines) entries.push_back({base, line.index, numbers(line.primes)});
  }
  return entries;
}

}  // namespace gforbit::cycles
