// Templates: their functions, ranks, and pairs of a function and its reverse, against all assignments.
#include "gforbit/search/template.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gforbit::search {
namespace {

const std::vector<std::string> kTemplates = {"x0 + x{a}",
                                             "x0 + x{a} + x{b} + x{c}*x{d}",
                                             "x0 + x{a} + x{b} + x{a}*x{b}",
                                             "x0 + x{b} + x{a}*x{c} + x{c}*x{b}",
                                             "x0 + x1 + x{a}*x{b}*x{c} + x{a}",
                                             "x0 + x2*x{a} + x5*x{b} + x{c}",
                                             "x0 + x{a} * (x{b} + x{c}) + x{d}"};

TEST(Templates, HaveEachFunctionOnceAndOneOfEachPair) {
  for (const std::string& text : kTemplates) {
    for (const int degree : {7, 8}) {
      const TemplateFamily family(degree, Template(text));
      // Ranks by function: the smallest one counts.
      std::map<std::string, std::uint64_t> smallest;
      for (std::uint64_t rank = 0; rank < family.assignments(); ++rank)
        smallest.try_emplace(family.function(rank).feedback().text(), rank);
      EXPECT_EQ(family.functions(), smallest.size()) << text;
      const auto reverse = [&](std::uint64_t rank) {
        return smallest.find(reversed(family.function(rank)).feedback().text());
      };
      const bool has_pairs = std::ranges::all_of(
          smallest, [&](const auto& function) { return reverse(function.second) != smallest.end(); });
      std::vector<std::uint64_t> canonical;
      for (const auto& [function, rank] : smallest) {
        const auto other = has_pairs ? std::optional(reverse(rank)->second) : std::nullopt;
        EXPECT_EQ(family.reversed_rank(rank), other) << text;
        if (rank <= other.value_or(rank)) canonical.push_back(rank);
      }
      std::ranges::sort(canonical);
      EXPECT_EQ(family.canonical_functions(), canonical.size()) << text << ", degree " << degree;
      std::vector<std::uint64_t> found;
      const auto add = [&](std::uint64_t rank, const Function& function) {
        EXPECT_EQ(function, family.function(rank));
        EXPECT_TRUE(family.is_canonical(rank));
        found.push_back(rank);
        return true;
      };
      const std::uint64_t cut = family.assignments() / 3;
      family.for_each_canonical(0, cut, add);
      family.for_each_canonical(cut, family.assignments(), add);
      EXPECT_EQ(found, canonical) << text << ", degree " << degree;
    }
  }
}

TEST(Templates, AreOrderedByTheCellsOfTheirNames) {
  const TemplateFamily family(6, Template("x0 + x{a} + x{b}*x3"));
  EXPECT_EQ(family.assignments(), 4U * 3U);
  EXPECT_EQ(family.function(0).feedback().text(), "x0 + x1 + x2*x3");
  EXPECT_EQ(family.function(1).feedback().text(), "x0 + x1 + x3*x4");
  EXPECT_EQ(family.function(11).feedback().text(), "x0 + x5 + x3*x4");
}

TEST(Templates, RefuseWhatIsNone) {
  for (const char* const text :
       {"", "x0 + x1", "x{a} + x{b}", "x0*x{a} + x{b}", "x0 + x{a} + 1", "x0 + {a}", "x0 + x{a", "x0 + x{1}",
        "x0 + y{a}", "x0 + x{a} + x63", "x0 + x{a} + x[99]", "x0 + x{a}{b}", "x0 + x{a} +",
        "x0 + x{a}+x{b}+x{c}+x{d}+x{e}+x{f}+x{g}+x{h}+x{i}"})
    EXPECT_THROW(Template{text}, core::InputError) << text;
  EXPECT_THROW(Template("x0 + x{a} + x{b} + x{a}"), core::InputError);
  EXPECT_THROW(Template("x0 + x{a}*x{b} + x{b}*x{a} + x{c}"), core::InputError);
  EXPECT_THROW(TemplateFamily(4, Template("x0 + x{a} + x5")), core::InputError);
  EXPECT_THROW(TemplateFamily(3, Template("x0 + x{a} + x{b}*x{c}")), core::InputError);
  EXPECT_THROW(TemplateFamily(63, Template("x0 + x{a}")), core::InputError);
  EXPECT_EQ(Template(" x0+x{a} ").text(), "x0+x{a}");
  EXPECT_EQ(Template("x0 + x{a} + table(0x9600, x61, x1, x2, x{b})").names(), 2);
}

TEST(Templates, AreLargeToo) {
  const TemplateFamily family(62, Template("x0 + x{a} + x{b} + x{c} + x{d} + x{e}*x{f}*x{g}*x{h}"));
  std::uint64_t n = 0;
  const std::uint64_t begin = family.assignments() / 4;
  family.for_each_canonical(begin, family.assignments(), [&](std::uint64_t rank, const Function& function) {
    EXPECT_GE(rank, begin);
    EXPECT_TRUE(family.is_canonical(rank));
    EXPECT_EQ(function, family.function(rank));
    return ++n < 1000;
  });
  EXPECT_EQ(n, 1000U);
  EXPECT_EQ(family.functions() % 2, 0U);
}

}  // namespace
}  // namespace gforbit::search
