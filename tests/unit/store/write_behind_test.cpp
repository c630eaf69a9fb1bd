#include "gforbit/store/write_behind.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace gforbit::store {
namespace {

TEST(WriteBehind, WritesEverythingInOrder) {
  std::vector<int> written;
  WriteBehind behind;
  for (int i = 0; i < 1000; ++i) behind.post([&written, i] { written.push_back(i); });
  behind.finish();
  ASSERT_EQ(written.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(written[static_cast<std::size_t>(i)], i);
  behind.finish();
}

TEST(WriteBehind, AnErrorComesBackAndEndsTheWriting) {
  int later = 0;
  WriteBehind behind;
  behind.post([] { throw std::runtime_error("the disk is full"); });
  EXPECT_THROW(behind.finish(), std::runtime_error);
  EXPECT_THROW(behind.post([&later] { ++later; }), std::runtime_error);
  EXPECT_EQ(later, 0);
}

TEST(WriteBehind, MayEndWithoutAnything) {
  EXPECT_NO_THROW({ const WriteBehind unused; });
}

}  // namespace
}  // namespace gforbit::store
