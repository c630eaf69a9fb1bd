/// The kernel for fields without lanes of their own, odd prime powers above 256: eight walks side by side in
/// general registers, the feedback from tables, leaders with a sieve.
#pragma once

#include <memory>

#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Whether the step of this register can be looked up: its digits fit 64 bits and its terms tables
/// (packed_step.hpp).
[[nodiscard]] bool lookup_applies(const fsr::Register& reg);

/// @param reg    lookup_applies() (asserted)
/// @param level  available on this machine
/// @param sieve  of this register: leaders are searched with it; nullptr: one walk at a time
[[nodiscard]] std::unique_ptr<Kernel> make_lookup_kernel(const fsr::Register& reg, Partition partition,
                                                         SimdLevel level,
                                                         std::shared_ptr<LeaderSieve> sieve = nullptr);

}  // namespace gforbit::cycles
