// Nonsingular registers on rank 0: segments, contraction, short cycles, leaders, certificate.

#include <cassert>
#include <numeric>
#include <stdexcept>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/contraction.hpp"
#include "parts.hpp"

namespace gforbit::cycles {

namespace {

/// Contraction in slices on whichever threads of rank 0 are free. The coordinator leaves the table alone
/// meanwhile.
class ContractionWork final : public UnitWork {
 public:
  explicit ContractionWork(Contraction& contraction) : contraction_(contraction) {}
  [[nodiscard]] int width() const noexcept override { return contraction_.width(); }
  [[nodiscard]] bool work(core::StopSignal stop) override {
    constexpr std::uint64_t kSegmentsPerSlice = 1 << 18;
    return !stop.stop_requested() && !contraction_.advance(kSegmentsPerSlice);
  }
  [[nodiscard]] core::Bytes result() override {
    core::ByteWriter out;
    contraction_.census().write(out);
    return out.take();
  }

 private:
  Contraction& contraction_;
};

class BijectionMapping final : public Mapping {
 public:
  BijectionMapping(const RangePlan& plan, const MappingOptions& options)
      : plan_(plan),
        options_(options),
        account_(plan.states, options.stored),
        marks_(mark_ranges(plan, options)),
        leaders_(plan, options),
        table_(core::StateRange{{0}, {plan.marks}}) {
    periods_.resize(static_cast<std::size_t>(plan_.known_periods));
    std::iota(periods_.begin(), periods_.end(), std::uint64_t{1});
    leaders_.begin();
  }

  /// First the short cycles, which cannot be shared within a period and so should begin early; then segments;
  /// then leaders where something is missing, which is known once all segments are there.
  [[nodiscard]] std::optional<RangeUnit> next() override { return next(phase_ == Phase::leaders); }

  /// The last segments end one by one. Meanwhile leaders are searched in the lowest classes, of which each is
  /// as likely as not to need it; if their walks end soon, as those of the bit-sliced kernel do.
  [[nodiscard]] std::optional<RangeUnit> next_guess() override {
    return plan_.kernel == KernelKind::bitsliced ? next(true) : std::nullopt;
  }

  [[nodiscard]] std::optional<RangeUnit> next_local() override {
    if (!contraction_ || std::exchange(contraction_out_, true)) return std::nullopt;
    RangeUnit unit = make_unit(plan_, account_);
    unit.kind = UnitKind::local;
    return unit;
  }

  void merge(const RangeUnit& unit, std::span<const std::byte> result) override {
    if (unit.kind == UnitKind::local) {
      finish_contraction(result);
    } else {
      out_.remove(unit);
      merge_findings(unit, result);
    }
    advance_phase();
  }

  void prepare() override {
    if (phase_ == Phase::segments) table_.prepare_some();
  }

  void restore(const RangeUnit& unit, std::span<const core::StateRange> ranges,
               std::span<const std::byte> result) override {
    if (unit.kind == UnitKind::local) {
      if (!contraction_) throw core::ProtocolError("a contraction came before its segments, or twice");
      finish_contraction(result);
    } else {
      if (unit.kind == UnitKind::segments && phase_ != Phase::segments)
        throw core::ProtocolError("a range of segments came when all were there");
      if (unit.kind == UnitKind::short_cycles) {
        for (const auto done : ranges) finish_periods(done);
      } else {
        remove_ranges(ranges, plan_, marks_, leaders_);
      }
      merge_findings(unit, result);
      take_back_all(open_, unit.walks);
    }
    advance_phase();
  }

  [[nodiscard]] int phase() const noexcept override { return static_cast<int>(phase_); }

  [[nodiscard]] std::unique_ptr<UnitWork> local_work() override {
    return std::make_unique<ContractionWork>(*contraction_);
  }

  [[nodiscard]] bool complete() const override { return phase_ == Phase::complete; }
  [[nodiscard]] double steps_expected() const override {
    return steps_per_state(plan_, true) * static_cast<double>(plan_.states);
  }

  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override { return out_.groups(); }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override {
    return out_.take_useless(complete(), leaders_);
  }
  [[nodiscard]] std::uint64_t steps_done() const override { return account_.steps(); }
  [[nodiscard]] const RangePlan& plan() const noexcept override { return plan_; }
  [[nodiscard]] MapResult result() const override {
    return {.cycles = account_.census(), .steps = account_.steps()};
  }

 private:
  enum class Phase { segments, leaders, complete };

  [[nodiscard]] std::optional<RangeUnit> next(bool leaders) {
    if (phase_ == Phase::complete) return std::nullopt;
    RangeUnit unit = make_unit(plan_, account_);
    if (!open_.empty()) {
      unit.kind = UnitKind::walks;
      unit.walks = take_back(open_, kWalksPerUnit);
    } else if (!periods_.empty()) {
      // The longest periods first: they take most of the time.
      unit.kind = UnitKind::short_cycles;
      unit.range = {{periods_.back()}, {periods_.back() + 1}};
      periods_.pop_back();
    } else if (const auto marks = marks_.next()) {
      unit.kind = UnitKind::segments;
      unit.range = *marks;
      unit.slice_steps = slice_steps(plan_, *marks, marks_.model().work(*marks), options_);
    } else if (const auto candidates = leaders ? next_candidates(account_, leaders_, out_) : std::nullopt) {
      unit.kind = UnitKind::leaders;
      unit.range = *candidates;
      unit.slice_steps = slice_steps(plan_, *candidates, leaders_.model().work(*candidates), options_);
    } else {
      return std::nullopt;
    }
    // While segments are under way they, too, are among the walks that go on.
    if (phase_ == Phase::leaders) unit.max_period = leaders_.missing();
    out_.add(unit);
    return unit;
  }

  void finish_periods(core::StateRange done) {
    std::erase_if(periods_, [&](std::uint64_t p) { return done.begin.value <= p && p < done.end.value; });
  }

  void merge_findings(const RangeUnit& unit, std::span<const std::byte> result) {
    core::ByteReader in(result);
    const auto findings = Findings::read(in);
    if (unit.kind == UnitKind::segments) table_.insert(in);
    for (const auto& segment : findings.segments) table_.set(segment.from, segment.to, segment.length);
    account_.add_cycles(unit, findings.cycles);
    account_.add_covered(findings.counted);
    for (const auto& cycle : findings.cycles) account_.cover(cycle.period);
    open_.insert(open_.end(), findings.open.begin(), findings.open.end());
    account_.add_steps(findings.steps);
    leaders_.add_seen(findings.seen);
    count_segments(unit, findings);
  }

  void count_segments(const RangeUnit& unit, const Findings& findings) {
    if (unit.kind == UnitKind::segments) {
      segments_ += unit.range.size();
      for (const auto& walk : findings.open) segments_ -= walk.purpose == OpenWalk::Purpose::segment ? 1 : 0;
    }
    segments_ += findings.segments.size();
    if (segments_ > plan_.marks)
      throw core::CertificateError("more segments than marks: a range was counted twice");
  }

  void finish_contraction(std::span<const std::byte> result) {
    core::ByteReader in(result);
    account_.add_covered(CycleCensus::read(in));
    contraction_.reset();
    table_ = {};
  }

  /// What is missing is known from the classes as soon as all segments are there; so the search for it and
  /// the contraction go on side by side.
  void end_segments() {
    contraction_.emplace(table_, options_.stored);
    phase_ = Phase::leaders;
  }

  void advance_phase() {
    if (phase_ == Phase::segments && segments_ == plan_.marks) end_segments();
    if (phase_ != Phase::leaders || contraction_) return;
    if (covers_everything(account_, leaders_)) {
      phase_ = Phase::complete;
    } else if (out_.empty() && open_.empty() && periods_.empty() && leaders_.exhausted()) {
      fail_open_certificate();
    }
  }

  RangePlan plan_;
  MappingOptions options_;
  Account account_;
  core::RangeSource marks_;  ///< ranges of marks not handed out yet
  LeaderRanges leaders_;
  UnitsOut out_;  ///< handed out, and the results have not come back
  Phase phase_ = Phase::segments;
  SegmentBlock table_;
  std::uint64_t segments_ = 0;  ///< in the table
  std::optional<Contraction> contraction_;
  std::vector<OpenWalk> open_;
  bool contraction_out_ = false;
  std::vector<std::uint64_t> periods_;  ///< those not handed out yet, increasing
};

}  // namespace

std::unique_ptr<Mapping> make_bijection_mapping(const RangePlan& plan, const MappingOptions& options) {
  return std::make_unique<BijectionMapping>(plan, options);
}

}  // namespace gforbit::cycles
