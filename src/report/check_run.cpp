/// The tables and attributes of /runtime against each other. What they measure cannot be checked.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "check_parts.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/layout.hpp"

namespace gforbit::report {

namespace {

constexpr const char* kRanks = "runtime/ranks";
constexpr const char* kThreads = "runtime/threads";
constexpr const char* kUtilization = "runtime/utilisation";
constexpr const char* kScheduler = "runtime/scheduler";
constexpr const char* kTimes = "runtime/scheduler/times";
constexpr double kRounding = 1e-6;  ///< of sums of times, relative and in seconds

bool is_close(double a, double b) {
  return std::abs(a - b) <= kRounding * (1 + std::abs(a) + std::abs(b));
}

class RunCheck {
 public:
  RunCheck(const store::ResultReader& reader, Findings& findings)
      : reader_(reader), findings_(findings), ranks_(reader.read(kRanks)), threads_(reader.read(kThreads)) {}

  void run() {
    check_times_are_numbers();
    check_moments();
    check_problem();
    check_ranks();
    check_threads();
    check_utilization();
    check_scheduler();
  }

 private:
  void wrong(const std::string& what) { findings_.violation(what); }

  [[nodiscard]] std::int64_t integer(const char* object, const char* name) const {
    return reader_.integer_attribute(object, name).value_or(0);
  }

  /// No column and no attribute of seconds is negative, infinite or no number.
  void check_times_are_numbers() {
    for (const std::string& path : reader_.tables()) {
      if (path.starts_with("runtime/") && !path.starts_with("runtime/partial/")) check_times_of(path);
    }
    for (const char* const name : {"elapsed_s", "checkpoint_s"})
      check_time("/runtime", name, real("runtime", name));
    check_time("/runtime/scheduler", "items_per_s", real(kScheduler, "items_per_s"));
  }
  [[nodiscard]] double real(const char* object, const char* name) const {
    return reader_.real_attribute(object, name).value_or(0);
  }
  void check_time(const char* object, const char* name, double value) {
    if (!std::isfinite(value) || value < -kRounding)
      wrong(fmt::format("attribute '{}' of '{}' is {}, no number of at least 0", name, object, value));
  }
  void check_times_of(const std::string& path) {
    const store::TableSpec spec = reader_.spec(path);
    for_each_block(reader_, path, [&](const store::Table& block, std::uint64_t first) {
      for (std::size_t c = 0; c < spec.columns.size(); ++c) {
        const auto* const values = std::get_if<std::vector<double>>(&block.data(c));
        if (values == nullptr) continue;
        const auto bad =
            std::ranges::find_if(*values, [](double v) { return !std::isfinite(v) || v < -kRounding; });
        if (bad != values->end()) {
          wrong(fmt::format("{}, row {}: {} is {}, no number of at least 0", path,
                            first + static_cast<std::uint64_t>(bad - values->begin()), spec.columns[c].name,
                            *bad));
        }
      }
    });
  }

  /// ISO 8601, UTC: 2026-11-21T22:20:54Z.
  void check_moments() {
    for (const char* const name : {"created", "finished"}) {
      constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
      const std::string text = reader_.text_attribute("runtime", name).value_or("");
      bool fits = text.size() == kForm.size();
      for (std::size_t i = 0; fits && i < text.size(); ++i)
        fits = kForm[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i];
      if (!fits) wrong(fmt::format("attribute '{}' of '/runtime' is {}, no time", name, core::quoted(text)));
    }
  }

  /// The options that decide about results stand in the configuration, too.
  void check_problem() {
    const auto config = key_values(reader_.text("runtime/config").value_or(""));
    const auto problem = key_values(reader_.text_attribute("runtime", "problem").value_or(""));
    const std::string job = reader_.text_attribute("/", "job").value_or("");
    for (const auto& [key, value] : problem) {
      const auto at = config.find(key);
      if (at != config.end() && at->second != value) {
        wrong(fmt::format("'{}' is {} in runtime/config, but {} in the attribute 'problem' of '/runtime'",
                          key, core::quoted(at->second), core::quoted(value)));
      }
      if (key == "job" && value != job)
        wrong(fmt::format("the job is {} in the attribute 'problem' of '/runtime', but {} in '/'",
                          core::quoted(value), core::quoted(job)));
    }
    if (!problem.contains("job")) wrong("the attribute 'problem' of '/runtime' names no job");
  }

  void check_ranks() {
    const auto& hosts = ranks_.column<std::string>("host");
    const auto& threads = ranks_.column<std::int32_t>("threads");
    const auto n = static_cast<std::int64_t>(hosts.size());
    if (integer("runtime", "ranks") != n)
      wrong(fmt::format("attribute 'ranks' of '/runtime' is {}, but {} has {} rows",
                        integer("runtime", "ranks"), kRanks, n));
    std::int64_t sum = 0;
    for (const std::int32_t of_rank : threads) {
      if (of_rank < 1) wrong(fmt::format("{}: a rank has {} threads", kRanks, of_rank));
      sum += of_rank;
    }
    if (integer("runtime", "threads") != sum)
      wrong(fmt::format("attribute 'threads' of '/runtime' is {}, but those of {} are {}",
                        integer("runtime", "threads"), kRanks, sum));
    const std::string joined = fmt::format("{}", fmt::join(hosts, ","));
    if (reader_.text_attribute("runtime", "hosts").value_or("") != joined)
      wrong(fmt::format("attribute 'hosts' of '/runtime' is not {}, as {} has it", core::quoted(joined),
                        kRanks));
    if (integer("runtime", "restarts") < 0) wrong("attribute 'restarts' of '/runtime' is negative");
  }

  [[nodiscard]] bool exists(std::int32_t rank, std::int32_t thread) const {
    const auto& threads = ranks_.column<std::int32_t>("threads");
    return rank >= 0 && static_cast<std::size_t>(rank) < threads.size() && thread >= 0 &&
           thread < threads[static_cast<std::size_t>(rank)];
  }

  void check_threads() {
    const auto& rank = threads_.column<std::int32_t>("rank");
    const auto& thread = threads_.column<std::int32_t>("thread");
    std::vector<double> sums[3];
    for (auto& sum : sums) sum.assign(ranks_.n_rows(), 0);
    constexpr const char* kTimesOfThreads[] = {"busy_s", "waiting_s", "communicating_s"};
    for (std::size_t row = 0; row < rank.size(); ++row) {
      if (!exists(rank[row], thread[row])) {
        wrong(fmt::format("{}, row {}: there is no thread {} of rank {}", kThreads, row, thread[row],
                          rank[row]));
        continue;
      }
      if (row > 0 && std::pair(rank[row - 1], thread[row - 1]) >= std::pair(rank[row], thread[row]))
        wrong(fmt::format("{}, row {}: rows are not sorted by rank and thread", kThreads, row));
      double all = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double time = threads_.column<double>(kTimesOfThreads[i])[row];
        sums[i][static_cast<std::size_t>(rank[row])] += time;
        all += time;
      }
      const double busy = threads_.column<double>("busy_s")[row];
      if (!is_close(threads_.column<double>("busy_share")[row], all > 0 ? busy / all : 0))
        wrong(fmt::format("{}, row {}: busy_share is not that of its times", kThreads, row));
    }
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t row = 0; row < ranks_.n_rows(); ++row) {
        if (!is_close(ranks_.column<double>(kTimesOfThreads[i])[row], sums[i][row]))
          wrong(fmt::format("{}, row {}: {} is not the sum of those of its threads", kRanks, row,
                            kTimesOfThreads[i]));
      }
    }
  }

  /// Bins begin with 1/64 s and double.
  [[nodiscard]] static bool is_width(double width) {
    int exponent = 0;
    return width >= 1.0 / 64 && std::frexp(width, &exponent) == 0.5;
  }

  void check_utilization() {
    std::optional<std::pair<std::int32_t, std::int32_t>> last;
    double next = 0, last_width = 0;
    for_each_block(reader_, kUtilization, [&](const store::Table& block, std::uint64_t first) {
      const auto& rank = block.column<std::int32_t>("rank");
      const auto& thread = block.column<std::int32_t>("thread");
      const auto& begin = block.column<double>("begin_s");
      const auto& width = block.column<double>("width_s");
      for (std::size_t row = 0; row < rank.size(); ++row) {
        const auto bad = [&](const char* what) {
          wrong(fmt::format("{}, row {}: {}", kUtilization, first + row, what));
        };
        const std::pair now{rank[row], thread[row]};
        if (!exists(rank[row], thread[row])) bad("there is no such thread");
        if (last && now < *last) bad("rows are not sorted by rank and thread");
        if (last != now) next = 0;
        if (!is_close(begin[row], next)) bad("it does not begin where the row before ends");
        if (!is_width(width[row]) || (last == now && width[row] != last_width))
          bad("width_s is no width of bins");
        last_width = width[row];
        if (block.column<double>("busy_s")[row] > width[row] * (1 + 1e-3) + kRounding)
          bad("busy_s is longer than the bin");
        next = begin[row] + width[row];
        last = now;
      }
    });
  }

  void check_scheduler() {
    const auto count = [&](const char* name) { return integer(kScheduler, name); };
    for (const char* const name : {"submitted", "coalesced", "completed", "failed", "timed_out", "cancelled",
                                   "pending", "running", "leases", "leases_completed"}) {
      if (count(name) < 0) wrong(fmt::format("attribute '{}' of '/{}' is out of range", name, kScheduler));
    }
    const std::int64_t ended = count("completed") + count("failed") + count("timed_out") + count("cancelled");
    const std::int64_t sum = count("coalesced") + ended + count("pending") + count("running");
    if (count("submitted") != sum)
      wrong(fmt::format("attribute 'submitted' of '/{}' is {}, but its parts make {}", kScheduler,
                        count("submitted"), sum));
    if (count("leases_completed") + count("leases_failed") + count("leases_cancelled") > count("leases"))
      wrong(fmt::format("'/{}': more leases ended than were handed out", kScheduler));
    std::uint64_t waited = 0, ran = 0;
    for_each_block(reader_, kTimes, [&](const store::Table& block, std::uint64_t) {
      for (const auto n : block.column<std::uint64_t>("waited")) waited += n;
      for (const auto n : block.column<std::uint64_t>("ran")) ran += n;
    });
    if (waited != ran || ran > static_cast<std::uint64_t>(std::max<std::int64_t>(ended, 0)))
      wrong(fmt::format("{}: {} items waited, {} ran, and {} ended", kTimes, waited, ran, ended));
  }

  const store::ResultReader& reader_;
  Findings& findings_;
  store::Table ranks_, threads_;
};

}  // namespace

void check_run(const store::ResultReader& reader, Findings& findings) {
  RunCheck(reader, findings).run();
}

}  // namespace gforbit::report
