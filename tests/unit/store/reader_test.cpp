/// Files that are not what they claim to be.
#include "gforbit/store/result_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_writer.hpp"
#include "seed.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::store {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryDirectory;

std::string refusal(const std::filesystem::path& path) {
  std::string text = message_of<core::InputError>([&] { const ResultReader reader(path); });
  EXPECT_TRUE(contains(text, path.filename().string()));
  return text;
}

class Reader : public ::testing::Test {
 protected:
  /// A valid file with 5000 rows, with `change` applied before it is committed.
  template <class Change>
  std::filesystem::path make(const std::string& name, Change change) {
    ResultWriter writer(directory_ / name, true);
    writer.set_header("test", true, core::ExitStatus::done);
    std::mt19937_64 random(3);
    writer.write(test::random_rows(test::every_type_spec(), 5000, random));
    change(writer);
    writer.commit();
    return directory_ / name;
  }
  std::filesystem::path make(const std::string& name) {
    return make(name, [](ResultWriter&) {});
  }
  TemporaryDirectory directory_;
};

TEST_F(Reader, SaysOfEachKindOfFileWhatItIsAndWhatToDo) {
  EXPECT_TRUE(contains(refusal(directory_ / "none.h5"), "does not exist: check its name"));
  EXPECT_TRUE(contains(refusal(directory_.path()), "is a folder, not a result file: name a file in it"));
  std::filesystem::create_symlink("gone.h5", directory_ / "link.h5");
  EXPECT_TRUE(contains(refusal(directory_ / "link.h5"), "is a symbolic link to a file that does not exist"));
  ASSERT_EQ(::mkfifo((directory_ / "pipe.h5").c_str(), 0600), 0);
  EXPECT_TRUE(contains(refusal(directory_ / "pipe.h5"), "is not a regular file"));
  const auto of_bytes = [&](const std::string& bytes) {
    test::write_bytes(directory_ / "bytes.h5", bytes);
    return refusal(directory_ / "bytes.h5");
  };
  EXPECT_TRUE(contains(of_bytes(""), "is empty"));
  EXPECT_TRUE(contains(of_bytes(std::string(10'000, 'x')), "is no HDF5 file"));
  EXPECT_TRUE(contains(of_bytes(std::string(10'000, '\0')), "begins with zeros"));
  EXPECT_TRUE(contains(of_bytes("\x89HD"), "is truncated: it has only 3 bytes"));
  EXPECT_TRUE(contains(of_bytes("gforbit journal\n..."), "is a checkpoint of gforbit, not a result file"));
  EXPECT_TRUE(contains(of_bytes("\x1f\x8b\x08..."), "is compressed by gzip"));
  EXPECT_TRUE(contains(of_bytes("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"));
  std::string newer = test::file_bytes(make("a.h5"));
  newer[8] = 9;
  EXPECT_TRUE(contains(of_bytes(newer), "newer than the HDF5 library"));
}

TEST_F(Reader, SaysThatAFileMayNotBeRead) {
  const auto path = make("a.h5");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  // The superuser may read everything, so the question is asked by a process of nobody's.
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
  const auto ask = [&] {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(2);
    const std::string text = message_of<core::InputError>([&] { const ResultReader reader(path); });
    ::_exit(contains(text, "cannot be read: Permission denied. Its owner can allow it") ? 0 : 1);
  };
  EXPECT_EXIT(ask(), ::testing::ExitedWithCode(0), "");
}

TEST_F(Reader, RefusesOtherSchemasAndNewerMajors) {
  const auto other = make("other.h5", [](ResultWriter& w) { w.set_attribute("/", "schema", "openmc"); });
  EXPECT_TRUE(contains(refusal(other), "schema 'openmc'") || contains(refusal(other), "schema openmc") ||
              contains(refusal(other), "\"openmc\""));
  const auto newer = make("newer.h5", [](ResultWriter& w) {
    w.set_attribute("/", "schema_version", std::array<std::int32_t, 2>{2, 0});
  });
  EXPECT_TRUE(contains(refusal(newer), "version 2.0"));
  EXPECT_TRUE(contains(refusal(newer), "newer gforbit"));
  const auto minor = make("minor.h5", [](ResultWriter& w) {
    w.set_attribute("/", "schema_version", std::array<std::int32_t, 2>{1, 99});
  });
  EXPECT_EQ(ResultReader(minor).n_rows("results/things"), 5000u);
  const auto odd = make("odd.h5", [](ResultWriter& w) { w.set_attribute("/", "schema_version", "1.0"); });
  EXPECT_TRUE(contains(refusal(odd), "schema_version"));
}

TEST_F(Reader, RefusesTruncatedFilesAtAnyLength) {
  const std::string whole = test::file_bytes(make("whole.h5"));
  const auto cut = directory_ / "cut.h5";
  for (std::size_t i = 1; i <= 40; ++i) {
    const std::size_t length = whole.size() * i / 41;
    SCOPED_TRACE(length);
    test::write_bytes(cut, whole.substr(0, length));
    EXPECT_TRUE(
        contains(refusal(cut), fmt::format("is truncated: it has {} of {} bytes", length, whole.size())));
  }
  for (std::size_t length = 1; length < 100; ++length) {
    SCOPED_TRACE(length);
    test::write_bytes(cut, whole.substr(0, length));
    EXPECT_TRUE(contains(refusal(cut), "is truncated"));
  }
  test::write_bytes(cut, whole.substr(0, whole.size() - 1));
  EXPECT_TRUE(contains(refusal(cut), "is truncated"));
}

/// Whether `at` lies in a global heap, where texts of variable length are: HDF5 has no checksums there, and
/// follows a damaged length blindly.
bool in_global_heap(const std::string& bytes, std::size_t at) {
  constexpr std::size_t kHeapBytes = 4096;
  const std::size_t heap = bytes.rfind("GCOL", at);
  return heap != std::string::npos && at < heap + kHeapBytes;
}

TEST_F(Reader, NoticesEveryDamageThatChangesNumbers) {
  const auto good = directory_ / "good.h5";
  {
    ResultWriter writer(good, false);
    writer.set_header("test", true, core::ExitStatus::done);
    Table table({"results/t",
                 "",
                 {{"value", "", "", ColumnType::uint64}, {"digits", "", "", ColumnType::fixed_text}}});
    std::mt19937_64 random(4);
    for (int i = 0; i < 5000; ++i) table.append(random(), std::to_string(random() % 1000));
    writer.write(table);
    writer.commit();
  }
  const std::string whole = test::file_bytes(good);
  const std::string digest = ResultReader(good).digest();
  const auto bad = directory_ / "bad.h5";
  std::mt19937_64 random(testing_support::test_seed());
  int noticed = 0;
  for (int i = 0; i < 200; ++i) {
    std::string bytes = whole;
    const std::size_t at = random() % bytes.size();
    if (in_global_heap(whole, at)) continue;
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random() % 255));
    test::write_bytes(bad, bytes);
    SCOPED_TRACE(at);
    try {
      EXPECT_EQ(ResultReader(bad).digest(), digest);  // free space carries nothing: damage there may pass
    } catch (const core::InputError& error) {
      EXPECT_TRUE(contains(error.what(), "bad.h5"));
      ++noticed;
    }
  }
  EXPECT_GT(noticed, 50);
}

}  // namespace
}  // namespace gforbit::store
