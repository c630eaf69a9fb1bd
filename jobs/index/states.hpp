/// States as people write them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/fsr/register.hpp"

namespace gforbit::job_index {

using Cells = std::vector<galois::Element>;

/// An index (decimal or 0x...), cells separated by commas, or bits; of registers of any degree.
class StateTexts {
 public:
  /// @throws core::UsageError  bits of a register over another field than GF(2)
  StateTexts(const fsr::Register& reg, bool as_bits);

  /// The index of a state, of a register that can be enumerated. @throws core::InputError  it is no state
  [[nodiscard]] std::uint64_t read(std::string_view text) const;
  /// The cells. @throws core::InputError  it is no state
  [[nodiscard]] Cells read_cells(std::string_view text) const;
  /// The same of the command line. @throws core::UsageError  it is no state
  [[nodiscard]] std::uint64_t read_argument(std::string_view text) const;
  [[nodiscard]] Cells read_cells_argument(std::string_view text) const;

  /// The index, or bits.
  [[nodiscard]] std::string text(std::uint64_t state) const;
  [[nodiscard]] std::string text(std::span<const galois::Element> state) const;

 private:
  [[nodiscard]] Cells listed(std::string_view text) const;
  [[nodiscard]] Cells bits(std::string_view text) const;
  [[noreturn]] void fail_number(std::string_view text) const;

  std::uint64_t q_;
  int degree_;
  core::Natural states_;
  bool as_bits_;
};

/// Calls `take` for each line of a file (`-`: standard input) that is not blank; where it throws a
/// core::InputError, the place is added.
void for_each_state(const std::string& path, const std::function<void(std::string_view)>& take);

}  // namespace gforbit::job_index
