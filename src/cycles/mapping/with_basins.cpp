// A singular register whose basins are wanted: its mapping, then what leads to each cycle.

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/fields.hpp"
#include "gforbit/cycles/basins.hpp"
#include "parts.hpp"

namespace gforbit::cycles {

namespace {

class BasinSearchWork final : public UnitWork {
 public:
  explicit BasinSearchWork(std::shared_ptr<BasinSearch> search) : search_(std::move(search)) {}

  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }
  [[nodiscard]] bool work(core::StopSignal stop) override { return search_->work(stop); }
  [[nodiscard]] core::Bytes result() override { return core::to_bytes(search_->result()); }

 private:
  std::shared_ptr<BasinSearch> search_;
};

class MappingWithBasins final : public Mapping {
 public:
  MappingWithBasins(const fsr::Register& reg, std::unique_ptr<Mapping> mapping, const MappingOptions& options)
      : reg_(reg), mapping_(std::move(mapping)), options_(options) {}

  [[nodiscard]] std::optional<MappingUnit> next() override {
    return mapping_->complete() ? std::nullopt : mapping_->next();
  }
  [[nodiscard]] std::optional<MappingUnit> next_guess() override {
    return mapping_->complete() ? std::nullopt : mapping_->next_guess();
  }
  [[nodiscard]] std::optional<MappingUnit> next_local() override {
    if (!mapping_->complete()) return mapping_->next_local();
    if (result_ || search_) return std::nullopt;
    search_ = std::make_shared<BasinSearch>(reg_, cycles(), choose_simd_level(options_.simd),
                                            table_bytes(options_));
    return MappingUnit{plan(), options_.stored, BasinSearchUnit{}};
  }
  [[nodiscard]] std::unique_ptr<UnitWork> local_work() override {
    if (search_) return std::make_unique<BasinSearchWork>(search_);
    return mapping_->local_work();
  }

  void merge(const MappingUnit& unit, std::span<const std::byte> result) override {
    if (!unit.is<BasinSearchUnit>()) return mapping_->merge(unit, result);
    take(result);
    search_.reset();
  }
  void restore(const MappingUnit& unit, std::span<const core::StateRange> ranges,
               std::span<const std::byte> result) override {
    if (!unit.is<BasinSearchUnit>()) return mapping_->restore(unit, ranges, result);
    if (!mapping_->complete()) throw core::ProtocolError("basins of a register whose cycles are not known");
    take(result);
  }
  void prepare() override { mapping_->prepare(); }

  [[nodiscard]] int phase() const noexcept override {
    return mapping_->phase() + (mapping_->complete() ? 1 : 0);
  }
  [[nodiscard]] const RangePlan& plan() const noexcept override { return mapping_->plan(); }
  [[nodiscard]] std::vector<std::uint32_t> groups_out() const override {
    auto groups = mapping_->groups_out();
    if (search_) groups.push_back(kGroupOfBasins);
    return groups;
  }
  [[nodiscard]] std::vector<std::uint32_t> take_outdated() override { return mapping_->take_outdated(); }
  [[nodiscard]] bool complete() const override { return result_.has_value(); }
  [[nodiscard]] MapResult result() const override { return *result_; }
  [[nodiscard]] std::uint64_t steps_done() const override {
    if (result_) return result_->steps;
    return mapping_->steps_done() + (search_ ? search_->steps() : 0);
  }
  [[nodiscard]] double steps_expected() const override {
    return mapping_->steps_expected() + static_cast<double>(*reg_.enumerable_state_count());
  }

 private:
  /// @throws MemoryShortage
  [[nodiscard]] std::vector<Cycle> cycles() const {
    constexpr std::uint64_t kAlways = std::uint64_t{4} << 20, kCycleBytes = 24;
    auto rows = mapping_->result().cycles.rows();
    if (rows.size() * kCycleBytes <= std::max(kAlways, table_bytes(options_))) return rows;
    throw MemoryShortage(
        fmt::format("--memory is too small for the basins of {} cycles: give {}M more, or leave "
                    "out --basins",
                    rows.size(), (rows.size() * kCycleBytes * 2 >> 20) + 1));
  }

  void take(std::span<const std::byte> bytes) {
    const auto basins = core::from_bytes<Basins>(bytes);
    MapResult result = mapping_->result();
    result.steps += *reg_.enumerable_state_count();
    add_basins(result, basins, options_.stored);
    result_ = std::move(result);
  }

  fsr::Register reg_;
  std::unique_ptr<Mapping> mapping_;
  MappingOptions options_;
  std::shared_ptr<BasinSearch> search_;  ///< at work
  std::optional<MapResult> result_;
};

}  // namespace

std::unique_ptr<Mapping> make_mapping_with_basins(const fsr::Register& reg, std::unique_ptr<Mapping> mapping,
                                                  const MappingOptions& options) {
  return std::make_unique<MappingWithBasins>(reg, std::move(mapping), options);
}

}  // namespace gforbit::cycles
