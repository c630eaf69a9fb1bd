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
class StandardOutput final : public std::streambuf {
 public:
  StandardOutput() { setp(block_.data(), block_.data() + block_.size()); }

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  /// @throws core::OutputError, BrokenPipe
  void write_block();

  std::array<char, std::size_t{1} << 16> block_{};
};

}  // namespace gforbit::commands
