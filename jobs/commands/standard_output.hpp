/// Standard output for results: a full disk is an error, a closed pipe is not.
#pragma once

#include <array>
#include <cstddef>
#include <streambuf>

namespace gforbit::commands {

/// The reader of standard output has closed it (`summary FILE | head`).
struct BrokenPipe {};

/// Standard output that distinguishes a closed pipe or terminal from a full disk. A stream over it must have
/// badbit among its exceptions(), so that the exceptions of this class reach main.
class StandardOutput final : public std::streambuf {
 public:
  StandardOutput();

  /// From now on a closed pipe is no error: output is dropped, and stderr says so once. For runs, whose
  /// results are in a file.
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
