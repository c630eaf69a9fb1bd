/// What the tests of files share: a directory that vanishes, and a table with every type of column.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>

#include "gforbit/store/result_writer.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "gforbit_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::size_t n_entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// What `action` throws as `Expected`, as text; anything else fails the test.
template <class Expected, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Expected& error) {
    return error.what();
  } catch (const std::exception& other) {
    ADD_FAILURE() << "another error: " << other.what();
    return "";
  }
  ADD_FAILURE() << "no error";
  return "";
}

/// Matches a substring; shows both where it is missing.
inline ::testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "\"" << part << "\" is not in: " << text;
}

inline store::TableSpec every_type_spec(const std::string& path = "results/things") {
  using store::ColumnType;
  return {path,
          "Things of every type",
          {{"big", "a count", "states", ColumnType::uint64},
           {"signed", "an index (-1: none)", "", ColumnType::int64},
           {"small", "a degree", "", ColumnType::int32},
           {"colour", "a category", "", ColumnType::int8, {"red", "green", "blue"}},
           {"truth", "0 or 1", "", ColumnType::uint8},
           {"real", "a time", "s", ColumnType::float64},
           {"digits", "a decimal number", "", ColumnType::fixed_text},
           {"words", "free text", "", ColumnType::text}}};
}

/// `n` random rows: extremes, texts of all lengths with characters of 1 to 4 bytes.
inline store::Table random_rows(const store::TableSpec& spec, std::size_t n, std::mt19937_64& random) {
  static const std::string kLetters[] = {"a",  "\xc3\xa9", "\xe2\x88\x9e", "\xf0\x9f\x99\x82", " ",
                                         "\n", "\""};
  const auto text = [&](std::size_t longest) {
    std::string result;
    for (std::size_t length = random() % (longest + 1); length > 0; --length)
      result += kLetters[random() % 7];
    return result;
  };
  store::Table table(spec);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t bits = random() >> (random() % 64);
    table.append(bits, static_cast<std::int64_t>(bits) * (random() % 2 == 0 ? 1 : -1),
                 static_cast<std::int32_t>(bits), static_cast<int>(random() % 3), random() % 2,
                 std::ldexp(static_cast<double>(bits), -30), text(6), text(50));
  }
  return table;
}

inline void expect_equal(const store::Table& a, const store::Table& b) {
  EXPECT_EQ(a.spec(), b.spec());
  ASSERT_EQ(a.n_columns(), b.n_columns());
  for (std::size_t i = 0; i < a.n_columns(); ++i) {
    EXPECT_TRUE(a.data(i) == b.data(i)) << "column " << a.spec().columns[i].name;
  }
}

}  // namespace gforbit::test
