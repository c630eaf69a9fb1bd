// Families of functions: their order, ranks, and pairs of a function and its reverse.
#include "gforbit/search/family.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <vector>

#include "gforbit/fsr/equivalence.hpp"

namespace gforbit::search {
namespace {

/// The list of monomials that orders functions.
std::vector<std::uint64_t> order_key(const Function& function) {
  std::vector<std::uint64_t> key = function.products;
  for (std::uint64_t rest = function.linear & ~std::uint64_t{1}; rest != 0;) {
    const std::uint64_t largest = std::bit_floor(rest);
    key.push_back(largest);
    rest ^= largest;
  }
  return key;
}

struct Case {
  int degree;
  std::vector<std::uint64_t> form;
};
const std::vector<Case> kCases = {{2, {1}},          {3, {2}},       {5, {5}},       {5, {3, 1}},
                                  {6, {2, 2}},       {6, {1, 0, 2}}, {7, {2, 1, 1}}, {8, {3, 2}},
                                  {6, {3, 0, 0, 1}}, {4, {2, 1, 1}}, {5, {1, 2, 1}}, {6, {1, 0, 0, 0, 1}}};

TEST(Families, AreSortedAndComplete) {
  for (const auto& [degree, form] : kCases) {
    const Family family(degree, Form(form));
    std::set<std::string> texts;
    std::vector<std::uint64_t> before;
    for (std::uint64_t rank = 0; rank < family.size(); ++rank) {
      const Function function = family.function(rank);
      EXPECT_EQ(family.rank(function), rank);
      const auto key = order_key(function);
      if (rank > 0) {
        EXPECT_LT(before, key);
      }
      before = key;
      const fsr::Feedback feedback = function.feedback();
      texts.insert(feedback.text());
      std::vector<std::uint64_t> counts(form.size(), 0);
      for (const auto& term : feedback.terms()) ++counts.at(term.degree() - 1);
      EXPECT_EQ(counts, form);
    }
    EXPECT_EQ(texts.size(), family.size());
  }
}

TEST(Families, HaveOneCanonicalFunctionOfEachPair) {
  for (const auto& [degree, form] : kCases) {
    const Family family(degree, Form(form));
    std::vector<std::uint64_t> canonical;
    for (std::uint64_t rank = 0; rank < family.size(); ++rank) {
      const Function function = family.function(rank);
      EXPECT_EQ(reversed(reversed(function)), function);
      const std::uint64_t other = family.rank(reversed(function));
      EXPECT_EQ(family.is_canonical(function), rank <= other);
      if (rank <= other) canonical.push_back(rank);
    }
    EXPECT_EQ(family.canonical_functions(), canonical.size());
    std::vector<std::uint64_t> found;
    const std::uint64_t cut = family.size() / 3;
    const auto add = [&](std::uint64_t rank, const Function& function) {
      EXPECT_EQ(function, family.function(rank));
      found.push_back(rank);
      return true;
    };
    family.for_each_canonical(0, cut, add);
    family.for_each_canonical(cut, family.size(), add);
    EXPECT_EQ(found, canonical);
  }
}

TEST(Families, ReverseAsTheEquivalenceOfRegistersDoes) {
  const Family family(7, Form({3, 1, 1}));
  for (std::uint64_t rank = 0; rank < family.size(); rank += 37) {
    const Function function = family.function(rank);
    EXPECT_EQ(reversed(function).feedback().text(), fsr::reversed(function.feedback())->text());
  }
}

TEST(Families, KnowTheirSize) {
  EXPECT_EQ(Family(32, Form({3, 1})).size(), 465U * 465U);
  EXPECT_EQ(Family(32, Form({4, 2})).size(), 4495U * 107880U);
  EXPECT_EQ(Family(62, Form({2})).size(), 61U);
  const Family large(40, Form({5, 2, 1}));
  for (const std::uint64_t rank : {std::uint64_t{0}, large.size() / 7, large.size() - 1})
    EXPECT_EQ(large.rank(large.function(rank)), rank);
}

TEST(Families, HaveSamplesThatAreAllCanonicalOnesInAnotherOrder) {
  for (const auto& [degree, form] : kCases) {
    const Family family(degree, Form(form));
    std::vector<std::uint64_t> first, second;
    for (std::uint64_t number = 0; number < family.canonical_functions(); ++number) {
      first.push_back(family.rank(Samples(family, 1).function(number)));
      second.push_back(family.rank(Samples(family, 2).function(number)));
    }
    if (first.size() > 20) {
      EXPECT_NE(first, second);
      EXPECT_FALSE(std::ranges::is_sorted(first));
    }
    std::ranges::sort(first);
    std::vector<std::uint64_t> canonical;
    family.for_each_canonical(0, family.size(), [&](std::uint64_t rank, const Function&) {
      canonical.push_back(rank);
      return true;
    });
    EXPECT_EQ(first, canonical);
  }
}

TEST(Families, RefuseWhatIsNone) {
  EXPECT_THROW(Form({}), core::InputError);
  EXPECT_THROW(Form({0, 1}), core::InputError);
  EXPECT_THROW(Form({2, 0}), core::InputError);
  EXPECT_THROW(Form({2, 100}), core::InputError);
  EXPECT_THROW(Family(1, Form({1})), core::InputError);
  EXPECT_THROW(Family(63, Form({1})), core::InputError);
  EXPECT_THROW(Family(4, Form({5})), core::InputError);
  EXPECT_THROW(Family(4, Form({1, 4})), core::InputError);
  EXPECT_THROW(Family(62, Form({20, 20})), core::InputError);
}

}  // namespace
}  // namespace gforbit::search
