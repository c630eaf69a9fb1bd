/// The units of a mapping worked on by the threads of one process.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "gforbit/cycles/mapping/driver.hpp"
#include "gforbit/cycles/mapping/unit.hpp"
#include "gforbit/cycles/mapping/work.hpp"

namespace gforbit::cycles {

/// Called by one thread at a time.
using WorkFactory = std::function<std::unique_ptr<UnitWork>(const MappingUnit&)>;

/// Works on the units of a mapping until it is complete.
/// @param threads    in all; the calling thread is one of them
/// @param make_work  for all units but a ContractionUnit
/// @throws what the mapping or the work on a unit throws
/// @return false if `stop` was requested first
[[nodiscard]] bool run_mapping(Mapping& mapping, const WorkFactory& make_work, int threads,
                               const std::stop_token& stop);

}  // namespace gforbit::cycles
