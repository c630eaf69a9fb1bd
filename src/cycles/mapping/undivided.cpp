// Registers on rank 0 that are not cut in ranges: one rank does it all, and a restart begins anew.

#include <stdexcept>

#include "gforbit/core/error.hpp"
#include "gforbit/core/fields.hpp"
#include "parts.hpp"

namespace gforbit::cycles {

namespace {

class UndividedMapping final : public Mapping {
 public:
  /// @param task   of the only unit
  /// @param steps  expected
  UndividedMapping(MappingTask task, const MappingOptions& options, double steps)
      : task_(std::move(task)), stored_(options.stored), steps_(steps) {
    plan_.simd = options.simd;
  }

  [[nodiscard]] std::optional<MappingUnit> next() override {
    if (std::exchange(out_, true)) return std::nullopt;
    return MappingUnit{plan_, stored_, task_};
  }

  void merge(const MappingUnit&, std::span<const std::byte> result) override {
    result_ = core::from_bytes<MapResult>(result);
  }

  void restore(const MappingUnit& unit, std::span<const core::StateRange>,
               std::span<const std::byte> result) override {
    out_ = true;
    merge(unit, result);
  }
  [[nodiscard]] int phase() const noexcept override { return complete() ? 1 : 0; }
  [[nodiscard]] const RangePlan& plan() const noexcept override { return plan_; }

  [[nodiscard]] std::unique_ptr<UnitWork> local_work() override {
    throw core::InternalError("an undivided register has no local unit");
  }
  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override { return {0}; }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override { return {}; }
  [[nodiscard]] bool complete() const override { return result_.has_value(); }
  [[nodiscard]] MapResult result() const override { return *result_; }
  [[nodiscard]] std::uint64_t steps_done() const override { return result_ ? result_->steps : 0; }
  [[nodiscard]] double steps_expected() const override { return steps_; }

 private:
  MappingTask task_;
  std::uint64_t stored_;
  double steps_;
  RangePlan plan_;  ///< no states: there are no ranges
  bool out_ = false;
  std::optional<MapResult> result_;
};

}  // namespace

std::unique_ptr<Mapping> make_interleaved_mapping(const MappingOptions& options) {
  constexpr double kSteps = 1e9;  // unknown before; it only moves the progress line
  return std::make_unique<UndividedMapping>(InterleavedUnit{}, options, kSteps);
}

std::unique_ptr<Mapping> make_peeled_mapping(const fsr::Register& reg, const MappingOptions& options) {
  return std::make_unique<UndividedMapping>(
      PeelingUnit{}, options, StepsPerState::kPeeling * static_cast<double>(*reg.enumerable_state_count()));
}

}  // namespace gforbit::cycles
