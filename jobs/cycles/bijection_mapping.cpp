// Nonsingular registers on rank 0: segments, contraction, short cycles, leaders, certificate.

#include <cassert>
#include <numeric>
#include <stdexcept>

#include "cycles/mapping_base.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/contraction.hpp"

namespace gforbit::job_cycles {

namespace {

/// Contraction in slices on whichever thread of rank 0 is free. The coordinator leaves the table alone
/// meanwhile.
class ContractionExecution final : public sched::Execution {
 public:
  explicit ContractionExecution(cycles::Contraction& contraction) : contraction_(contraction) {}
  [[nodiscard]] int width() const noexcept override { return 1; }
  [[nodiscard]] bool work(core::StopSignal stop) override {
    constexpr std::uint64_t kSegmentsPerSlice = 1 << 16;
    return !stop.stop_requested() && !contraction_.advance(kSegmentsPerSlice);
  }
  [[nodiscard]] core::Bytes result() override {
    core::ByteWriter out;
    contraction_.census().write(out);
    return out.take();
  }

 private:
  cycles::Contraction& contraction_;
};

class BijectionMapping final : public RangeMapping {
 public:
  BijectionMapping(std::uint64_t row, const fsr::Register& reg, RangePlan plan, MappingLimits limits)
      : RangeMapping(row, pack_register(reg), plan, limits), table_(core::StateRange{{0}, {plan.marks}}) {
    if (plan_.kernel == KernelKind::bitsliced) {
      known_periods_ = cycles::ShortCycles(reg, choose_simd_level(plan_.simd))
                           .longest(cycles::kShortCyclesShare * static_cast<double>(plan_.states));
    }
  }

  [[nodiscard]] std::optional<core::Bytes> next(int rank) override {
    if (phase_ == Phase::complete) return std::nullopt;
    RangeUnit unit = make_unit();
    if (rank == 0 && contraction_ && !std::exchange(contraction_out_, true)) {
      unit.kind = UnitKind::local;
      return unit.bytes();
    }
    if (!open_.empty()) {
      unit.kind = UnitKind::walks;
      unit.walks = take_back(open_, kWalksPerUnit);
    } else if (const auto range = next_range()) {
      unit.kind = kind_of_ranges();
      unit.range = *range;
    } else {
      return std::nullopt;
    }
    if (search_) unit.max_period = search_->missing();
    if (phase_ == Phase::leaders) unit.known_periods = known_periods_;
    ++out_;
    return unit.bytes();
  }

  void merge(const RangeUnit& unit, std::span<const std::byte> result) override {
    if (unit.kind == UnitKind::local) {
      finish_contraction(result);
    } else {
      --out_;
      merge_findings(unit, result);
    }
    advance_phase();
  }

  void restore(const RangeUnit& unit, std::span<const core::StateRange> ranges,
               std::span<const std::byte> result) override {
    if (unit.kind == UnitKind::local) {
      if (!contraction_) throw std::logic_error("a contraction came before its segments, or twice");
      finish_contraction(result);
    } else {
      if (unit.kind == UnitKind::segments && phase_ != Phase::segments)
        throw std::logic_error("a range of segments came when all were there");
      if (unit.kind == UnitKind::short_cycles) {
        for (const auto done : ranges) finish_periods(done);
      } else {
        finish_ranges(ranges);
      }
      merge_findings(unit, result);
      take_back_all(open_, unit.walks);
    }
    advance_phase();
  }

  [[nodiscard]] int phase() const noexcept override { return static_cast<int>(phase_); }

  [[nodiscard]] std::unique_ptr<sched::Execution> local_work() override {
    return std::make_unique<ContractionExecution>(*contraction_);
  }

  [[nodiscard]] bool complete() const override { return phase_ == Phase::complete; }
  [[nodiscard]] double steps_expected() const override {
    return steps_per_state(plan_, true) * static_cast<double>(plan_.states);
  }

  [[nodiscard]] MapReport report() const override { return base_report(true); }

 private:
  enum class Phase { segments, short_cycles, leaders, complete };

  [[nodiscard]] UnitKind kind_of_ranges() const {
    return phase_ == Phase::segments       ? UnitKind::segments
           : phase_ == Phase::short_cycles ? UnitKind::short_cycles
                                           : UnitKind::leaders;
  }

  [[nodiscard]] std::optional<core::StateRange> next_range() {
    if (phase_ == Phase::segments) return marks_.next();
    if (phase_ == Phase::leaders) return next_candidates();
    // The longest periods first: they take most of the time.
    if (periods_.empty()) return std::nullopt;
    const std::uint64_t period = periods_.back();
    periods_.pop_back();
    return core::StateRange{{period}, {period + 1}};
  }

  void finish_periods(core::StateRange done) {
    std::erase_if(periods_, [&](std::uint64_t p) { return done.begin.value <= p && p < done.end.value; });
  }

  void merge_findings(const RangeUnit& unit, std::span<const std::byte> result) {
    core::ByteReader in(result);
    const auto findings = cycles::Findings::read(in);
    if (unit.kind == UnitKind::segments) table_.insert(cycles::SegmentBlock::read(in));
    for (const auto& segment : findings.segments) table_.set(segment.from, segment.to, segment.length);
    add_cycles(unit, findings.cycles);
    for (const auto& cycle : findings.cycles) cover(cycle.period);
    open_.insert(open_.end(), findings.open.begin(), findings.open.end());
    steps_ += findings.steps;
    add_seen(findings.seen);
  }

  void finish_contraction(std::span<const std::byte> result) {
    core::ByteReader in(result);
    const auto census = cycles::CycleCensus::read(in);
    census_.merge(census);
    cover(census.states());
    contraction_.reset();
    table_ = {};
  }

  /// What is missing is known from the classes as soon as all segments are there; so the search for it and
  /// the contraction go on side by side.
  void end_segments() {
    begin_search();
    contraction_.emplace(table_, limits_.stored);
    periods_.resize(static_cast<std::size_t>(known_periods_));
    std::iota(periods_.begin(), periods_.end(), std::uint64_t{1});
    phase_ = Phase::short_cycles;
  }

  void advance_phase() {
    if (phase_ == Phase::segments && out_ == 0 && open_.empty() && marks_.rest().empty()) end_segments();
    if (phase_ == Phase::segments || phase_ == Phase::complete) return;
    if (!contraction_ && covers_everything()) {
      phase_ = Phase::complete;
    } else if (phase_ == Phase::short_cycles && out_ == 0 && (periods_.empty() || search_->missing() == 0)) {
      phase_ = Phase::leaders;
    }
    if (phase_ == Phase::leaders && !contraction_ && out_ == 0 && open_.empty() && search_->exhausted()) {
      fail_open_certificate();
    }
  }

  Phase phase_ = Phase::segments;
  cycles::SegmentBlock table_;
  std::optional<cycles::Contraction> contraction_;
  std::vector<cycles::OpenWalk> open_;
  bool contraction_out_ = false;
  /// All cycles up to this period are searched for directly; 0 where that is not done.
  int known_periods_ = 0;
  std::vector<std::uint64_t> periods_;  ///< those not handed out yet, increasing
};

}  // namespace

std::unique_ptr<Mapping> make_bijection_mapping(std::uint64_t row, const fsr::Register& reg, RangePlan plan,
                                                MappingLimits limits) {
  return std::make_unique<BijectionMapping>(row, reg, plan, limits);
}

}  // namespace gforbit::job_cycles
