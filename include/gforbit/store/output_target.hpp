/// The claim on an output file: taken when a run starts, held until it ends, so that two runs never write one
/// file and an unwritable directory is known before hours of work. Under one claim the file may be published
/// several times (snapshots, then the final result).
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace gforbit::store {

/// An advisory lock: the file `TARGET.lock`, which names host, process and Slurm job of its holder.
///
/// The lock is flock(2) on that file, which ends with its process: the file of a killed run is no obstacle.
/// Where the file system refuses flock (Lustre without `-o flock`, some NFS), the existence of the file is
/// the lock. A file left by a killed run is then taken over if that was a process of this host or an earlier
/// start of this Slurm job; otherwise it must be removed by hand, as the error says. Move-only; released by
/// the destructor.
class FileLock {
 public:
  enum class Method {
    automatic,      ///< flock, or existence where that is refused
    existence_only  ///< as on a file system without flock
  };

  /// @throws core::OutputError  another run holds the lock (it is named), or the file cannot be created
  explicit FileLock(const std::filesystem::path& target, Method method = Method::automatic);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  /// Locks again if the file was removed or its name given to another file.
  /// @throws core::OutputError  another run holds the lock by now, or the folder is gone
  void renew();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  void acquire();
  void release() noexcept;
  std::filesystem::path target_;
  Method method_;
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Who holds the lock of an output, as its file says; nullopt: no run does. @param target  without links
[[nodiscard]] std::optional<std::string> claim_holder(const std::filesystem::path& target);

class OutputTarget {
 public:
  /// Checks and claims the file that `path` leads to: symbolic links are followed, and lock, temporary file
  /// and whatever else a run keeps beside its output lie beside that file. @param replace  whether an
  /// existing file may be replaced (--force, --resume)
  /// @throws core::UsageError   the file exists and `replace` is false
  /// @throws core::OutputError  the directory does not exist or is not writable, the path is no regular file,
  /// or
  ///                            another run holds the lock
  OutputTarget(const std::filesystem::path& path, bool replace);

  /// Without symbolic links.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Where the file is written before it is published: in the same directory, `PATH.tmp`.
  [[nodiscard]] std::filesystem::path temporary_path() const;
  /// Makes sure that the claim still holds, before anything is written under it. Any thread.
  /// @throws core::OutputError  as FileLock::renew()
  void renew() const;

 private:
  std::filesystem::path path_;
  mutable std::mutex mutex_;
  mutable FileLock lock_;  ///< guarded by mutex_
};

/// Makes a finished file durable and gives it its name: fsync, rename, fsync of the directory. After a crash
/// at any moment `target` is the old file or the new one, whole. A target that is not a regular file is never
/// replaced.
/// @throws core::OutputError  with path and reason
void publish_file(const std::filesystem::path& temporary, const std::filesystem::path& target);

}  // namespace gforbit::store
