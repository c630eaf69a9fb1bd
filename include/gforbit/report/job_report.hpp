/// What a job type adds to summary and check: registered by the composition, so that this room knows no job.
#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

/// What is wrong with a file, and what is worth knowing about it. Keeps the first hundred of each and counts
/// all.
class Findings {
 public:
  static constexpr std::size_t kKept = 100;

  void violation(std::string text) { keep(violations_, n_violations_, std::move(text)); }
  void note(std::string text) { keep(notes_, n_notes_, std::move(text)); }

  [[nodiscard]] bool valid() const noexcept { return n_violations_ == 0; }
  [[nodiscard]] std::size_t n_violations() const noexcept { return n_violations_; }
  [[nodiscard]] const std::vector<std::string>& violations() const noexcept { return violations_; }
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  static void keep(std::vector<std::string>& list, std::size_t& n, std::string text) {
    if (list.size() < kKept) list.push_back(std::move(text));
    ++n;
  }
  std::vector<std::string> violations_, notes_;
  std::size_t n_violations_ = 0, n_notes_ = 0;
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
  std::function<void(const store::ResultReader&, Findings&)> check;
};

/// The report of the file's job; nullptr where none is registered.
[[nodiscard]] const JobReport* find_report(std::span<const JobReport> reports, std::string_view job);

}  // namespace gforbit::report
