// Wrong indexes, with right checksums, are found by the verifier of the program and by the independent one.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "brute_force.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/index/checksum.hpp"
#include "gforbit/index/verify.hpp"
#include "seed.hpp"

namespace gforbit::index {
namespace {

using testing_support::IndexedCase;

/// @return what the program finds wrong; empty: nothing
std::string found_by_program(const std::string& path) {
  try {
    const IndexFile file(path);
    file.check_blocks(1);
    for (std::size_t i = 0; i < file.size(); ++i) {
      const auto done = verify(file.register_at(i), file.view(i), {});
      if (!done->wrong.empty()) return done->wrong.front();
    }
    return "";
  } catch (const core::InputError& error) {
    return error.what();
  }
}

bool is_found_by_independent_check(const std::string& path) {
  const int status = std::system(fmt::format("{} {} >/dev/null 2>&1", GFORBIT_CHECK_INDEX, path).c_str());
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/// How many cases to try where the quick run tries `usual` of its 134; GFORBIT_CORRUPTIONS: in all.
int cases(int usual) {
  constexpr int kUsual = 134;
  const char* const wanted = std::getenv("GFORBIT_CORRUPTIONS");
  return wanted == nullptr ? usual : (usual * std::atoi(wanted) + kUsual - 1) / kUsual;
}

using Random = std::mt19937_64;
using Change = std::function<void(Orbits&, Random&)>;

/// Each breaks one thing; what is left alone stays consistent.
const std::vector<std::pair<const char*, Change>>& changes() {
  static const std::vector<std::pair<const char*, Change>> all{
      {"one position", [](Orbits& o, Random& r) { o.positions[r() % o.marks] += 1 + r() % 3; }},
      {"one cycle",
       [](Orbits& o, Random& r) { o.cycle_of[r() % o.marks] += 1 + static_cast<std::uint32_t>(r() % 3); }},
      {"one successor", [](Orbits& o, Random& r) { o.order[r() % o.order.size()] ^= 1; }},
      {"swapped successors",
       [](Orbits& o, Random& r) {
         const std::size_t a = r() % o.order.size(),
                           b = (a + 1 + r() % (o.order.size() - 1)) % o.order.size();
         std::swap(o.order[a], o.order[b]);
         std::swap(o.positions[o.order[a]], o.positions[o.order[b]]);
         std::swap(o.cycle_of[o.order[a]], o.cycle_of[o.order[b]]);
       }},
      {"one length",
       [](Orbits& o, Random& r) {
         // All positions behind a segment move, and the period of the cycle with them.
         const std::size_t row = r() % o.cycles.size(), last = o.cycles.size() - 1;
         const std::uint64_t end = row == last ? o.order.size() : o.cycles[row + 1].first;
         for (std::uint64_t at = o.cycles[row].first + 1; at < end; ++at) ++o.positions[o.order[at]];
         ++o.cycles[row].period;
         --o.cycles[(row + 1) % o.cycles.size()].period;
       }},
      {"a dropped cycle",
       [](Orbits& o, Random& r) {
         const std::size_t row = o.cycles.size() - 1, other = r() % row;
         o.cycles[other].period += o.cycles[row].period;
         if (o.cycles[row].first != o.order.size()) o.order.resize(o.cycles[row].first);
         o.cycles.pop_back();
       }},
      {"another representative",
       [](Orbits& o, Random& r) { o.cycles[r() % o.cycles.size()].representative ^= 1; }},
      {"another period", [](Orbits& o, Random& r) { o.cycles[r() % o.cycles.size()].period += 1 + r() % 2; }},
      {"fewer distinguished states", [](Orbits& o, Random&) { o.order.pop_back(); }},
  };
  return all;
}

class WrongIndexes : public testing::Test {
 protected:
  void expect_found(const std::string& what) {
    EXPECT_NE(found_by_program(path), "") << what;
    EXPECT_TRUE(is_found_by_independent_check(path)) << what;
  }

  testing_support::TempFolder folder;
  std::string path = folder.path("a.gfi");
  Random random{testing_support::test_seed()};
};

TEST_F(WrongIndexes, RightOnesPassBothChecks) {
  for (int i = 0; i < 40; ++i) {
    const fsr::Register reg = testing_support::random_small_register(random, 11, i % 2 == 0);
    testing_support::write_index(path, reg, testing_support::indexed(reg).orbits);
    EXPECT_EQ(found_by_program(path), "");
    EXPECT_FALSE(is_found_by_independent_check(path)) << reg.feedback().text();
  }
}

TEST_F(WrongIndexes, EveryWrongTableIsFound) {
  for (int i = 0; i < cases(54); ++i) {
    const bool nonsingular = i / static_cast<int>(changes().size()) % 3 != 2;
    IndexedCase c = testing_support::indexed(testing_support::random_small_register(random, 10, nonsingular));
    while (c.cycles.size() < 2 || c.orbits.order.size() < 2)
      c = testing_support::indexed(testing_support::random_small_register(random, 10, nonsingular));
    const auto& [name, change] = changes()[static_cast<std::size_t>(i) % changes().size()];
    change(c.orbits, random);
    testing_support::write_index(path, c.reg, c.orbits);
    expect_found(fmt::format("{} of GF({}), {} cells: {}", name, c.reg.field().order(), c.reg.degree(),
                             c.reg.feedback().text()));
  }
}

/// The file of a register that differs in one term.
TEST_F(WrongIndexes, AnotherFeedbackIsFound) {
  for (int i = 0; i < cases(20); ++i) {
    const IndexedCase c = testing_support::indexed(testing_support::random_nonsingular(random, 2, 8 + i % 4));
    const auto cell = 1 + random() % static_cast<unsigned>(c.reg.degree() - 1);
    const fsr::Register other(fsr::Feedback::parse(c.reg.field(), c.reg.degree(),
                                                   fmt::format("{} + x{}", c.reg.feedback().text(), cell)));
    testing_support::write_index(path, other, c.orbits);
    expect_found(c.reg.feedback().text());
  }
}

TEST_F(WrongIndexes, CutAndDamagedFilesAreFound) {
  const fsr::Register reg = testing_support::random_nonsingular(random, 2, 12);
  testing_support::write_index(path, reg, testing_support::indexed(reg).orbits);
  std::ifstream in(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  for (int i = 0; i < cases(60); ++i) {
    std::string bad = good;
    if (i % 3 == 0) {
      bad.resize(random() % good.size());
    } else {
      bad[random() % good.size()] ^= static_cast<char>(1 << random() % 8);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
    expect_found(fmt::format("case {}", i));
  }
}

/// With right checksums.
TEST_F(WrongIndexes, WhatIsNoRegisterIsSaid) {
  const fsr::Register reg = testing_support::random_nonsingular(random, 2, 6);
  testing_support::write_index(path, reg, testing_support::indexed(reg).orbits);
  std::ifstream in(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  const auto write = [&](std::string bytes) {
    const auto put = [&](std::size_t at, std::size_t begin, std::size_t end) {
      const std::uint32_t sum = crc32c(std::as_bytes(std::span(bytes).subspan(begin, end - begin)));
      std::memcpy(&bytes[at], &sum, sizeof sum);
    };
    std::uint64_t table = 0;
    std::memcpy(&table, &bytes[40], sizeof table);
    put(table, 4096, table);  // one block
    put(48, table, bytes.size());
    put(4092, 0, 4092);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  };
  std::string none = good;
  std::fill_n(&none[24], 8, '\0');
  write(none);
  EXPECT_NE(found_by_program(path).find("it has no register"), std::string::npos);
  EXPECT_TRUE(is_found_by_independent_check(path));
  std::string other = good;
  other.replace(other.find("\"field\""), 7, "\"fiel_\"");
  write(other);
  EXPECT_NE(found_by_program(path).find("the text of register 1 is malformed: key 'field' not found"),
            std::string::npos)
      << found_by_program(path);
}

/// One wrong segment of n escapes a sample of p with probability 1 - p: of 400 cases about that share does.
TEST_F(WrongIndexes, ASampleFindsWrongSegmentsAsOftenAsItSays) {
  IndexedCase c =
      testing_support::indexed(testing_support::random_nonsingular(random, 2, 12), {.most_marks = 64});
  // Both segments at a mark are wrong if it moves; nothing else is.
  std::size_t at = 0;
  while (true) {
    at = 1 + random() % (c.orbits.order.size() - 1);
    const std::uint32_t mark = c.orbits.order[at], before = c.orbits.order[at - 1];
    if (c.orbits.cycle_of[mark] == c.orbits.cycle_of[before] &&
        c.orbits.positions[mark] > c.orbits.positions[before] + 1)
      break;
  }
  --c.orbits.positions[c.orbits.order[at]];
  testing_support::write_index(path, c.reg, c.orbits);
  const IndexFile file(path);
  int escaped = 0;
  constexpr int kTries = 400;
  for (std::uint64_t seed = 0; seed < kTries; ++seed) {
    const auto done = verify(file.register_at(0), file.view(0), {.sample = 0.3, .seed = seed});
    escaped += done->wrong.empty() ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(escaped) / kTries, 0.7 * 0.7, 0.12);  // five standard deviations
}

TEST(Checksum, IsCrc32cOfTheStandard) {
  const auto sum = [](std::string_view text) { return crc32c(std::as_bytes(std::span(text))); };
  EXPECT_EQ(sum("123456789"), 0xE3069283U);
  EXPECT_EQ(sum(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(sum(std::string(32, '\xff')), 0x62A8AB43U);
  const std::string_view text = "gforbit maps cycles";
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(crc32c(bytes.subspan(7), crc32c(bytes.first(7))), sum(text));
}

}  // namespace
}  // namespace gforbit::index
