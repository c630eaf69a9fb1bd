/// Rows of tables of registers in the notations that `gforbit cycles` reads.
#pragma once

#include <cstdint>
#include <string>

#include "gforbit/report/export.hpp"

namespace gforbit::report {

/// Whether `format` is one of those notations.
[[nodiscard]] bool is_register_format(ExportFormat format) noexcept;

/// One table, block by block.
class RegisterLines {
 public:
  /// @param name  of the table, for messages
  /// @throws core::UsageError  it has no columns `degree` and `feedback`
  RegisterLines(const store::TableSpec& spec, std::string name, ExportFormat format);

  /// The rows of a block as lines.
  /// @param first  number of its first row
  /// @throws core::UsageError  the format cannot say a row
  [[nodiscard]] std::string lines(const store::Table& block, std::uint64_t first);

 private:
  [[nodiscard]] static std::string batch_line(const store::Table& block, std::size_t row);
  [[nodiscard]] std::string cells_line(const store::Table& block, std::size_t row, std::uint64_t number);
  [[noreturn]] void refuse(std::uint64_t number, const std::string& why) const;

  std::string name_;
  ExportFormat format_;
  int degree_ = 0;  ///< of the rows so far
};

}  // namespace gforbit::report
