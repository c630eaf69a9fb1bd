#include "gforbit/store/spool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"

namespace gforbit::store {
namespace {

TEST(Spool, GivesBackWhatWasAppendedInAnyOrder) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Spool spool(std::filesystem::temp_directory_path());
  std::vector<std::pair<std::uint64_t, core::Bytes>> records;
  for (int i = 0; i < 3000; ++i) {
    // Some records are longer than a block.
    core::Bytes record(random() % 500 == 0 ? 600000 + random() % 1000 : random() % 700,
                       static_cast<std::byte>(i));
    records.emplace_back(spool.append(record), record);
    if (random() % 50 == 0) {
      const auto& [at, expected] = records[random() % records.size()];
      EXPECT_EQ(spool.read(at), expected);
    }
  }
  for (const auto& [at, expected] : records) EXPECT_EQ(spool.read(at), expected);
  std::ranges::shuffle(records, random);
  for (const auto& [at, expected] : records) EXPECT_EQ(spool.read(at), expected);
}

TEST(Spool, AFolderThatCannotBeWrittenIsNamed) {
  try {
    const Spool spool("/nowhere/at/all");
    FAIL();
  } catch (const core::OutputError& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

}  // namespace
}  // namespace gforbit::store
