/// Where an output really lies. A file is published by a rename, which would replace a symbolic link or a
/// device by a regular file; so links are followed first, and only regular files are ever renamed over.
#pragma once

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

namespace gforbit::store {

/// The file that `path` names once all symbolic links are followed, also where that does not exist yet. A
/// path without links is returned as it is. Links of /proc (/dev/stdout, /proc/self/fd/1) are not followed:
/// they name an open file, not a place in a directory.
/// @throws core::OutputError  the links form a circle, or cannot be read
[[nodiscard]] std::filesystem::path resolved_output(const std::filesystem::path& path);

/// `path` lies in /proc: it names something that a process holds, such as its standard output.
[[nodiscard]] bool is_in_proc(const std::filesystem::path& path);

/// 'a.h5', or 'a.h5' (a link to 'data/b.h5').
[[nodiscard]] std::string named(const std::filesystem::path& path, const std::filesystem::path& resolved);

/// Creates a file that no other process has open, in place of a file of an earlier run of this name.
/// @return its descriptor
/// @throws core::OutputError  something else than a regular file has the name, the directory is not writable,
/// ...
[[nodiscard]] int create_temporary(const std::filesystem::path& path);

/// A file of text. A regular file is written beside its name and published by commit(); a FIFO or a character
/// device (/dev/stdout, /dev/null) is written to as it is.
class TextOutput {
 public:
  /// Whether `path` would be written directly, checked before a run does any work.
  /// @throws core::OutputError  it cannot be written: a directory, a socket, a block device, no permission,
  /// no folder
  [[nodiscard]] static bool is_direct(const std::filesystem::path& path);

  /// Opens it. Opening a FIFO waits for its reader. @throws core::OutputError
  explicit TextOutput(const std::filesystem::path& path);
  /// Without commit(): nothing of a regular file stays.
  ~TextOutput();
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;

  /// Writing to it throws core::OutputError where the system takes no more.
  [[nodiscard]] std::ostream& stream() noexcept;
  /// Everything is written and, of a regular file, durable under its name. @throws core::OutputError
  void commit();

 private:
  class Buffer;
  std::filesystem::path path_, temporary_;  ///< no temporary: written directly
  std::unique_ptr<Buffer> buffer_;
  std::unique_ptr<std::ostream> stream_;
};

}  // namespace gforbit::store
