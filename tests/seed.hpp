/// The seed of all random tests: the environment variable GFORBIT_SEED, or a fixed one, so that a failure
/// repeats. After a test that failed its seed is printed, if it was asked for.
#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gforbit::testing_support {

inline constexpr unsigned kDefaultSeed = 20'240'229;

class SeedOfFailures : public ::testing::EmptyTestEventListener {
 public:
  explicit SeedOfFailures(unsigned seed) : seed_(seed) {}
  void OnTestEnd(const ::testing::TestInfo& test) override {
    if (!test.result()->Failed()) return;
    std::cout << "random values: repeat them with GFORBIT_SEED=" << seed_ << std::endl;
  }

 private:
  unsigned seed_;
};

/// @throws std::invalid_argument  GFORBIT_SEED is no number of 32 bits
inline unsigned test_seed() {
  static const unsigned seed = [] {
    unsigned value = kDefaultSeed;
    if (const char* given = std::getenv("GFORBIT_SEED"); given != nullptr) {
      const std::string_view text = given;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument("GFORBIT_SEED is no number of 32 bits: " + std::string(text));
      }
    }
    ::testing::UnitTest::GetInstance()->listeners().Append(new SeedOfFailures(value));
    return value;
  }();
  return seed;
}

}  // namespace gforbit::testing_support
