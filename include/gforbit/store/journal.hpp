/// A journal: a header and records that are appended and never rewritten. The file form of a checkpoint.
///
/// What was appended once stays where it is, so saving costs what is new and not what there is. Every record
/// carries its length and a digest; a reader takes the records up to the first that is torn or damaged and
/// says what it left. A journal comes into being whole (written beside, then renamed), so there is never one
/// without its header. The contents of header and records are defined by the caller.
///
/// Layout, little-endian: 16 bytes "gforbit journal\n", uint32 version, uint32 0, then frames: uint64 length
/// of the payload, uint32 type, uint32 0, 16 hexadecimal digits of SHA-256 over these and the payload,
/// payload. The first frame is the header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "gforbit/core/bytes.hpp"

namespace gforbit::store {

inline constexpr std::uint32_t kJournalVersion = 1;

struct JournalRecord {
  std::uint32_t type = 0;
  core::Bytes payload;
};

/// Whether anything could be had from a file: false if it is empty, has nothing but zeros, or is a journal
/// that was cut or damaged before its first record and has no whole record anywhere. True for what is no
/// journal, and for one of a newer version.
/// @throws core::InputError  the file cannot be read
[[nodiscard]] bool may_hold_records(const std::filesystem::path& path);

/// A journal that is read. Memory: the largest record.
class JournalReader {
 public:
  /// Reads the header.
  /// @throws core::InputError  no such file, no journal, of a newer version, or the header is damaged
  explicit JournalReader(const std::filesystem::path& path);
  ~JournalReader();
  JournalReader(JournalReader&& other) noexcept;
  JournalReader& operator=(JournalReader&&) = delete;

  [[nodiscard]] const std::string& header() const noexcept { return header_; }

  /// Calls `take` for each record in order, up to the end or to the first that is not whole. Call it once.
  /// @throws core::InputError  the file cannot be read
  void read(const std::function<void(const JournalRecord&)>& take);
  /// The same one by one: false at the end, or at the first that is not whole.
  [[nodiscard]] bool next(JournalRecord& record);

  /// At the end: bytes of the good part, and what was wrong with the rest ("" if there is none).
  [[nodiscard]] std::uint64_t good_bytes() const noexcept { return offset_; }
  [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

 private:
  friend class Journal;
  JournalReader(std::filesystem::path path, int fd);
  void read_header();
  bool fill(void* to, std::uint64_t bytes);

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;  ///< of the next byte to be read
  std::uint64_t offset_ = 0;    ///< behind the last good frame
  std::string header_;
  std::string damage_;
};

/// A journal that is written. Move-only, not thread-safe.
class Journal {
 public:
  /// A new journal, durable when this returns; replaces what has its name. @throws core::OutputError
  [[nodiscard]] static Journal create(const std::filesystem::path& path, const std::string& header);
  /// A journal that takes the place of what has its name when it is published, and is gone if it never is.
  /// @throws core::OutputError
  [[nodiscard]] static Journal replacement(const std::filesystem::path& path, const std::string& header);
  /// Goes on with the first `good_bytes` of a journal that was read; what is behind them is cut off.
  /// @throws core::OutputError
  [[nodiscard]] static Journal reopen(const std::filesystem::path& path, std::uint64_t good_bytes);

  ~Journal();
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&& other) noexcept;

  /// Appends the records and makes them durable (fdatasync; before publish() that is left to it). When this
  /// returns, the path leads to a file with all that was ever appended: a journal that was removed or
  /// renamed, or whose name was given to another file, is written again from the file that is still open.
  /// @throws core::OutputError  the disk is full, ...: the journal is as it was and may be tried again. Or
  /// somebody
  ///                            else has cut or overwritten it: then it takes no more
  void append(std::span<const JournalRecord> records);
  /// The path leads to this file, and that is as long as it was written.
  [[nodiscard]] bool is_in_place() const noexcept;
  /// How often append() found that the path led elsewhere, and wrote the file again.
  [[nodiscard]] std::uint64_t times_written_anew() const noexcept { return times_written_anew_; }
  /// Removes the file if the path leads to it.
  void remove() noexcept;
  /// What was written, whatever has become of its name. @throws core::InputError
  [[nodiscard]] JournalReader reader() const;
  /// Of a replacement: gives it its name, durably.
  /// @throws core::OutputError  it may have the name all the same: published() tells
  void publish();
  [[nodiscard]] bool published() const noexcept { return temporary_.empty(); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  Journal(std::filesystem::path path, int fd, std::uint64_t bytes);

  void close() noexcept;
  [[nodiscard]] bool has_its_name() const noexcept;
  void write(std::span<const JournalRecord> records);
  void require_contents();
  void write_anew();
  [[nodiscard]] Journal copy() const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< of a replacement that is not published
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
  std::uint64_t times_written_anew_ = 0;
};

}  // namespace gforbit::store
