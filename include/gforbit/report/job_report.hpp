/// What a job type adds to summary, check and merge. The program registers it, so that this module does not
/// depend on jobs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/report/layout.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

/// Violations, notes and omissions found by a check. Keeps the first hundred of each; violations are counted
/// all.
class Findings {
 public:
  static constexpr std::size_t kKept = 100;

  void violation(std::string text) { keep(violations_, n_violations_, std::move(text)); }
  void note(std::string text) { keep(notes_, n_notes_, std::move(text)); }
  /// What would take too long to check, or cannot be: "the second half of the cycles".
  void not_checked(std::string text) { keep(not_checked_, n_not_checked_, std::move(text)); }

  [[nodiscard]] bool valid() const noexcept { return n_violations_ == 0; }
  [[nodiscard]] std::size_t n_violations() const noexcept { return n_violations_; }
  [[nodiscard]] const std::vector<std::string>& violations() const noexcept { return violations_; }
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
  [[nodiscard]] const std::vector<std::string>& unchecked() const noexcept { return not_checked_; }

 private:
  static void keep(std::vector<std::string>& list, std::size_t& n, std::string text) {
    if (list.size() < kKept) list.push_back(std::move(text));
    ++n;
  }
  std::vector<std::string> violations_, notes_, not_checked_;
  std::size_t n_violations_ = 0, n_notes_ = 0, n_not_checked_ = 0;
};

/// How much a check may cost.
struct CheckEffort {
  /// Steps of registers, and operations of algebra: one to a few seconds.
  std::uint64_t steps = 300'000'000;
};

/// How the parts of a batch (--part I/N) become one file. Rows of the table `counted` follow one another part
/// by part; every other table is joined as it is, but for what is said here.
struct MergeRules {
  std::string counted;    ///< "results/registers"
  std::string reference;  ///< column of other tables that holds rows of `counted`; it is shifted
  /// Tables that each part has whole; the first one's is taken.
  std::vector<std::string> common{};
  /// Columns of these, numbers, that are added up: table and column.
  std::vector<std::pair<std::string, std::string>> sums{};
  /// One of these with the columns status and message: those of the part with the largest status.
  std::string worst{};
  std::vector<std::string> runtime{};  ///< tables under /runtime that are joined
  /// More to do with the block of `counted` that begins at row `first` of a part.
  /// @param part    the part's table runtime/part
  /// @param before  rows of the parts before
  using Finish = std::function<void(const store::Table& part, std::uint64_t before, std::uint64_t first,
                                    store::Table& block)>;
  Finish finish{};
};

/// The functions of one job type. A function that is not set is replaced by what can be said of any tables.
struct JobReport {
  std::string job;  ///< root attribute `job`

  using Write = std::function<void(const store::ResultReader&, std::ostream&)>;
  /// Members of the summary object after the common ones: `"registers": [...]`, without a leading comma.
  Write json_members;
  /// Everything after the header lines.
  Write text;
  Write csv;
  Write latex;
  /// The mathematics: what the tables claim against each other and against a second computation.
  std::function<void(const store::ResultReader&, const CheckEffort&, Findings&)> check;
  MergeRules merge{};  ///< without `counted`: this job has no parts
  /// All that a file of the job holds; without it the check looks at what every table has.
  std::function<Layout(const store::ResultReader&)> layout{};
  /// The table that a summary selects rows and columns of, and what its rows are ordered by, largest first.
  std::string main_table{};
  std::vector<std::string> main_order{};
  /// The best of the main table for each thing that was asked; not set: the job has no such thing.
  std::function<store::Table(const store::ResultReader&)> best{};
};

/// The report of the file's job; nullptr where none is registered.
[[nodiscard]] const JobReport* find_report(std::span<const JobReport> reports, std::string_view job);

}  // namespace gforbit::report
