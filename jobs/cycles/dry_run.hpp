/// What --dry-run prints: the plan, without running anything.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "cycles/input.hpp"
#include "cycles/plan.hpp"
#include "gforbit/index/build.hpp"
#include "gforbit/sys/placement.hpp"

namespace gforbit::job_cycles {

/// States, method, ranges, memory and predicted time of each register (the first twenty) and of all.
void print_plan(std::ostream& out, BatchInput& input, const PlanSettings& settings,
                std::span<const sys::RankPlacement> ranks, const index::BuildOptions& build);

/// Method, ranges, memory and predicted time of one register on this machine.
[[nodiscard]] std::string plan_text(const RegisterRequest& request, const PlanSettings& settings);

}  // namespace gforbit::job_cycles
