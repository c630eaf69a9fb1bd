#include "cycles/report_check_sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "cycles/cycle_outputs.hpp"
#include "cycles/report_linear.hpp"
#include "cycles/tables.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

namespace {

/// What the table says of the cycles of one register.
struct StoredOutputs {
  std::uint64_t first_row = 0;
  std::vector<cycles::Cycle> cycles;
  CycleOutputs outputs;
};

/// In steps of a register.
std::uint64_t work_of(const CycleOutputs& outputs, const std::vector<cycles::Cycle>& cycles) {
  std::uint64_t work = 0;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    if (outputs.weights[i] >= 0) work += 4 * cycles[i].period;
    if (outputs.complexities[i] >= 0) work += cycles[i].period * (cycles[i].period / 64);
  }
  return work;
}

class SequencesCheck {
 public:
  SequencesCheck(const store::ResultReader& reader, std::uint64_t budget, report::Findings& findings)
      : cycles_(reader, kCycles), budget_(budget), findings_(findings) {}

  void check(const store::Table& block, std::size_t i, std::uint64_t number) {
    const StoredOutputs stored = read(number);
    if (stored.cycles.empty()) return;
    const auto reg = registers_.register_of(block, i);
    const auto states = reg ? reg->enumerable_state_count() : std::nullopt;
    if (!states || !check_ranges(stored, *states)) return;  // what is no cycle is said elsewhere
    const std::uint64_t work = work_of(stored.outputs, stored.cycles);
    if (work > budget_) {
      ++n_left_out_;
      work_of_all_ += work;
      return;
    }
    budget_ -= work;
    compare(stored, outputs_of(*reg, stored.cycles).value());
  }

  void note_coverage() {
    if (n_left_out_ == 0) return;
    findings_.not_checked(fmt::format("what the cycles of {} put out; --steps {} has all computed again",
                                      core::counted(n_left_out_, "register"), 4 * work_of_all_));
  }

 private:
  StoredOutputs read(std::uint64_t reg) {
    StoredOutputs stored{next_row_, {}, {}};
    cycles_.take(reg, [&](const store::Table& block, std::size_t i) {
      ++next_row_;
      stored.cycles.push_back(
          {block.column<std::uint64_t>("representative")[i], block.column<std::uint64_t>("period")[i]});
      stored.outputs.weights.push_back(block.column<std::int64_t>(kOutputWeight)[i]);
      stored.outputs.complexities.push_back(block.column<std::int64_t>(kLinearComplexity)[i]);
    });
    return stored;
  }

  /// @return whether the cycles can be walked
  bool check_ranges(const StoredOutputs& stored, std::uint64_t states) {
    bool can_walk = true;
    for (std::size_t i = 0; i < stored.cycles.size(); ++i) {
      const auto& [representative, period] = stored.cycles[i];
      can_walk = can_walk && representative < states && period <= states;
      const auto fits = [most = static_cast<std::int64_t>(period)](std::int64_t value) {
        return value >= -1 && value <= most;
      };
      if (!fits(stored.outputs.weights[i])) wrong(stored, i, kOutputWeight, stored.outputs.weights[i]);
      if (!fits(stored.outputs.complexities[i]))
        wrong(stored, i, kLinearComplexity, stored.outputs.complexities[i]);
    }
    return can_walk;
  }

  void wrong(const StoredOutputs& stored, std::size_t i, const char* column, std::int64_t value) {
    findings_.violation(fmt::format("{}, row {}: {} is {}, of a period of {}", kCycles, stored.first_row + i,
                                    column, value, stored.cycles[i].period));
  }

  void compare(const StoredOutputs& stored, const CycleOutputs& again) {
    const auto differ = [&](const char* column, const auto& values, const auto& others) {
      const auto [a, b] = std::ranges::mismatch(values, others);
      if (a == values.end()) return;
      findings_.violation(fmt::format("{}, row {}: {} is {}, but a walk finds {}", kCycles,
                                      stored.first_row + static_cast<std::uint64_t>(a - values.begin()),
                                      column, *a, *b));
    };
    differ(kOutputWeight, stored.outputs.weights, again.weights);
    differ(kLinearComplexity, stored.outputs.complexities, again.complexities);
  }

  report::GroupedRows cycles_;
  LinearReport registers_;
  std::uint64_t next_row_ = 0;
  std::uint64_t budget_;
  report::Findings& findings_;
  std::uint64_t n_left_out_ = 0, work_of_all_ = 0;
};

}  // namespace

bool has_sequences(const store::ResultReader& reader) {
  return reader.has_table(kCycles) &&
         std::ranges::any_of(reader.spec(kCycles).columns, [](const auto& column) {
           return column.name == kOutputWeight || column.name == kLinearComplexity;
         });
}

void check_sequences(const store::ResultReader& reader, const report::CheckEffort& effort,
                     report::Findings& findings) {
  SequencesCheck check(reader, effort.steps / 4, findings);
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t i = 0; i < block.n_rows(); ++i) check.check(block, i, first + i);
  });
  check.note_coverage();
}

}  // namespace gforbit::job_cycles
