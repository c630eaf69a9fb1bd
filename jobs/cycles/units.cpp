#include "cycles/units.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::job_cycles {

namespace {

/// By code.
constexpr std::array kReportStatus{RowStatus::completed, RowStatus::timed_out, RowStatus::failed,
                                   RowStatus::cancelled};

}  // namespace

void ReportStatus::write(core::ByteWriter& out) const {
  const auto* const at = std::ranges::find(kReportStatus, status_);
  if (at == kReportStatus.end()) throw core::InternalError("a report of a register that has not ended");
  out.put(static_cast<std::uint8_t>(at - kReportStatus.begin()));
}

ReportStatus ReportStatus::read(core::ByteReader& in) {
  const auto code = in.get<std::uint8_t>();
  if (code >= kReportStatus.size()) core::fail_corrupt("has an unknown status of a register");
  return kReportStatus[code];
}

std::optional<RegisterUnit> register_unit(std::span<const std::byte> body) {
  JobUnit unit = read_unit(body);
  if (auto* const alone = std::get_if<RegisterUnit>(&unit)) return std::move(*alone);
  return std::nullopt;
}

void MapReport::set_enumerated(cycles::MapResult result, bool is_nonsingular) {
  enumerated = true;
  nonsingular = is_nonsingular;
  cycles = std::move(result.cycles);
  transient_states = result.transient_states;
  max_transient_length = result.max_transient_length;
  leaf_states = result.leaf_states;
  basin_sizes = std::move(result.basin_sizes);
  transient_lengths = std::move(result.transient_lengths);
  steps = result.steps;
}

}  // namespace gforbit::job_cycles
