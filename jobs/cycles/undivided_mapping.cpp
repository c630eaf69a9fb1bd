// Registers on rank 0 that are not cut in ranges: one rank does it all, and a restart begins anew.

#include <stdexcept>

#include "cycles/mapping_base.hpp"

namespace gforbit::job_cycles {

namespace {

class UndividedMapping final : public Mapping {
 public:
  /// @param kind   of the only unit
  /// @param steps  expected
  UndividedMapping(UnitKind kind, std::uint64_t row, const fsr::Register& reg, MappingLimits limits,
                   double steps)
      : kind_(kind), row_(row), reg_(pack_register(reg)), stored_(limits.stored), steps_(steps) {
    plan_.simd = limits.simd;
  }

  [[nodiscard]] std::optional<RangeUnit> next() override {
    if (std::exchange(out_, true)) return std::nullopt;
    RangeUnit unit;
    unit.kind = kind_;
    unit.row = row_;
    unit.plan = plan_;
    unit.stored = stored_;
    unit.reg = reg_;
    return unit;
  }

  void merge(const RangeUnit&, std::span<const std::byte> result) override {
    core::ByteReader in(result);
    report_ = MapReport::read(in);
  }

  void restore(const RangeUnit& unit, std::span<const core::StateRange>,
               std::span<const std::byte> result) override {
    out_ = true;
    merge(unit, result);
  }
  [[nodiscard]] int phase() const noexcept override { return complete() ? 1 : 0; }
  [[nodiscard]] const RangePlan& plan() const noexcept override { return plan_; }

  [[nodiscard]] std::unique_ptr<sched::Execution> local_work() override {
    throw std::logic_error("an undivided register has no local unit");
  }
  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override { return {0}; }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override { return {}; }
  [[nodiscard]] bool complete() const override { return report_.has_value(); }
  [[nodiscard]] MapReport report() const override { return *report_; }
  [[nodiscard]] std::uint64_t steps_done() const override { return report_ ? report_->steps : 0; }
  [[nodiscard]] double steps_expected() const override { return steps_; }

 private:
  UnitKind kind_;
  std::uint64_t row_;
  core::Bytes reg_;
  std::uint64_t stored_;
  double steps_;
  RangePlan plan_;  ///< no states: there are no ranges
  bool out_ = false;
  std::optional<MapReport> report_;
};

}  // namespace

std::unique_ptr<Mapping> make_interleaved_mapping(std::uint64_t row, const fsr::Register& reg,
                                                  MappingLimits limits) {
  constexpr double kSteps = 1e9;  // unknown before; it only moves the progress line
  return std::make_unique<UndividedMapping>(UnitKind::interleaved, row, reg, limits, kSteps);
}

std::unique_ptr<Mapping> make_peeled_mapping(std::uint64_t row, const fsr::Register& reg,
                                             MappingLimits limits) {
  return std::make_unique<UndividedMapping>(
      UnitKind::peeling, row, reg, limits,
      StepsPerState::kPeeling * static_cast<double>(*reg.enumerable_state_count()));
}

}  // namespace gforbit::job_cycles
