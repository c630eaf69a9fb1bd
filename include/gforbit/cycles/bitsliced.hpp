/// The fast kernel for GF(2): hundreds of states at a time, a bit each, in vectors as wide as the machine has
/// them.
///
/// Segments run at some 1e11 steps a second and core, so a register of 2^36 states is walked through in less
/// than a second. They count the states they pass by the number of leading zeros (the level), from level 5
/// on, which takes as long again and spares most of the search for the cycles without a mark; finer classes
/// would cost more than they spare.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Whether the bit-sliced kernel can do this register with these marks: GF(2), f = x0 + g(x1, ...), marks a
/// power of two, at least 8 of them and at most 2^(d-8), and at most 2^32.
[[nodiscard]] bool bitsliced_applies(const fsr::Register& reg, std::uint64_t marks);

/// The classes the bit-sliced kernel counts are the marks, the octaves from the marks up to here (the levels
/// from the deepest that has no marks down to 5), and all states from here on. Where it cannot count levels
/// (2^11 to 2^24 states a mark are needed): the marks and all others.
[[nodiscard]] std::uint64_t bitsliced_coarse(const fsr::Register& reg, std::uint64_t marks);
[[nodiscard]] Partition bitsliced_partition(const fsr::Register& reg, std::uint64_t marks);

/// Marks for which all of it takes least time, if a mark takes `bytes_per_mark` and all together at most
/// `memory_bytes`; nullopt if the register is not one for the bit-sliced kernel, has fewer than 2^14 states
/// or there is too little memory.
[[nodiscard]] std::optional<std::uint64_t> bitsliced_marks(const fsr::Register& reg,
                                                           std::uint64_t memory_bytes,
                                                           std::uint64_t bytes_per_mark);

/// The cycles with short periods, found directly: a cycle of period p is a word of p digits on a circle that
/// obeys the recurrence with its indices taken modulo p. On the circle the cells in use often lie close
/// together, so that this is a register of far fewer cells; then all its states can be tried, and periods up
/// to d and some more cost next to nothing. A feedback of many terms does not fold; for p <= d all words are
/// tried then, a Lyndon word for each cycle. Immutable and thread-safe.
class ShortCycles {
 public:
  /// @param reg    one for the bit-sliced kernel (asserted)
  /// @param level  scalar stands for the slowest vector level
  ShortCycles(const fsr::Register& reg, SimdLevel level);
  ~ShortCycles();
  ShortCycles(ShortCycles&&) noexcept;
  ShortCycles& operator=(ShortCycles&&) noexcept;

  static constexpr int kLongest = 62;

  /// The largest P (at most kLongest) such that to find all periods up to P costs about `steps` steps or
  /// less.
  [[nodiscard]] int longest(double steps) const;

  /// The cycles without a mark of exactly this period, at most longest(...) for some number of steps, with
  /// their states counted by class.
  void find(int period, const Partition& partition, Findings& findings, core::StopSignal stop) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Cuts a walk after `walk_limit` steps and at most an eighth, or some hundred steps, more.
/// @param marks           bitsliced_applies() (asserted)
/// @param partition       bitsliced_partition(), or the marks and all others (asserted)
/// @param level           available on this machine; scalar stands for the slowest vector level
/// @param known_periods   all cycles with periods up to this are known (ShortCycles): leaders() passes over
///                        them
/// @param sieve           of this register, for leaders() where its walks turn out to be long; nullptr: none
[[nodiscard]] std::unique_ptr<Kernel> make_bitsliced_kernel(const fsr::Register& reg, std::uint64_t marks,
                                                            Partition partition, SimdLevel level,
                                                            int known_periods,
                                                            std::shared_ptr<LeaderSieve> sieve = nullptr);

/// Walks from any states to the next mark, in lanes. Immutable and thread-safe.
class WalksToMarks {
 public:
  /// @param marks  bitsliced_applies() (asserted)
  /// @param level  scalar stands for the slowest vector level
  WalksToMarks(const fsr::Register& reg, std::uint64_t marks, SimdLevel level);
  ~WalksToMarks();

  /// Walks that fill the lanes once. Many times as many keep them full.
  [[nodiscard]] std::uint64_t lanes() const;

  /// @return by number of the start: the next mark after at least one step, and the steps to it. Open where
  /// the walk was cut: after `walk_limit` steps and at most an eighth, or some hundred steps, more.
  [[nodiscard]] SegmentBlock walk(std::span<const std::uint64_t> starts, std::uint64_t walk_limit,
                                  const core::StopSignal& stop = {}) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Short cycles are searched for directly as far as that takes this share of a step a state: a small part of
/// what it takes to search one class for leaders.
inline constexpr double kShortCyclesShare = 1.0 / 32;

/// All cycles of a register for the bit-sliced kernel, by one thread. About twice N steps, 8 bytes a mark.
/// @param marks  bitsliced_marks()
/// @throws core::CertificateError  the certificate does not close
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<MapResult> map_bijection_bitsliced(const fsr::Register& reg, std::uint64_t marks,
                                                               std::uint64_t stored, SimdLevel level,
                                                               core::StopSignal stop);

}  // namespace gforbit::cycles
