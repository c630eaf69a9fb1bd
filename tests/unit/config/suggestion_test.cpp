#include "gforbit/config/suggestion.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gforbit::config {
namespace {

TEST(Suggestion, NearestThenSameLettersThenBeginning) {
  const std::vector<std::string> names{"field", "threads", "timeout", "store-cycles", "stop-after"};
  EXPECT_EQ(suggestion("thread", names), "; did you mean 'threads'?");
  EXPECT_EQ(suggestion("feild", names, "--"), "; did you mean '--field'?");
  EXPECT_EQ(suggestion("thr", names), "; did you mean 'threads'?");
  EXPECT_EQ(suggestion("sto", names), "") << "two begin so";
  EXPECT_EQ(suggestion("xyz", names), "");
  EXPECT_EQ(suggestion("", names), "");
  EXPECT_EQ(suggestion("field", {}), "");
}

}  // namespace
}  // namespace gforbit::config
