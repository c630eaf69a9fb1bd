/// The bit-sliced kernel for systems of registers over GF(2): a step computes a plane for each cell with an
/// update, all others shift. Marks and classes are those of bitsliced.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Whether the kernel can do this system with these marks: GF(2), marks a power of two, at least 8 of them
/// and at most 2^32, whose zero cells are 11 to 18. It is fastest where these are of the last register, above
/// its last update.
[[nodiscard]] bool system_kernel_applies(const fsr::Register& reg, std::uint64_t marks);

/// As bitsliced_partition().
[[nodiscard]] Partition system_partition(const fsr::Register& reg, std::uint64_t marks);

/// As bitsliced_marks().
[[nodiscard]] std::optional<std::uint64_t> system_marks(const fsr::Register& reg, std::uint64_t memory_bytes,
                                                        std::uint64_t bytes_per_mark);

/// @param marks      system_kernel_applies() (asserted)
/// @param partition  system_partition() (asserted)
/// @param level      available on this machine; scalar stands for the slowest vector level
/// @param sieve      of this system, for leaders() where its walks turn out to be long; nullptr: none
[[nodiscard]] std::unique_ptr<Kernel> make_system_kernel(const fsr::Register& reg, std::uint64_t marks,
                                                         Partition partition, SimdLevel level,
                                                         std::shared_ptr<LeaderSieve> sieve = nullptr);

/// Systems over other fields: the scalar kernel, whose search for leaders gives way to the sieve.
/// @param sieve  of this system
[[nodiscard]] std::unique_ptr<Kernel> make_sieved_scalar_kernel(const fsr::Register& reg, Partition partition,
                                                                std::shared_ptr<LeaderSieve> sieve);

}  // namespace gforbit::cycles
