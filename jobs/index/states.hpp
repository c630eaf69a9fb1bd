/// States as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gforbit/fsr/register.hpp"

namespace gforbit::job_index {

class StateTexts {
 public:
  /// @throws core::UsageError  bits of a register over another field than GF(2)
  StateTexts(const fsr::Register& reg, bool as_bits);

  /// An index (decimal or 0x...), cells separated by commas, or bits. @throws core::InputError  it is no
  /// state
  [[nodiscard]] std::uint64_t read(std::string_view text) const;
  /// Of the command line. @throws core::UsageError  it is no state
  [[nodiscard]] std::uint64_t read_argument(std::string_view text) const;
  /// The index, or bits.
  [[nodiscard]] std::string text(std::uint64_t state) const;

 private:
  [[nodiscard]] std::uint64_t read_cells(std::string_view text) const;
  [[nodiscard]] std::uint64_t read_bits(std::string_view text) const;

  std::uint64_t q_, states_;
  int degree_;
  bool as_bits_;
};

}  // namespace gforbit::job_index
