// Interleaved registers on rank 0: one thread of one rank does it all.

#include <stdexcept>

#include "cycles/mapping_base.hpp"

namespace gforbit::job_cycles {

namespace {

class InterleavedMapping final : public Mapping {
 public:
  InterleavedMapping(std::uint64_t row, const fsr::Register& reg, MappingLimits limits)
      : row_(row), reg_(pack_register(reg)), stored_(limits.stored) {}

  [[nodiscard]] std::optional<RangeUnit> next() override {
    if (std::exchange(out_, true)) return std::nullopt;
    RangeUnit unit;
    unit.kind = UnitKind::interleaved;
    unit.row = row_;
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
    throw std::logic_error("an interleaved register has no local unit");
  }
  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override { return {0}; }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override { return {}; }
  [[nodiscard]] bool complete() const override { return report_.has_value(); }
  [[nodiscard]] MapReport report() const override { return *report_; }
  [[nodiscard]] std::uint64_t steps_done() const override { return report_ ? report_->steps : 0; }
  [[nodiscard]] double steps_expected() const override { return kInterleavedSteps; }

 private:
  /// Nobody knows before; it only moves the progress line.
  static constexpr double kInterleavedSteps = 1e9;

  std::uint64_t row_;
  core::Bytes reg_;
  std::uint64_t stored_;
  RangePlan plan_;  ///< there are no ranges
  bool out_ = false;
  std::optional<MapReport> report_;
};

}  // namespace

std::unique_ptr<Mapping> make_interleaved_mapping(std::uint64_t row, const fsr::Register& reg,
                                                  MappingLimits limits) {
  return std::make_unique<InterleavedMapping>(row, reg, limits);
}

}  // namespace gforbit::job_cycles
