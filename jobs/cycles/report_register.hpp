/// Check of one row of the registers table.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cycles/register_spec.hpp"
#include "cycles/tables.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::job_cycles {

/// A row by column name, with what its texts say.
class RowView {
 public:
  RowView(const store::Table& block, std::size_t row, std::uint64_t number)
      : block_(block), row_(row), number_(number) {}

  template <class T>
  [[nodiscard]] const T& get(const char* column) const {
    return block_.column<T>(column)[row_];
  }
  [[nodiscard]] bool has(const char* column) const noexcept { return block_.has_column(column); }
  [[nodiscard]] const std::string& text(const char* column) const { return get<std::string>(column); }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] RowStatus status() const { return static_cast<RowStatus>(get<std::int8_t>("status")); }
  [[nodiscard]] bool completed() const { return status() == RowStatus::completed; }

 private:
  const store::Table& block_;
  std::size_t row_;
  std::uint64_t number_;
};

/// One row of the period distribution, exact.
struct PeriodCount {
  core::Natural period;
  core::Natural n_cycles;
  friend bool operator==(const PeriodCount&, const PeriodCount&) = default;
};

/// What the configuration of the run says about results.
struct RunOptions {
  bool verify = false;
  std::optional<std::uint64_t> stored{};  ///< --store-cycles, UINT64_MAX for all; nullopt: not known
  std::string coalesce{};                 ///< off, equal, equivalent; empty: not known
  bool merged = false;                    ///< several runs, of parts of a batch
};
[[nodiscard]] RunOptions run_options(const store::ResultReader& reader);

/// Keeps fields and reports what is wrong with one register after the other.
class RegisterCheck {
 public:
  RegisterCheck(const RunOptions& options, report::Findings& findings)
      : options_(options), findings_(findings) {}

  /// Checks everything that the row says of itself and against its period distribution (which is sorted).
  /// @return the register; nullopt where its texts do not describe one
  std::optional<fsr::Register> check(const RowView& row, const std::vector<PeriodCount>& distribution);

 private:
  void wrong(const RowView& row, const std::string& what);
  std::optional<fsr::Register> parse(const RowView& row);
  void check_polynomial(const RowView& row, const fsr::Register& reg);
  void check_factors(const RowView& row, const fsr::Register& reg,
                     const std::vector<galois::Element>& polynomial);
  void check_message(const RowView& row);
  void check_leaves(const RowView& row, const core::Natural& n_transient);
  void check_fill(const RowView& row, const std::vector<PeriodCount>& distribution);
  void check_method(const RowView& row, const fsr::Register& reg);
  void check_algebra(const RowView& row, const fsr::Register& reg, const core::Natural& states);
  void check_counts(const RowView& row, const core::Natural& states,
                    const std::vector<PeriodCount>& distribution);
  std::optional<core::Natural> count(const RowView& row, const char* column);

  const RunOptions& options_;
  report::Findings& findings_;
  FieldCache fields_;
};

}  // namespace gforbit::job_cycles
