#include "cycles/equal_rows.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gforbit::job_cycles {
namespace {

TEST(FirstEqualRows, AgreesWithAMapHoweverBadTheHash) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t names = 1 + random() % 200, n_hashes = 1 + random() % 8;
    std::vector<std::uint64_t> key(1 + random() % 60);
    std::vector<std::uint32_t> hashes;
    std::map<std::uint64_t, std::uint32_t> first;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t row = 0; row < key.size(); ++row) {
      key[row] = random() % names;
      hashes.push_back(static_cast<std::uint32_t>(key[row] % n_hashes));
      expected.push_back(first.try_emplace(key[row], row).first->second);
    }
    EXPECT_EQ(first_equal_rows(hashes, [&](std::uint64_t row) { return std::to_string(key[row]); }),
              expected);
  }
}

TEST(FirstEqualRows, LooksOnlyWhereHashesAgree) {
  int looks = 0;
  const auto key_of = [&](std::uint64_t row) {
    ++looks;
    return std::to_string(row);
  };
  const std::vector<std::uint32_t> hashes{1, 2, 3, 2};
  EXPECT_EQ(first_equal_rows(hashes, key_of), (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(looks, 2);
  EXPECT_TRUE(first_equal_rows({}, key_of).empty());
}

}  // namespace
}  // namespace gforbit::job_cycles
