// Singular registers on rank 0: basins, cycles of marks, rims, leaders and their rims, certificate.

#include <fmt/format.h>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/mark_graph.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "parts.hpp"

namespace gforbit::cycles {

namespace {

class SingularMapping final : public Mapping {
 public:
  SingularMapping(const fsr::Register& reg, const RangePlan& plan, const MappingOptions& options)
      : plan_(plan),
        options_(options),
        account_(plan.states, options.stored),
        marks_(mark_ranges(plan, options, static_cast<double>(fsr::Stepper(reg).previous_cost()))),
        leaders_(plan, options),
        peeled_bytes_(peeling_bytes(reg)),
        graph_(plan.marks) {}

  [[nodiscard]] std::optional<MappingUnit> next() override {
    auto task = next_task();
    if (!task) return std::nullopt;
    MappingUnit unit{plan_, options_.stored, *std::move(task)};
    out_.add(unit);
    return unit;
  }

  void merge(const MappingUnit& unit, std::span<const std::byte> result) override {
    out_.remove(unit);
    merge_findings(unit, result);
    advance_phase();
  }

  void restore(const MappingUnit& unit, std::span<const core::StateRange> ranges,
               std::span<const std::byte> result) override {
    remove_ranges(ranges, plan_, marks_, leaders_);
    merge_findings(unit, result);
    if (const auto* const basins = std::get_if<OpenBasinsUnit>(&unit.task))
      take_back_all(open_basins_, basins->walks);
    if (const auto* const rims = std::get_if<RimsUnit>(&unit.task)) take_back_all(rims_, rims->walks);
    if (const auto* const walks = std::get_if<TreeWalksUnit>(&unit.task)) take_back_all(walks_, walks->walks);
    advance_phase();
  }

  [[nodiscard]] int phase() const noexcept override { return static_cast<int>(phase_); }

  [[nodiscard]] std::unique_ptr<UnitWork> local_work() override {
    throw core::InternalError("a singular register has no local unit");
  }

  [[nodiscard]] bool complete() const override { return phase_ == Phase::complete; }
  [[nodiscard]] double steps_expected() const override {
    return StepsPerState::kSingular * static_cast<double>(plan_.states);
  }

  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override { return out_.groups(); }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override {
    return out_.take_useless(complete(), leaders_);
  }
  [[nodiscard]] std::uint64_t steps_done() const override { return account_.steps(); }
  [[nodiscard]] const RangePlan& plan() const noexcept override { return plan_; }
  [[nodiscard]] MapResult result() const override {
    return {.cycles = account_.census(),
            .transient_states = static_cast<std::uint64_t>(transients_.states),
            .max_transient_length = transients_.max_length,
            .leaf_states = leaf_states_,
            .steps = account_.steps()};
  }

 private:
  enum class Phase { basins, marked_rims, leaders, complete };

  /// nullopt if there is nothing to do at the moment.
  [[nodiscard]] std::optional<MappingTask> next_task() {
    if (!open_basins_.empty()) return OpenBasinsUnit{take_back(open_basins_, kWalksPerUnit)};
    if (!rims_.empty()) return RimsUnit{take_back(rims_, kRimsPerUnit)};
    if (!walks_.empty()) return TreeWalksUnit{take_back(walks_, kWalksPerUnit), account_.deficit()};
    if (phase_ == Phase::basins) {
      const auto marks = marks_.next();
      return marks ? std::optional<MappingTask>(BasinsUnit{*marks}) : std::nullopt;
    }
    if (phase_ != Phase::leaders) return std::nullopt;
    const auto candidates = next_candidates(account_, leaders_, out_);
    return candidates ? std::optional<MappingTask>(TreeLeadersUnit{*candidates, account_.deficit()})
                      : std::nullopt;
  }

  void merge_findings(const MappingUnit& unit, std::span<const std::byte> result) {
    core::ByteReader in(result);
    const auto findings = TreeFindings::read(in);
    open_basins_.insert(open_basins_.end(), findings.open_basins.begin(), findings.open_basins.end());
    rims_.insert(rims_.end(), findings.open_rims.begin(), findings.open_rims.end());
    walks_.insert(walks_.end(), findings.open_leaders.begin(), findings.open_leaders.end());
    account_.add_steps(findings.steps);
    leaf_states_ += findings.leaves;
    if (phase_ == Phase::basins) {
      graph_.add_basins(findings);
      leaders_.add_seen(findings.seen);
    } else {
      merge_after_basins(unit, findings);
    }
  }

  void merge_after_basins(const MappingUnit& unit, const TreeFindings& findings) {
    const bool with_marks = phase_ == Phase::marked_rims;
    if (unit.is<RimsUnit>()) {
      graph_.add_rims(findings, with_marks);
      if (!with_marks) {
        account_.cover(findings.rim_states + findings.rim_cycle_states);
        leaders_.add_seen(findings.seen);
      }
    }
    account_.add_cycles(unit, findings.cycles);
    for (const auto& cycle : findings.cycles) {
      RimWalk rim;
      rim.cycle_state = cycle.representative;
      rim.remaining = cycle.period;
      rim.marked = 0;
      rims_.push_back(rim);
    }
    check_memory();
  }

  /// Each cycle without a mark waits for the search of its trees: millions of them are for peeling.
  void check_memory() const {
    constexpr std::uint64_t kAlways = std::uint64_t{4} << 20;
    if (rims_.size() * sizeof(RimWalk) <= std::max(kAlways, table_bytes(options_))) return;
    const std::string remedy = peeled_bytes_ ? fmt::format("alone, this register is mapped with --memory {}M",
                                                           (*peeled_bytes_ / 9 * 10 >> 20) + 1)
                                             : "give more";
    throw MemoryShortage(
        fmt::format("--memory is too small for {} cycles of a singular register and their trees: {}",
                    rims_.size(), remedy));
  }

  void advance_phase() {
    const bool idle = out_.empty() && open_basins_.empty() && rims_.empty() && walks_.empty();
    if (phase_ == Phase::basins && idle && marks_.rest().empty()) {
      account_.cover(graph_.basin_states());
      account_.add_census(graph_.find_cycles(options_.stored));
      rims_ = graph_.rims_to_search();
      check_memory();
      leaders_.begin();
      phase_ = Phase::marked_rims;
    }
    if (phase_ == Phase::marked_rims && out_.empty() && rims_.empty()) phase_ = Phase::leaders;
    if (phase_ == Phase::leaders && covers_everything(account_, leaders_)) {
      transients_ = graph_.transients();
      phase_ = Phase::complete;
    } else if (phase_ == Phase::leaders && out_.empty() && rims_.empty() && walks_.empty() &&
               leaders_.exhausted()) {
      fail_open_certificate();
    }
  }

  static constexpr std::size_t kRimsPerUnit = 4096;

  RangePlan plan_;
  MappingOptions options_;
  Account account_;
  core::RangeSource marks_;  ///< ranges of marks not handed out yet
  LeaderRanges leaders_;
  UnitsOut out_;                               ///< handed out, and the results have not come back
  std::optional<std::uint64_t> peeled_bytes_;  ///< that the register would take in memory
  Phase phase_ = Phase::basins;
  MarkGraph graph_;
  MarkGraph::Transients transients_;
  std::uint64_t leaf_states_ = 0;
  std::vector<TreeWalk> open_basins_;
  std::vector<RimWalk> rims_;
  std::vector<OpenWalk> walks_;
};

}  // namespace

std::unique_ptr<Mapping> make_singular_mapping(const fsr::Register& reg, const RangePlan& plan,
                                               const MappingOptions& options) {
  return std::make_unique<SingularMapping>(reg, plan, options);
}

}  // namespace gforbit::cycles
