#include "search/job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/search/examine.hpp"
#include "search/options.hpp"
#include "search/report.hpp"
#include "search/tables.hpp"
#include "search/units.hpp"
#include "skeleton/range_job.hpp"

namespace gforbit::job_search {

namespace {

using skeleton::Points;

/// Any thread of any rank.
core::Bytes do_unit(std::span<const std::byte> unit, Points points, core::StopSignal stop) {
  static const search::Examiner examiner;
  const auto body = core::from_bytes<UnitBody>(unit);
  const search::Family family = body.family();
  const std::uint64_t begin = body.first + points.begin, end = body.first + points.end;
  const auto tally = body.seed ? examiner.examine(search::Samples(family, *body.seed), begin, end, stop)
                               : examiner.examine(family, begin, end, stop);
  return core::to_bytes(tally.value_or(search::Tally{}));  // after a stop nobody uses it
}

/// Functions of all families, or samples.
/// @throws core::UsageError  2^63 or more
std::uint64_t points_of(const SearchOptions& options) {
  std::uint64_t sum = 0;
  for (const search::Family& family : options.families) {
    sum += options.random.value_or(family.size());
    if (sum >= std::uint64_t{1} << 63)
      config::fail_usage("search", "the families have 2^63 functions or more together: search fewer at once");
  }
  return sum;
}

class SearchJob final : public skeleton::RangeJob {
 public:
  explicit SearchJob(SearchOptions options)
      : options_(std::move(options)),
        families_(options_.families),
        part_(skeleton::part_rows(options_.common.part, points_of(options_), "function")),
        rows_({}, {0, families_.size()}),
        tallies_(families_.size()) {
    std::uint64_t begin = 0;
    for (const search::Family& family : families_) {
      const std::uint64_t points = options_.random.value_or(family.size());
      const auto point = [&](std::uint64_t place) {
        return std::clamp(place, begin, begin + points) - begin;
      };
      points_.push_back({point(part_.first), point(part_.end)});
      begin += points;
    }
  }

  [[nodiscard]] Words words() const override { return {"family", "functions"}; }
  [[nodiscard]] const skeleton::JobOptions& options() const override { return options_; }
  [[nodiscard]] skeleton::Subject subject() const override {
    return {core::counted(families_.size(), "family"), {{"families", families_.size()}}};
  }
  [[nodiscard]] const skeleton::BatchRows& rows() const override { return rows_; }

  [[nodiscard]] skeleton::RangeItem item(std::uint64_t row) const override {
    const search::Family& family = families_[row];
    const bool none_left = search::parity_rules_out(family.form());
    return {.name = fmt::format("form {}, degree {}", family.form().text(), family.degree()),
            .points = none_left ? 0 : points_[row].size(),
            .most = functions_of_a_unit(family),
            .timeout = options_.common.timeout};
  }
  [[nodiscard]] core::Bytes unit(std::uint64_t row) const override {
    UnitBody body{families_[row].degree(), families_[row].form().counts(), points_[row].begin, {}};
    if (options_.random) body.seed = options_.seed;
    return core::to_bytes(body);
  }
  void merge(std::uint64_t row, Points, std::span<const std::byte> result) override {
    auto tally = core::from_bytes<search::Tally>(result);
    for (const search::Hit& hit : tally.hits) {
      if (hit.rank >= families_[row].size())
        throw core::ProtocolError("a rank that the family does not have");
    }
    tallies_[row].merge(std::move(tally));
  }
  [[nodiscard]] std::uint64_t goals_reached(std::span<const std::byte> result) const override {
    return core::from_bytes<search::Tally>(result).hits.size();
  }
  [[nodiscard]] bool reached_goal(std::uint64_t) const override { return false; }

  void write_results(store::ResultWriter& file, const skeleton::RangeRows& ended) const override {
    store::Table families(families_table()), functions(functions_table()), partial(partial_functions_table());
    for (std::uint64_t row = 0; row < rows_.size(); ++row) {
      const search::Family& family = families_[row];
      const bool completed = ended.status(row) == skeleton::RowStatus::completed;
      const bool none_left = search::parity_rules_out(family.form());
      const std::uint64_t candidates = options_.random.value_or(family.canonical_functions());
      families.append(
          family.form().text(), family.degree(), ended.status(row), ended.message(row), family.size(),
          candidates, none_left ? 0 : candidates, search::short_periods(family.degree()),
          completed ? tallies_[row].without_short_cycles : 0, completed ? tallies_[row].hits.size() : 0);
      append_functions(row, completed ? functions : partial);
    }
    file.write(families);
    file.write(functions);
    file.write(partial);
  }
  [[nodiscard]] skeleton::PartRows write_part(store::ResultWriter& file) const override {
    store::Table table(part_table());
    for (const Points& points : points_) table.append(points.begin, points.end);
    file.write(table);
    return part_;
  }
  void print_items(std::ostream& out, int threads) const override {
    double all_s = 0;
    out << "          form  degree      functions     candidates  core hours\n";
    for (std::uint64_t row = 0; row < rows_.size(); ++row) {
      const search::Family& family = families_[row];
      const std::uint64_t all = options_.random.value_or(family.size());
      const std::uint64_t candidates = options_.random.value_or(family.canonical_functions());
      const double share = static_cast<double>(item(row).points) / static_cast<double>(all);
      const double cost_s =
          share * static_cast<double>(candidates) * search::expected_seconds(family.degree());
      all_s += cost_s;
      out << fmt::format("{:>14}  {:6}  {:13}  {:13}  {:10.2g}\n", family.form().text(), family.degree(),
                         family.size(), candidates, cost_s / 3600);
    }
    out << fmt::format("about {:.2g} core hours, {:.2g} hours on {}\n", all_s / 3600, all_s / 3600 / threads,
                       core::counted(static_cast<std::uint64_t>(threads), "thread"));
  }

 private:
  /// So many functions take about half a second.
  static std::uint64_t functions_of_a_unit(const search::Family& family) {
    constexpr double kUnit_s = 0.5, kMost = 1 << 20;
    return static_cast<std::uint64_t>(
        std::clamp(kUnit_s / search::expected_seconds(family.degree()), 1.0, kMost));
  }

  void append_functions(std::uint64_t row, store::Table& table) const {
    const search::Family& family = families_[row];
    std::vector<search::Hit> hits = tallies_[row].hits;
    std::ranges::sort(hits, {}, &search::Hit::rank);
    for (const search::Hit& hit : hits) {
      const search::Function function = family.function(hit.rank), backwards = search::reversed(function);
      table.append(row, family.degree(), hit.rank, function.feedback().text(), hit.max_period, hit.n_cycles,
                   std::int8_t{0}, 1, family.rank(backwards), backwards.feedback().text());
    }
  }

  SearchOptions options_;
  const std::vector<search::Family>& families_;
  skeleton::PartRows part_;  ///< of the functions of all families, one after the other
  skeleton::BatchRows rows_;
  std::vector<Points> points_;  ///< by family: those of this part
  std::vector<search::Tally> tallies_;
};

}  // namespace

skeleton::JobType search_job() {
  return skeleton::range_job_type<SearchJob>(search_command, parse_search_options, do_unit, search_report());
}

}  // namespace gforbit::job_search
