/// What a run reads, so that it never writes over it, whatever the files are called and whatever --force
/// says.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gforbit::store {

/// Endings of what lies beside a result file while its run works.
inline constexpr std::string_view kCheckpointEnding = ".ckpt", kLockEnding = ".lock",
                                  kTemporaryEnding = ".tmp", kCancelEnding = ".cancel";
inline constexpr std::array kEndingsBeside{kCheckpointEnding, kLockEnding, kTemporaryEnding, kCancelEnding};

/// Files by device and inode: relative paths, symbolic and hard links of a file are the same file. Standard
/// input, output and error belong to every run, where they are regular files.
class InputFiles {
 public:
  InputFiles();

  /// A file that the run reads; "-", and what is no regular file, need no protection and are left out.
  void add(const std::filesystem::path& path);

  /// @throws core::UsageError  the result file `output`, or a file that lies beside it while the run works,
  /// is one of them
  void refuse_result(const std::filesystem::path& output) const;
  /// The same for a file of text.
  void refuse_text(const std::filesystem::path& output) const;

 private:
  using Identity = std::pair<dev_t, ino_t>;
  void refuse(const std::filesystem::path& output, std::span<const std::string_view> endings) const;
  std::map<Identity, std::string> names_;  ///< quoted, or "the standard input of this run"
};

}  // namespace gforbit::store
