/// The fast kernels for GF(q), q > 2: tens to thousands of states at a time, in vectors as wide as the
/// machine has them.
///
/// GF(3), GF(5), GF(7), GF(9) and GF(2^m) up to m = 8 take some bits a cell in as many vectors, other fields
/// up to 256 a byte, primes and fields GF(2^m) beyond 16 or 32 bits. Leaders are searched in the same way up
/// to q = 16, with bytes or more in larger fields.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Whether the vector kernel can do this register with these marks and classes: 2 < q <= 256, or q a prime or
/// a power of two below 2^31; degree at least 2; marks a power of q below the number of states, at most 2^32;
/// the last class of the partition begins at a power of q. The register must be nonsingular, which is not
/// checked.
[[nodiscard]] bool qary_applies(const fsr::Register& reg, std::uint64_t marks, const Partition& partition);

/// Where the classes that cost little to count end: states from here on (q^(d-w), w so large that one state
/// in several thousand begins with w zeros) should be one class. Classes below may be as fine as one likes.
/// Requires marks a power of q (asserted).
[[nodiscard]] std::uint64_t qary_coarse(const fsr::Register& reg, std::uint64_t marks);

/// Marks so many that few states are without one, but so few that reaching one costs little beside the steps
/// to it, if a mark takes `bytes_per_mark` and all together at most `memory_bytes`; nullopt if the register
/// is not one for the vector kernel.
[[nodiscard]] std::optional<std::uint64_t> qary_marks(const fsr::Register& reg, std::uint64_t memory_bytes,
                                                      std::uint64_t bytes_per_mark);

/// @param level  available on this machine, not scalar (asserted)
/// A walk of segments() is cut after `walk_limit` steps and at most an eighth, or some hundred steps, more.
/// @param sieve  of this register, for leaders() where its walks turn out to be long; nullptr: none
[[nodiscard]] std::unique_ptr<Kernel> make_qary_kernel(const fsr::Register& reg, std::uint64_t marks,
                                                       Partition partition, SimdLevel level,
                                                       std::shared_ptr<LeaderSieve> sieve = nullptr);

}  // namespace gforbit::cycles
