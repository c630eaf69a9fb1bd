/// Lines of a text file of any size: once through in order, later again by offset; or its bytes. The file
/// stays open, so replacing it by another of the same name does no harm; input that cannot be read twice (a
/// pipe, standard input) is spooled to an unlinked temporary file first.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace gforbit::config {

struct Line {
  std::uint64_t offset{};   ///< in bytes, of the first character
  std::uint64_t number{};   ///< 1-based
  std::string_view text{};  ///< without line end (LF or CR LF); valid until the next call
};

/// What a line may have, so that a file without line ends is refused before all of it is in memory: more than
/// the coefficients of the largest register take.
inline constexpr std::uint64_t kLongestLine = std::uint64_t{32} << 20;

/// Thread-compatible. Memory: one block and the longest line.
class LineFile {
 public:
  /// `-` is standard input. Of what cannot be read twice, bytes far beyond `longest` are left out: a caller
  /// that refuses longer input need not read all of it.
  /// @throws core::InputError        names the file and the reason it cannot be read
  /// @throws core::EnvironmentError  the temporary file cannot be written
  explicit LineFile(const std::string& path, std::uint64_t longest = kAll);
  /// The same for bytes, of which lines may be as long as they are.
  [[nodiscard]] static LineFile of_bytes(const std::string& path) { return {path, kAll, kAll}; }
  /// The next bytes, and how many they are; 0 at the end. @throws core::InputError
  using Read = std::function<std::size_t(std::span<char>)>;
  /// Of a file that others write to, open for reading; the descriptor stays the caller's.
  /// @param name  for messages
  [[nodiscard]] static LineFile of_descriptor(std::string name, int descriptor);
  /// Of what `read` gives, which is spooled.
  /// @param name          for messages
  /// @param longest_line  as kLongestLine; kAll: of bytes
  LineFile(std::string name, const Read& read, std::uint64_t longest_line = kLongestLine);
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  /// The same file from its beginning. The two may be used in two threads.
  [[nodiscard]] LineFile again() const;
  ~LineFile();
  LineFile(LineFile&& other) noexcept;
  LineFile& operator=(LineFile&& other) noexcept;

  /// The next line; false at the end. @throws core::InputError  it is longer than kLongestLine. A byte order
  /// mark (UTF-8) before the first line is skipped. Other bytes are handed on as they are.
  bool next(Line& line);

  /// Of the line that next() will give, in bytes.
  [[nodiscard]] std::uint64_t offset() const noexcept { return next_offset_; }
  /// Lines follow from `line` on, as next() gave it for this file (its text is not used).
  void go_to(const Line& line);

  /// The line that starts at `offset`, as next() gave it.
  [[nodiscard]] std::string_view at(std::uint64_t offset);

  /// Bytes from `offset` on, as many as `to` has and the file. @return how many. @throws core::InputError
  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<char> to) const;
  /// Bytes of the file now. @throws core::InputError
  [[nodiscard]] std::uint64_t size() const;

  /// SHA-256 of the whole file, 64 hexadecimal digits.
  [[nodiscard]] std::string digest();

  /// How many lines next() will give, or one more; reads the file once.
  [[nodiscard]] std::uint64_t count_lines();

  /// The path, or `standard input`: for messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  LineFile() = default;
  LineFile(const std::string& path, std::uint64_t longest, std::uint64_t longest_line);
  std::size_t read_block(std::uint64_t offset);
  void read_line(std::uint64_t offset);
  [[noreturn]] void fail_long(std::uint64_t number) const;

  std::string name_;
  int descriptor_{-1};
  std::string block_;  // bytes of the file from block_offset_ on
  std::uint64_t block_offset_{};
  std::string text_;       // of a line that is in several blocks
  std::string_view line_;  // the line last read, in block_ or text_
  std::uint64_t end_{};    // offset behind it, line end included
  std::uint64_t next_offset_{};
  std::uint64_t next_number_{1};
};

/// An open file without a name, in the folder for temporary files; it vanishes with its descriptor.
/// @param name  of what is kept in it, for messages
/// @throws core::EnvironmentError  there can be none
[[nodiscard]] int open_unlinked(const std::string& name);

}  // namespace gforbit::config
