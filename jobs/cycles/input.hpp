/// The registers of a run, one or many, read lazily: a first pass checks every line and remembers only where
/// it begins, and which line before it asks for the same; a line is read again when its register is wanted.
/// So a batch of any length needs 20 bytes a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cycles/options.hpp"
#include "cycles/register_line.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/fsr/register.hpp"
#include "skeleton/batch_rows.hpp"

namespace gforbit::job_cycles {

struct RegisterRequest {
  std::string id;
  fsr::Register reg;
  Method method{Method::automatic};  ///< the line's, else --method
  Priority priority{Priority::normal};
  std::optional<std::chrono::milliseconds> timeout;  ///< the line's, else --timeout; nullopt: none
  bool index = false;                                ///< it is enumerated, and the index of the run has it
};

/// Thread-compatible: one reader. Rows are numbered from 0 in input order, blank lines not counted. With
/// --part all lines are checked, and the rows are those of the part.
class BatchInput {
 public:
  /// Opens and validates everything the options name; nothing later can fail but the reading itself.
  /// @throws core::UsageError  an option describes no register (`--field 6`)
  /// @throws core::InputError  a file: names file, line, column or key, value and rule
  /// @note   at most 32 bytes a line while it reads, 20 afterwards, besides the longest line
  [[nodiscard]] static BatchInput from_options(const CyclesOptions& options);

  BatchInput(BatchInput&& other) noexcept;
  BatchInput& operator=(BatchInput&& other) noexcept;
  ~BatchInput();

  [[nodiscard]] std::uint64_t size() const noexcept;  ///< of the part; at least 1
  [[nodiscard]] const skeleton::BatchRows& rows() const noexcept;
  /// Of the first of equal rows: that of the most urgent of them. row < size() (asserted).
  [[nodiscard]] Priority priority(std::uint64_t row) const;
  /// The first row that asks for the same work: equal field, modulus, degree and feedback function (however
  /// it was written), equal method and timeout. With --coalesce equivalent nonlinear registers are equal if
  /// fsr::equivalence_key() is. With --coalesce off each row is its own. row < size() (asserted).
  [[nodiscard]] std::uint64_t first_equal(std::uint64_t row) const;
  /// SHA-256 of the file; empty where the options describe the register.
  [[nodiscard]] std::string digest();
  /// The register of a row, read again. row < size() (asserted).
  /// @throws core::InputError  the file was changed since it was validated
  [[nodiscard]] RegisterRequest at(std::uint64_t row);
  /// The id of a row alone. row < size() (asserted). @throws as at()
  [[nodiscard]] std::string id(std::uint64_t row);

  /// Bytes of the longest id, and the largest number of states of a register: for the widths of columns.
  [[nodiscard]] std::size_t longest_id() const noexcept;
  [[nodiscard]] const core::Natural& largest_state_count() const noexcept;

 private:
  class Source;
  explicit BatchInput(std::unique_ptr<Source> source);
  std::unique_ptr<Source> source_;
};

}  // namespace gforbit::job_cycles
