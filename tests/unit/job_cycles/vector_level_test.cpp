// The vector level that a result file names.

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "cycles/executor.hpp"
#include "cycles/results.hpp"

namespace gforbit::job_cycles {
namespace {

using cycles::SimdLevel;

std::vector<launch::RankReport> ranks_with(const std::vector<std::string>& levels) {
  std::vector<launch::RankReport> ranks(levels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) ranks[i].vector_level = levels[i];
  return ranks;
}

TEST(VectorLevel, OfRanksThatDifferIsAList) {
  EXPECT_EQ(vector_levels(std::nullopt, ranks_with({"avx2", "avx2"})), "avx2");
  EXPECT_EQ(vector_levels(std::nullopt, ranks_with({"avx512", "avx2", "avx512", ""})), "avx512,avx2");
}

TEST(VectorLevel, IsTheForcedOne) {
  EXPECT_EQ(vector_levels(SimdLevel::sse2, ranks_with({"avx512", "avx2"})), "sse2");
  EXPECT_EQ(vector_levels(SimdLevel::scalar, {}), "scalar");
}

TEST(VectorLevel, IsReportedByEachRank) {
  const CyclesExecutor executor;
  EXPECT_EQ(executor.vector_level(), cycles::simd_name(cycles::best_simd_level()));
  EXPECT_EQ(vector_levels(std::nullopt, {}), executor.vector_level()) << "a snapshot";
}

}  // namespace
}  // namespace gforbit::job_cycles
