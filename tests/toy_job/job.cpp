// A complete job type, explained in docs/adding-a-job.md: for each interval of numbers the one with the
// longest Collatz sequence (n -> n/2 if n is even, else 3n + 1, until 1).
#include "toy_job/job.hpp"

#include <fmt/format.h>

#include <utility>

#include "gforbit/core/text.hpp"
#include "skeleton/range_job.hpp"
#include "skeleton/report.hpp"

namespace gforbit::toy_job {

namespace {

// ---- options ----

struct Interval {
  std::uint64_t first = 0, last = 0;
  [[nodiscard]] std::string text() const { return fmt::format("{}-{}", first, last); }
};

struct CollatzOptions : skeleton::JobOptions {
  std::vector<Interval> intervals;
};

std::vector<Interval> parse_intervals(std::string_view text) {
  std::vector<Interval> intervals;
  for (const std::string_view part : core::split(text, ',')) {
    const auto ends = core::split(part, '-');
    if (ends.size() != 2) throw config::ValueError("expected intervals such as 1-1000,5000-9999");
    const std::uint64_t first = config::parse_natural(ends[0], 1);
    intervals.push_back({first, config::parse_natural(ends[1], first)});
  }
  return intervals;
}

config::Command collatz_command(CollatzOptions& options) {
  return {.name = "collatz",
          .summary = "find the longest Collatz sequence of each interval",
          .details = "Walks from each number of each interval to 1.",
          .sections = {{"Input",
                        {{"intervals", "A-B,C-D,...", "intervals of numbers, ends included",
                          config::into(options.intervals, parse_intervals)}}},
                       config::common_section(options.common, "gforbit-collatz.h5",
                                              "their goal (an interval: it is completed)")},
          .examples = {{"toy collatz --intervals 1-1000000", "the longest sequence below a million"}},
          .notes = config::exit_status_notes(),
          .reads_config = true};
}

CollatzOptions parse_collatz_options(skeleton::Arguments arguments) {
  CollatzOptions options;
  options.settings = config::read_settings(collatz_command(options), arguments);
  if (options.intervals.empty()) config::fail_usage("collatz", "missing '--intervals': which numbers");
  config::check_common_without_equivalence("collatz", options.common, options.settings);
  return options;
}

// ---- the work of a unit, on any thread of any rank ----

struct Longest {
  std::uint64_t start = 0, steps = 0;
  /// The smallest start of the longest sequences: the same in whatever order results come.
  void merge(Longest other) {
    if (other.steps > steps || (other.steps == steps && other.start < start) || start == 0) *this = other;
  }
};

std::uint64_t count_steps(std::uint64_t start) {
  std::uint64_t steps = 0;
  for (std::uint64_t n = start; n != 1; ++steps) {
    if (n % 2 == 1 && n > (UINT64_MAX - 1) / 3)
      throw std::runtime_error(
          fmt::format("the sequence of {} exceeds 64 bits: choose smaller numbers", start));
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
  }
  return steps;
}

core::Bytes do_unit(std::span<const std::byte> unit, skeleton::Points points, core::StopSignal stop) {
  const auto first = core::ByteReader(unit).get<std::uint64_t>();
  Longest longest;
  for (std::uint64_t i = points.begin; i < points.end; ++i) {
    if (i % 4096 == 0 && stop.stop_requested()) break;
    longest.merge({first + i, count_steps(first + i)});
  }
  return core::ByteWriter().put(longest.start).put(longest.steps).take();
}

// ---- rank 0: what there is to do, and what came of it ----

store::TableSpec intervals_table() {
  using store::ColumnType;
  return {
      "results/intervals",
      "Intervals in the order of the option",
      {{"first", "first number", "", ColumnType::uint64},
       {"last", "last number", "", ColumnType::uint64},
       skeleton::status_column("how it ended"),
       {"message", "why it did not complete (empty)", "", ColumnType::text},
       {"coalesced_into", "row of the first equal interval (-1: none)", "", ColumnType::int64},
       {"start", "the smallest number with the longest sequence (0: not completed)", "", ColumnType::uint64},
       {"steps", "length of its sequence", "steps", ColumnType::uint64}}};
}

std::vector<std::string> texts(const std::vector<Interval>& intervals) {
  std::vector<std::string> texts;
  for (const Interval& interval : intervals) texts.push_back(interval.text());
  return texts;
}

class CollatzJob final : public skeleton::RangeJob {
 public:
  explicit CollatzJob(CollatzOptions options)
      : options_(std::move(options)),
        rows_(texts(options_.intervals), options_.common, "interval"),
        longest_(rows_.size()) {}

  [[nodiscard]] Words words() const override { return {"interval", "numbers"}; }
  [[nodiscard]] const skeleton::JobOptions& options() const override { return options_; }
  [[nodiscard]] skeleton::Subject subject() const override {
    return {core::counted(rows_.size(), "interval"), {{"intervals", rows_.size()}}};
  }
  [[nodiscard]] const skeleton::BatchRows& rows() const override { return rows_; }

  [[nodiscard]] skeleton::RangeItem item(std::uint64_t row) const override {
    constexpr std::uint64_t kNumbersOfAUnit = 1 << 20;  // some tenths of a second
    const Interval& of = interval(row);
    return {.name = "interval " + of.text(),
            .points = of.last - of.first + 1,
            .most = kNumbersOfAUnit,
            .timeout = options_.common.timeout};
  }
  [[nodiscard]] core::Bytes unit(std::uint64_t row, skeleton::Points) const override {
    return core::ByteWriter().put(interval(row).first).take();
  }
  void merge(std::uint64_t row, skeleton::Points, std::span<const std::byte> result) override {
    core::ByteReader in(result);
    const auto start = in.get<std::uint64_t>();
    longest_[row].merge({start, in.get<std::uint64_t>()});
  }

  void write_results(store::ResultWriter& file, const skeleton::RangeRows& ended) const override {
    store::Table table(intervals_table());
    for (std::uint64_t row = 0; row < rows_.size(); ++row) {
      const bool completed = ended.status(row) == skeleton::RowStatus::completed;
      const Longest longest = completed ? longest_[rows_.first_equal(row)] : Longest{};
      table.append(interval(row).first, interval(row).last, ended.status(row), ended.message(row),
                   rows_.coalesced_into(row), longest.start, longest.steps);
    }
    file.write(table);
  }

 private:
  [[nodiscard]] const Interval& interval(std::uint64_t row) const {
    return options_.intervals[rows_.part().first + row];
  }

  CollatzOptions options_;
  skeleton::BatchRows rows_;
  std::vector<Longest> longest_;
};

}  // namespace

skeleton::JobType collatz_job() {
  return skeleton::range_job_type<CollatzJob>(
      collatz_command, parse_collatz_options, do_unit,
      skeleton::range_report("collatz", intervals_table(), {"steps"}));
}

}  // namespace gforbit::toy_job
