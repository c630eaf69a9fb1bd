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
  [[nodiscard]] std::optional<MappingUnit> next() override { return next(phase_ == Phase::leaders); }

  /// The last segments end one by one. Meanwhile leaders are searched in the lowest classes, of which each is
  /// as likely as not to need it; if their walks end soon, as those of the bit-sliced kernel do.
  [[nodiscard]] std::optional<MappingUnit> next_guess() override {
    return plan_.kernel == KernelKind::bitsliced ? next(true) : std::nullopt;
  }

  [[nodiscard]] std::optional<MappingUnit> next_local() override {
    if (!contraction_ || std::exchange(contraction_out_, true)) return std::nullopt;
    return MappingUnit{plan_, options_.stored, ContractionUnit{}};
  }

  void merge(const MappingUnit& unit, std::span<const std::byte> result) override {
    if (unit.is<ContractionUnit>()) {
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

  void restore(const MappingUnit& unit, std::span<const core::StateRange> ranges,
               std::span<const std::byte> result) override {
    if (unit.is<ContractionUnit>()) {
      if (!contraction_) throw core::ProtocolError("a contraction came before its segments, or twice");
      finish_contraction(result);
    } else {
      if (unit.is<SegmentsUnit>() && phase_ != Phase::segments)
        throw core::ProtocolError("a range of segments came when all were there");
      if (unit.is<ShortCyclesUnit>()) {
        for (const auto done : ranges) finish_periods(done);
      } else {
        remove_ranges(ranges, plan_, marks_, leaders_);
      }
      merge_findings(unit, result);
      if (const auto* const task = std::get_if<WalksUnit>(&unit.task)) take_back_all(open_, task->walks);
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
  [[nodiscard]] std::optional<SegmentBlock> take_segments() override {
    return std::exchange(kept_, std::nullopt);
  }

 private:
  enum class Phase { segments, leaders, complete };

  [[nodiscard]] std::optional<MappingUnit> next(bool leaders) {
    if (phase_ == Phase::complete) return std::nullopt;
    auto task = next_task(leaders);
    if (!task) return std::nullopt;
    MappingUnit unit{plan_, options_.stored, *std::move(task)};
    out_.add(unit);
    return unit;
  }

  [[nodiscard]] std::optional<MappingTask> next_task(bool leaders) {
    // While segments are under way they, too, are among the walks that go on.
    const std::uint64_t max_period = phase_ == Phase::leaders ? leaders_.missing() : account_.deficit();
    if (!open_.empty()) return WalksUnit{take_back(open_, kWalksPerUnit), max_period};
    if (!periods_.empty()) {
      // The longest periods first: they take most of the time.
      const std::uint64_t period = periods_.back();
      periods_.pop_back();
      return ShortCyclesUnit{{{period}, {period + 1}}};
    }
    if (const auto marks = marks_.next())
      return SegmentsUnit{*marks, slice_steps(plan_, *marks, marks_.model().work(*marks), options_)};
    const auto candidates = leaders ? next_candidates(account_, leaders_, out_) : std::nullopt;
    if (!candidates) return std::nullopt;
    return LeadersUnit{*candidates,
                       slice_steps(plan_, *candidates, leaders_.model().work(*candidates), options_),
                       max_period};
  }

  void finish_periods(core::StateRange done) {
    std::erase_if(periods_, [&](std::uint64_t p) { return done.begin.value <= p && p < done.end.value; });
  }

  void merge_findings(const MappingUnit& unit, std::span<const std::byte> result) {
    core::ByteReader in(result);
    const auto findings = Findings::read(in);
    if (unit.is<SegmentsUnit>()) table_.insert(in);
    for (const auto& segment : findings.segments) table_.set(segment.from, segment.to, segment.length);
    account_.add_cycles(unit, findings.cycles);
    account_.add_covered(findings.counted);
    for (const auto& cycle : findings.cycles) account_.cover(cycle.period);
    open_.insert(open_.end(), findings.open.begin(), findings.open.end());
    account_.add_steps(findings.steps);
    leaders_.add_seen(findings.seen);
    count_segments(unit, findings);
  }

  void count_segments(const MappingUnit& unit, const Findings& findings) {
    if (const auto* const task = std::get_if<SegmentsUnit>(&unit.task)) {
      segments_ += task->marks.size();
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
    if (options_.keep_segments) keep_segments();
    contraction_.emplace(table_, options_.stored);
    phase_ = Phase::leaders;
  }

  /// The contraction uses the table up.
  void keep_segments() {
    for (std::uint64_t mark = 0; mark < plan_.marks; ++mark) {
      if (table_.is_open(mark)) return;
    }
    kept_ = table_;
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
  std::uint64_t segments_ = 0;        ///< in the table
  std::optional<SegmentBlock> kept_;  ///< a copy for take_segments()
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
