/// Standard output for results: a full disk is an error, a reader who left is none.
#pragma once

#include <array>
#include <cstddef>
#include <streambuf>

namespace gforbit::commands {

/// Whoever read our standard output has enough (`summary FILE | head`).
struct BrokenPipe {};

/// Standard output that tells a reader who left from a disk that is full. A stream over it must have badbit
/// among its exceptions(), so that what is thrown here reaches main.
/// A terminal that was closed is a reader who left.
class StandardOutput final : public std::streambuf {
 public:
  StandardOutput();

  /// From now on a reader who left ends nothing: what is written is dropped, which stderr says once. For
  /// runs, whose results are elsewhere.
  void outlive_reader() noexcept { outlives_reader_ = true; }

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  /// @throws core::OutputError, BrokenPipe
  void write_block();

  std::array<char, std::size_t{1} << 16> block_{};
  bool is_terminal_;
  bool outlives_reader_ = false;
  bool reader_left_ = false;
};

}  // namespace gforbit::commands
