#include "cycles/units.hpp"

#include <utility>

namespace gforbit::job_cycles {

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
