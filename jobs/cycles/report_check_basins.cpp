#include "cycles/report_check_basins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "cycles/column_texts.hpp"
#include "cycles/report_linear.hpp"
#include "cycles/report_register.hpp"
#include "cycles/tables.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/basins.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

namespace {

/// What the tables say of one register.
struct StoredBasins {
  std::uint64_t n_cycles = 0;
  core::Natural states = 0;  ///< of all basins stored
  std::vector<std::uint64_t> sizes;
  std::map<std::uint64_t, std::uint64_t> lengths;  ///< below -> states
  core::Natural transient = 0;
};

class BasinsCheck {
 public:
  BasinsCheck(const store::ResultReader& reader, std::uint64_t budget, report::Findings& findings)
      : cycles_(reader, kCycles), lengths_(reader, kTransientLengths), budget_(budget), findings_(findings) {}

  void check(const store::Table& block, std::size_t i, std::uint64_t number) {
    const RowView row(block, i, number);
    const StoredBasins stored = read(row);
    const bool enumerated =
        row.completed() && row.get<std::int8_t>("method") != static_cast<std::int8_t>(RowMethod::algebraic);
    const bool has_trees = enumerated && row.get<std::uint8_t>("nonsingular") == 0;
    if (!has_trees && !stored.lengths.empty())
      return wrong(row, fmt::format("it has rows in {}, but no transient states that were searched",
                                    kTransientLengths));
    if (!enumerated) return;
    check_sizes(row, stored);
    if (!has_trees) return;
    check_lengths(row, stored);
    if (const auto reg = registers_.register_of(block, i)) check_again(row, *reg, stored);
  }

  void note_coverage() {
    if (n_left_out_ == 0) return;
    findings_.not_checked(
        fmt::format("the basins of {} registers beyond their sums; --steps {} has all searched", n_left_out_,
                    4 * steps_of_all_));
  }

 private:
  void wrong(const RowView& row, const std::string& what) {
    findings_.violation(
        fmt::format("{}, row {} (id {}): {}", kRegisters, row.number(), core::quoted(row.text("id")), what));
  }

  StoredBasins read(const RowView& row) {
    StoredBasins stored;
    cycles_.take(row.number(), [&](const store::Table& block, std::size_t i) {
      const std::uint64_t size = block.column<std::uint64_t>(kBasinSize)[i];
      const std::uint64_t period = block.column<std::uint64_t>("period")[i];
      ++stored.n_cycles;
      stored.states += size;
      stored.sizes.push_back(size);
      const bool fits = row.get<std::uint8_t>("nonsingular") == 1 ? size == period : size >= period;
      if (!fits) wrong(row, fmt::format("a cycle of period {} has a basin of {} states", period, size));
    });
    lengths_.take(row.number(), [&](const store::Table& block, std::size_t i) {
      const std::uint64_t below = block.column<std::uint64_t>("below")[i];
      const std::uint64_t states = block.column<std::uint64_t>("n_states")[i];
      const bool is_sorted = stored.lengths.empty() || stored.lengths.rbegin()->first < below;
      if (below < 2 || states == 0 || !is_sorted || cycles::TransientLengths::bin_end(below - 1) != below)
        wrong(row, fmt::format("{} states below the distance {} are no row of {}", states, below,
                               kTransientLengths));
      stored.lengths[below] += states;
      stored.transient += states;
    });
    return stored;
  }

  void check_sizes(const RowView& row, const StoredBasins& stored) {
    const auto states = parse_decimal(row.text("state_count_decimal"));
    const auto n_cycles = parse_decimal(row.text("n_cycles_decimal"));
    if (!states || !n_cycles) return;  // said elsewhere
    const bool has_all = *n_cycles == stored.n_cycles;
    if (has_all ? stored.states == *states : stored.states <= *states) return;
    wrong(row, fmt::format("the basins of {} of {} cycles have {} states, of {}", stored.n_cycles,
                           core::decimal(*n_cycles), core::decimal(stored.states), core::decimal(*states)));
  }

  void check_lengths(const RowView& row, const StoredBasins& stored) {
    const auto n_transient = parse_decimal(row.text("n_transient_states_decimal"));
    if (n_transient && stored.transient != *n_transient) {
      wrong(row, fmt::format("{} has {} of its {} transient states", kTransientLengths,
                             core::decimal(stored.transient), core::decimal(*n_transient)));
    }
    const auto longest = row.get<std::int64_t>("max_transient_length");
    if (longest < 1 || stored.lengths.empty()) return;
    const std::uint64_t end = cycles::TransientLengths::bin_end(static_cast<std::uint64_t>(longest));
    if (stored.lengths.rbegin()->first != end)
      wrong(row, fmt::format("max_transient_length is {}, but the last row of {} ends at {}", longest,
                             kTransientLengths, stored.lengths.rbegin()->first));
  }

  void check_again(const RowView& row, const fsr::Register& reg, const StoredBasins& stored) {
    constexpr std::uint64_t kMostStates = std::uint64_t{1} << 24;
    const auto states = reg.enumerable_state_count();
    if (!states || *states > kMostStates || 2 * *states > budget_) {
      ++n_left_out_;
      steps_of_all_ += states && *states <= kMostStates ? 2 * *states : 0;
      return;
    }
    budget_ -= 2 * *states;
    auto map = cycles::map_functional_graph(fsr::Stepper(reg), cycles::CycleCensus::kAll, {});
    if (!cycles::search_basins(reg, *map, stored.n_cycles, cycles::best_simd_level(), {})) return;
    if (map->basin_sizes != stored.sizes) wrong(row, "a second search finds other basins");
    if (map->transient_lengths.states() != stored.lengths)
      wrong(row, fmt::format("a second search finds other rows of {}", kTransientLengths));
  }

  report::GroupedRows cycles_, lengths_;
  LinearReport registers_;
  std::uint64_t budget_;
  report::Findings& findings_;
  std::uint64_t n_left_out_ = 0, steps_of_all_ = 0;
};

}  // namespace

bool has_basins(const store::ResultReader& reader) {
  if (reader.has_table(kTransientLengths)) return true;
  return reader.has_table(kCycles) &&
         std::ranges::any_of(reader.spec(kCycles).columns,
                             [](const auto& column) { return column.name == kBasinSize; });
}

void check_basins(const store::ResultReader& reader, const report::CheckEffort& effort,
                  report::Findings& findings) {
  report::require_table(reader, transient_lengths_table());
  BasinsCheck check(reader, effort.steps / 4, findings);
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t i = 0; i < block.n_rows(); ++i) check.check(block, i, first + i);
  });
  check.note_coverage();
}

}  // namespace gforbit::job_cycles
