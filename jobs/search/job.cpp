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
#include "search/sources.hpp"
#include "search/tables.hpp"
#include "search/units.hpp"
#include "skeleton/range_job.hpp"

namespace gforbit::job_search {

namespace {

using skeleton::Points;

/// Any thread of any rank.
core::Bytes do_unit(std::span<const std::byte> unit, Points points, core::StopSignal stop) {
  static const search::Examiner examiner;
  const auto tally = core::from_bytes<UnitBody>(unit).examine(examiner, points, stop);
  return core::to_bytes(tally.value_or(search::Tally{}));  // after a stop nobody uses it
}

/// Of all families.
/// @throws core::UsageError  2^63 or more
std::uint64_t points_of(const Sources& sources) {
  std::uint64_t sum = 0;
  for (const auto& source : sources.all) {
    sum += source->points();
    if (sum >= std::uint64_t{1} << 63)
      config::fail_usage("search", "the families have 2^63 functions or more together: search fewer at once");
  }
  return sum;
}

class SearchJob final : public skeleton::RangeJob {
 public:
  explicit SearchJob(SearchOptions options)
      : options_(std::move(options)),
        sources_(make_sources(options_)),
        part_(skeleton::part_rows(options_.common.part, points_of(sources_), "function")),
        rows_({}, {0, sources_.all.size()}),
        tallies_(sources_.all.size()) {
    std::uint64_t begin = 0;
    for (const auto& source : sources_.all) {
      const std::uint64_t points = source->points();
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
    const std::uint64_t families = sources_.all.size();
    skeleton::Subject subject{core::counted(families, "family"), {{"families", families}}};
    if (!sources_.digest.empty()) subject.problem.emplace_back("sha256 of the input", sources_.digest);
    subject.files.add(options_.settings.config_file());
    subject.files.add(options_.batch.value_or(""));
    subject.checkpoint_format = 2;
    for (const auto& source : sources_.all) {
      std::string note = source->none_note();
      if (!note.empty() && (subject.notes.empty() || subject.notes.back() != note))
        subject.notes.push_back(std::move(note));
    }
    return subject;
  }
  [[nodiscard]] const skeleton::BatchRows& rows() const override { return rows_; }

  [[nodiscard]] skeleton::RangeItem item(std::uint64_t row) const override {
    const Source& source = *sources_.all[row];
    return {.name = fmt::format("form {}, degree {}", source.form(), source.degree()),
            .points = source.counts().after_parity == 0 ? 0 : points_[row].size(),
            .most = functions_of_a_unit(source.degree()),
            .timeout = options_.common.timeout};
  }
  [[nodiscard]] core::Bytes unit(std::uint64_t row, Points points) const override {
    const std::uint64_t first = points_[row].begin;
    UnitBody body = sources_.all[row]->unit({first + points.begin, first + points.end});
    body.first = first;
    return core::to_bytes(body);
  }
  void merge(std::uint64_t row, Points, std::span<const std::byte> result) override {
    auto tally = core::from_bytes<search::Tally>(result);
    for (const search::Hit& hit : tally.hits) {
      if (hit.rank >= sources_.all[row]->ranks())
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
      const Source& source = *sources_.all[row];
      const Source::Counts& counts = source.counts();
      const bool completed = ended.status(row) == skeleton::RowStatus::completed;
      families.append(source.form(), source.degree(), ended.status(row), ended.message(row), counts.functions,
                      counts.candidates, counts.after_parity, search::short_periods(source.degree()),
                      completed ? tallies_[row].without_short_cycles : 0,
                      completed ? tallies_[row].hits.size() : 0);
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
  /// Points are ranks, and not every rank is a function that is examined.
  [[nodiscard]] std::string plan_text(std::uint64_t) const override {
    double functions = 0;
    for (std::uint64_t row = 0; row < rows_.size(); ++row) functions += candidates(row);
    return fmt::format("{}{} to examine", options_.common.part.count > 1 ? "about " : "",
                       core::counted(static_cast<std::uint64_t>(std::llround(functions)), "function"));
  }
  void print_items(std::ostream& out, int threads) const override {
    double all_s = 0;
    out << "          form  degree      functions     candidates  core hours\n";
    for (std::uint64_t row = 0; row < rows_.size(); ++row) {
      const Source& source = *sources_.all[row];
      const Source::Counts& counts = source.counts();
      const double cost_s = candidates(row) * expected_seconds(source.degree());
      all_s += cost_s;
      out << fmt::format("{:>14}  {:6}  {:13}  {:13}  {:10.2g}\n", source.form(), source.degree(),
                         counts.functions, counts.candidates, cost_s / 3600);
    }
    out << fmt::format("about {:.2g} core hours, {:.2g} hours on {}\n", all_s / 3600, all_s / 3600 / threads,
                       core::counted(static_cast<std::uint64_t>(threads), "thread"));
  }

 private:
  /// To be examined; of a part an estimate.
  [[nodiscard]] double candidates(std::uint64_t row) const {
    const Source& source = *sources_.all[row];
    const double share = static_cast<double>(item(row).points) / static_cast<double>(source.points());
    return share * static_cast<double>(source.counts().candidates);
  }
  [[nodiscard]] double expected_seconds(int degree) const {
    return search::expected_seconds(degree, options_.goal.kind);
  }
  /// So many functions take about half a second.
  [[nodiscard]] std::uint64_t functions_of_a_unit(int degree) const {
    constexpr double kUnit_s = 0.5, kMost = 1 << 20, kMostOfBatch = 1 << 14;
    return static_cast<std::uint64_t>(
        std::clamp(kUnit_s / expected_seconds(degree), 1.0, options_.batch ? kMostOfBatch : kMost));
  }

  void append_functions(std::uint64_t row, store::Table& table) const {
    Source& source = *sources_.all[row];
    std::vector<search::Hit> hits = tallies_[row].hits;
    std::ranges::sort(hits, {}, &search::Hit::rank);
    for (const search::Hit& hit : hits) {
      const NamedFunction function = source.function(hit.rank);
      table.append(row, source.degree(), hit.rank, function.id, function.feedback, hit.max_period,
                   hit.n_cycles, std::int8_t{0}, 1, hit.joined_at, function.reversed_rank,
                   function.reversed_feedback);
    }
  }

  SearchOptions options_;
  Sources sources_;
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
