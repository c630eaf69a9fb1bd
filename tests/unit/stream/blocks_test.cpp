#include "gforbit/stream/blocks.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <vector>

namespace gforbit::stream {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

#if defined(__SANITIZE_THREAD__)
constexpr bool kHasShadow = true;
#else
constexpr bool kHasShadow = false;
#endif
constexpr const char* kWhySkipped =
    "the sanitizer's own memory grows by several times what is used, and is counted with it";

std::size_t resident() {
  std::ifstream in("/proc/self/statm");
  std::size_t all = 0, pages = 0;
  in >> all >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void use(std::size_t bytes, std::size_t n) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < n; ++i) {
    blocks.push_back(take_block(bytes));
    std::memset(blocks.back(), 1, bytes);
  }
  for (void* const block : blocks) give_block(block, bytes);
}

TEST(Blocks, AreUsedAgain) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{5000}, std::size_t{100'000}, 17 * kMiB}) {
    void* const block = take_block(bytes);
    std::memset(block, 1, bytes);
    give_block(block, bytes);
    if (bytes == 5000 || bytes == 100'000) {
      EXPECT_EQ(take_block(bytes), block);
      give_block(block, bytes);
    }
  }
}

TEST(Blocks, OfASizeThatNobodyWantsAnyMoreGoBackToTheSystem) {
  if (kHasShadow) GTEST_SKIP() << kWhySkipped;
  use(kMiB, 12);
  const std::size_t before = resident();
  for (int i = 0; i < 2000; ++i) use(kMiB / 8, 1);
  EXPECT_LT(resident() + 10 * kMiB, before);
}

TEST(Blocks, AreKeptUpToABound) {
  if (kHasShadow) GTEST_SKIP() << kWhySkipped;
  use(kMiB / 8, 1);
  const std::size_t before = resident();
  use(kMiB, 64);
  EXPECT_LT(resident(), before + 20 * kMiB);
}

}  // namespace
}  // namespace gforbit::stream
