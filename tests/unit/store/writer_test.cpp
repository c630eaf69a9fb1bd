/// The target before, during and after writing, with failures of every kind; two runs on one file.
#include "gforbit/store/result_writer.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <optional>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_target.hpp"
#include "gforbit/store/result_reader.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::store {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::message_of;
using test::TemporaryDirectory;

TEST(Writer, RefusesAnExistingFileWithoutForce) {
  const TemporaryDirectory directory;
  test::write_bytes(directory / "a.h5", "precious");
  const std::string text = message_of<core::UsageError>([&] { ResultWriter(directory / "a.h5", false); });
  EXPECT_TRUE(contains(text, "--force"));
  EXPECT_TRUE(contains(text, "a.h5"));
  EXPECT_EQ(test::file_bytes(directory / "a.h5"), "precious");
  EXPECT_EQ(directory.n_entries(), 1u);
}

TEST(Writer, RefusesPlacesWhereNothingCanBeWritten) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(contains(message_of<core::OutputError>([&] { ResultWriter(directory / "no/a.h5", false); }),
                       "does not exist"));
  test::write_bytes(directory / "file", "");
  EXPECT_TRUE(contains(message_of<core::OutputError>([&] { ResultWriter(directory / "file/a.h5", false); }),
                       "not a directory"));
  EXPECT_TRUE(contains(message_of<core::OutputError>([&] { ResultWriter(directory.path(), true); }),
                       "not a regular file"));
  EXPECT_THROW(ResultWriter("/proc/a.h5", false), core::OutputError);
  if (::geteuid() != 0) {
    fs::permissions(directory.path(), fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_TRUE(contains(message_of<core::OutputError>([&] { ResultWriter(directory / "a.h5", false); }),
                         "permission"));
    fs::permissions(directory.path(), fs::perms::owner_all);
  }
}

TEST(Writer, WithoutCommitTheTargetIsUntouched) {
  const TemporaryDirectory directory;
  test::write_bytes(directory / "a.h5", "precious");
  {
    ResultWriter writer(directory / "a.h5", true);
    writer.set_header("test", true, core::ExitStatus::done);
    std::mt19937_64 random(1);
    writer.write(test::random_rows(test::every_type_spec(), 100, random));
    EXPECT_EQ(test::file_bytes(directory / "a.h5"), "precious");
  }
  EXPECT_EQ(test::file_bytes(directory / "a.h5"), "precious");
  EXPECT_EQ(directory.n_entries(), 1u);
}

TEST(Writer, PublishesSeveralVersionsUnderOneClaim) {
  const TemporaryDirectory directory;
  {
    const OutputTarget target(directory / "a.h5", false);
    for (const bool complete : {false, true}) {
      ResultWriter writer(target);
      writer.set_header("test", complete, complete ? core::ExitStatus::done : core::ExitStatus::stopped);
      writer.commit();
      EXPECT_EQ(ResultReader(directory / "a.h5").integer_attribute("/", "complete"), complete ? 1 : 0);
    }
  }
  EXPECT_EQ(directory.n_entries(), 1u);
}

TEST(Writer, EqualRunsGiveEqualBytes) {
  const TemporaryDirectory directory;
  for (const auto* name : {"a.h5", "b.h5"}) {
    ResultWriter writer(directory / name, false);
    writer.set_header("test", true, core::ExitStatus::done);
    std::mt19937_64 random(1);
    writer.write(test::random_rows(test::every_type_spec(), 100, random));
    writer.commit();
  }
  EXPECT_TRUE(test::file_bytes(directory / "a.h5") == test::file_bytes(directory / "b.h5"));
}

/// Rows that do not compress, so that a small disk is full soon.
Table noise(std::size_t n) {
  Table table(
      {"results/noise", "", {{"value", "", "", ColumnType::uint64}, {"text", "", "", ColumnType::text}}});
  std::mt19937_64 random(2);
  for (std::size_t i = 0; i < n; ++i) table.append(random(), std::to_string(random()));
  return table;
}

std::size_t n_open_files() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

/// Writes `block` again and again, then commits; what it reports at last.
std::string fill(const fs::path& path, const Table& block, int n_blocks) {
  return message_of<core::OutputError>([&] {
    ResultWriter writer(path, true);
    writer.set_header("test", true, core::ExitStatus::done);
    TableStream stream = writer.open_table(block.spec());
    for (int i = 0; i < n_blocks; ++i) stream.append(block);
    stream.close();
    writer.commit();
  });
}

/// A test of failing writes on a file system of `bytes`; needs the right to mount.
void on_small_disk(std::size_t bytes, const std::function<void(const fs::path&)>& action) {
  const TemporaryDirectory directory;
  const std::string options = "size=" + std::to_string(bytes);
  if (::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
    GTEST_SKIP() << "cannot mount a small file system: " << std::strerror(errno);
  }
  action(directory.path());
  EXPECT_EQ(::umount(directory.path().c_str()), 0) << "something is still open there";
}

TEST(FullDisk, LeavesTheOldFileAndSaysWhy) {
  const Table block = noise(70'000);
  on_small_disk(std::size_t{4} << 20, [&](const fs::path& disk) {
    test::write_bytes(disk / "a.h5", "precious");
    const std::string text = fill(disk / "a.h5", block, 20);
    EXPECT_TRUE(contains(text, (disk / "a.h5").string()));
    EXPECT_TRUE(contains(text, "No space left on device"));
    EXPECT_EQ(test::file_bytes(disk / "a.h5"), "precious");
    EXPECT_EQ(std::distance(fs::directory_iterator(disk), {}), 1);
  });
}

TEST(FullDisk, AtEverySizeWhereItCanHappen) {
  const Table block = noise(3000);
  int failures = 0;
  for (std::size_t pages = 2; pages < 60; pages += 3) {
    SCOPED_TRACE(pages);
    const TemporaryDirectory outside;
    on_small_disk(pages * 4096, [&](const fs::path& disk) {
      try {
        ResultWriter writer(disk / "a.h5", true);
        writer.set_header("test", true, core::ExitStatus::done);
        writer.write(block);
        writer.commit();
        EXPECT_EQ(ResultReader(disk / "a.h5").n_rows("results/noise"), 3000u);
      } catch (const core::OutputError& error) {
        ++failures;
        EXPECT_TRUE(contains(error.what(), "No space left on device"));
        EXPECT_FALSE(fs::exists(disk / "a.h5"));
        EXPECT_TRUE(fs::is_empty(disk));
      }
    });
    if (::testing::Test::IsSkipped()) return;
  }
  EXPECT_GT(failures, 3);
}

TEST(FileSizeLimit, IsReportedLikeAFullDisk) {
  const TemporaryDirectory directory;
  test::write_bytes(directory / "a.h5", "precious");
  const Table block = noise(70'000);
  const std::size_t open_before = n_open_files();
  struct rlimit old {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const struct rlimit small { 1 << 20, old.rlim_max };
  auto* const old_handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string text = fill(directory / "a.h5", block, 5);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_TRUE(contains(text, "File too large"));
  EXPECT_EQ(test::file_bytes(directory / "a.h5"), "precious");
  EXPECT_EQ(directory.n_entries(), 1u);
  EXPECT_EQ(n_open_files(), open_before);

  // The library is still usable in this process.
  std::mt19937_64 random(1);
  ResultWriter writer(directory / "a.h5", true);
  writer.set_header("test", true, core::ExitStatus::done);
  writer.write(test::random_rows(test::every_type_spec(), 100, random));
  writer.commit();
  EXPECT_EQ(ResultReader(directory / "a.h5").n_rows("results/things"), 100u);
}

// --- Lock
// ----------------------------------------------------------------------------------------------------------

/// Runs `action` in a child process; true if it ended with true.
bool in_child(const std::function<bool()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    bool good = false;
    try {
      good = action();
    } catch (...) {
    }
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class Lock : public ::testing::TestWithParam<FileLock::Method> {};
INSTANTIATE_TEST_SUITE_P(Methods, Lock,
                         ::testing::Values(FileLock::Method::automatic, FileLock::Method::existence_only));

TEST_P(Lock, KeepsAnotherProcessOutAndNamesTheHolder) {
  const TemporaryDirectory directory;
  const fs::path target = directory / "a.h5";
  ::setenv("SLURM_JOB_ID", "4711", 1);
  const std::string holder = "process " + std::to_string(::getpid()) + " on host ";
  {
    const FileLock lock(target, GetParam());
    ::unsetenv("SLURM_JOB_ID");
    EXPECT_TRUE(contains(test::file_bytes(lock.path()), holder));
    EXPECT_TRUE(in_child([&] {
      try {
        const FileLock second(target, GetParam());
      } catch (const core::OutputError& error) {
        return static_cast<bool>(contains(error.what(), holder)) &&
               static_cast<bool>(contains(error.what(), "4711")) &&
               static_cast<bool>(contains(error.what(), "a.h5.lock")) &&
               error.status() == core::ExitStatus::output;
      }
      return false;
    }));
    EXPECT_THROW(FileLock(target, GetParam()), core::OutputError);  // nor a second run in this process
  }
  EXPECT_EQ(directory.n_entries(), 0u);
  EXPECT_TRUE(in_child([&] {
    const FileLock second(target, GetParam());
    return true;
  }));
}

TEST(LockFile, OfADeadProcessIsNoObstacle) {
  const TemporaryDirectory directory;
  const fs::path target = directory / "a.h5";
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(target);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(fs::exists(directory / "a.h5.lock"));
  const FileLock lock(target);
  EXPECT_TRUE(contains(test::file_bytes(lock.path()), std::to_string(::getpid())));
}

TEST(LockFile, WhereExistenceIsTheLockTheErrorSaysWhatToRemove) {
  const TemporaryDirectory directory;
  test::write_bytes(directory / "a.h5.lock", "process 1 on host gone\n");
  const std::string text =
      message_of<core::OutputError>([&] { FileLock(directory / "a.h5", FileLock::Method::existence_only); });
  EXPECT_TRUE(contains(text, "remove the lock file"));
  EXPECT_TRUE(contains(text, "host gone"));
  EXPECT_TRUE(fs::exists(directory / "a.h5.lock"));
}

/// The lock file of a process that was killed where existence is the lock.
void leave_lock(const fs::path& target) {
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(target, FileLock::Method::existence_only);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
}

TEST(LockFile, WhereExistenceIsTheLockOneOfADeadProcessOfThisHostIsTakenOver) {
  const TemporaryDirectory directory;
  const fs::path target = directory / "a.h5";
  leave_lock(target);
  ASSERT_TRUE(fs::exists(directory / "a.h5.lock"));
  {
    const FileLock lock(target, FileLock::Method::existence_only);
    EXPECT_TRUE(contains(test::file_bytes(lock.path()), std::to_string(::getpid())));
    EXPECT_THROW(FileLock(target, FileLock::Method::existence_only), core::OutputError);
  }
  EXPECT_EQ(directory.n_entries(), 0u);
}

TEST(LockFile, WhereExistenceIsTheLockOneOfAnEarlierStartOfTheSlurmJobIsTakenOver) {
  const TemporaryDirectory directory;
  const fs::path target = directory / "a.h5";
  const auto take = [&] { const FileLock lock(target, FileLock::Method::existence_only); };
  const auto write = [&](const std::string& slurm) {
    test::write_bytes(directory / "a.h5.lock",
                      "process 1 on host far\nfacts: process=1 host=far space=1" + slurm + "\n");
  };
  ::setenv("SLURM_JOB_ID", "4711", 1);
  write(" slurm_job=4711 slurm_restarts=0");
  EXPECT_THROW(take(), core::OutputError);  // another step of this very start
  ::setenv("SLURM_RESTART_COUNT", "2", 1);
  write(" slurm_job=4711 slurm_restarts=2");
  EXPECT_THROW(take(), core::OutputError);
  write(" slurm_job=471 slurm_restarts=1");
  EXPECT_THROW(take(), core::OutputError);
  write("");
  EXPECT_THROW(take(), core::OutputError);
  write(" slurm_job=4711 slurm_restarts=1");
  EXPECT_NO_THROW(take());
  write(" slurm_job=4711 slurm_restarts=0");
  EXPECT_NO_THROW(take());
  ::unsetenv("SLURM_RESTART_COUNT");
  ::unsetenv("SLURM_JOB_ID");
}

TEST(LockFile, MovesWithItsOwner) {
  const TemporaryDirectory directory;
  std::optional<FileLock> outer;
  {
    FileLock lock(directory / "a.h5");
    outer.emplace(std::move(lock));
  }
  EXPECT_TRUE(fs::exists(directory / "a.h5.lock"));
  outer.reset();
  EXPECT_FALSE(fs::exists(directory / "a.h5.lock"));
}

TEST(LockFile, NeverHasTwoHolders) {
  // Children fight for one lock; whoever holds it must be alone in creating a second file.
  const TemporaryDirectory directory;
  const fs::path target = directory / "a.h5";
  const fs::path inside = directory / "inside";
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      int held = 0;
      for (int round = 0; held < 50 && round < 1'000'000; ++round) {
        try {
          const FileLock lock(target);
          if (!fs::create_directory(inside) || !fs::remove(inside)) ::_exit(1);
          ++held;
        } catch (const core::OutputError&) {
        }
      }
      ::_exit(held == 50 ? 0 : 2);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }
  EXPECT_EQ(directory.n_entries(), 0u);
}

/// The version of the superblock: the byte behind the signature. HDF5 1.8 knows up to 2, HDF5 1.10 wrote 3.
int superblock_version(const std::filesystem::path& path) {
  return test::file_bytes(path).at(8);
}

TEST(Writer, WritesWhatHdf5_1_8Opens) {
  const TemporaryDirectory directory;
  std::mt19937_64 random(6);
  const Table table = test::random_rows(test::every_type_spec(), 100'000, random);
  std::string digests[2];
  for (const auto format : {Hdf5Format::v1_8, Hdf5Format::v1_10}) {
    const auto path = directory / (format == Hdf5Format::v1_8 ? "old.h5" : "new.h5");
    ResultWriter writer(path, false, format);
    writer.set_header("test", true, core::ExitStatus::done);
    writer.write(table);
    digests[format == Hdf5Format::v1_8 ? 0 : 1] = writer.commit();
    test::expect_equal(ResultReader(path).read("results/things"), table);
  }
  EXPECT_EQ(superblock_version(directory / "old.h5"), 2);
  EXPECT_EQ(superblock_version(directory / "new.h5"), 3);
  EXPECT_EQ(digests[0], digests[1]);
}

}  // namespace
}  // namespace gforbit::store
