/// The memory that a job may plan with.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gforbit/config/common.hpp"
#include "gforbit/sys/placement.hpp"

namespace gforbit::launch {

/// What rank 0 may take: --memory, else 80 % of what is available, shared by the ranks of its node; never
/// more than the limits of the process leave (ulimit -v).
[[nodiscard]] std::uint64_t memory_bound(const config::CommonOptions& options,
                                         std::span<const sys::RankPlacement> ranks);
/// What to say before any work of a --memory that is more than rank 0 can have.
[[nodiscard]] std::vector<std::string> memory_warnings(std::uint64_t asked,
                                                       std::span<const sys::RankPlacement> ranks);

}  // namespace gforbit::launch
