/// A folder that looks like a machine's /proc and /sys.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace gforbit::sys {

class FakeMachine : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::temp_directory_path() /
            ("gforbit_machine_" + std::to_string(getpid()) + "_" + test->test_suite_name() + test->name());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void put(const std::filesystem::path& name, std::string_view text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  std::filesystem::path root_;
};

}  // namespace gforbit::sys
