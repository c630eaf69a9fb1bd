#include "gforbit/store/spool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "seed.hpp"

namespace gforbit::store {
namespace {

TEST(Spool, GivesBackWhatWasAppendedInAnyOrder) {
  std::mt19937 random(testing_support::test_seed());
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

TEST(Spool, ALimitOfFileSizesSaysHowToGoOn) {
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 1 << 16;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string message;
  try {
    Spool spool(std::filesystem::temp_directory_path());
    spool.append(core::Bytes(1 << 20));
  } catch (const core::OutputError& error) {
    message = error.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(message.ends_with(
      "': File too large (raise the limit: ulimit -f); then run the same command with --resume"))
      << message;
}

}  // namespace
}  // namespace gforbit::store
