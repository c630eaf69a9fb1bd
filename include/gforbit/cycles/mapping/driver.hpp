/// A register while it is mapped: which units to work on next, and what their results add up to.
///
/// Ranges are made in increasing order of state indices, and their results are merged in any order.
/// Nonsingular registers: segments between marks, contraction, leaders where the deficit says that something
/// is missing. Singular registers: basins, rims, leaders. Both end with the certificate, or with an error;
/// never with an unproven result.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/mapping/unit.hpp"
#include "gforbit/cycles/mapping/work.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Not thread-safe. What goes wrong is thrown and fails the register.
class Mapping {
 public:
  virtual ~Mapping() = default;
  /// The next unit for any rank; nullopt if there is none at the moment.
  [[nodiscard]] virtual std::optional<MappingUnit> next() = 0;
  /// Then, where no other register has a unit either: one that may turn out useless.
  [[nodiscard]] virtual std::optional<MappingUnit> next_guess() { return std::nullopt; }
  /// The next unit for rank 0 (is_local()).
  [[nodiscard]] virtual std::optional<MappingUnit> next_local() { return std::nullopt; }
  virtual void merge(const MappingUnit& unit, std::span<const std::byte> result) = 0;
  /// Called now and then, when there is time: what would take longer later.
  virtual void prepare() {}
  /// Merges what an earlier run found for units that this one never handed out: the ranges are done, the
  /// walks of `unit` are taken back. Results come in the order of their phases.
  /// @throws core::ProtocolError  the unit contradicts what came before
  virtual void restore(const MappingUnit& unit, std::span<const core::StateRange> ranges,
                       std::span<const std::byte> result) = 0;
  /// Grows with the work; results of one phase may be restored in any order as long as ranges come before the
  /// walks that they left open.
  [[nodiscard]] virtual int phase() const noexcept = 0;
  [[nodiscard]] virtual const RangePlan& plan() const noexcept = 0;
  /// The work on that unit, which uses the memory of this object.
  [[nodiscard]] virtual std::unique_ptr<UnitWork> local_work() = 0;
  /// Groups (group_of()) that have units out, and those of which they have become useless since it was asked
  /// last: such units do not come back.
  [[nodiscard]] virtual std::vector<std::uint32_t> groups_out() const = 0;
  [[nodiscard]] virtual std::vector<std::uint32_t> take_outdated() = 0;
  [[nodiscard]] virtual bool complete() const = 0;
  /// Of a complete mapping.
  [[nodiscard]] virtual MapResult result() const = 0;
  /// With MappingOptions::keep_segments: those of all distinguished states, if this method walks them and
  /// they did not come from a checkpoint that has dropped them.
  [[nodiscard]] virtual std::optional<SegmentBlock> take_segments() { return std::nullopt; }
  /// Steps taken so far, and a guess of how many it takes in all.
  [[nodiscard]] virtual std::uint64_t steps_done() const = 0;
  [[nodiscard]] virtual double steps_expected() const = 0;
};

[[nodiscard]] std::unique_ptr<Mapping> make_mapping(const fsr::Register& reg, bool nonsingular,
                                                    const MappingOptions& options);
/// The same with a register cut as an earlier run has cut it.
[[nodiscard]] std::unique_ptr<Mapping> make_mapping(const fsr::Register& reg, bool nonsingular,
                                                    const MappingOptions& options, const RangePlan& plan);

}  // namespace gforbit::cycles
