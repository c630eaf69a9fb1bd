/// Cycles that were found, in a form that merges: the period distribution in full, the rows with the smallest
/// representatives. Merging commutes, so the result does not depend on which rank found which cycle.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/natural.hpp"

namespace gforbit::cycles {

struct Cycle {
  std::uint64_t representative = 0;  ///< smallest state index on the cycle
  std::uint64_t period = 0;          ///< number of states
  auto operator<=>(const Cycle&) const = default;
};

/// period -> number of cycles.
using PeriodDistribution = std::map<std::uint64_t, std::uint64_t>;

/// Not thread-safe; make one a thread and merge.
class CycleCensus {
 public:
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

  /// @param stored  how many cycles with the smallest representatives to keep as rows
  explicit CycleCensus(std::uint64_t stored = kAll) : stored_(stored) {}

  /// O(log of the number of distinct periods), amortized.
  void add(Cycle cycle);
  void merge(const CycleCensus& other);
  /// For cycles that were counted, and only some of them found: the rows stay.
  void set_distribution(PeriodDistribution distribution) { distribution_ = std::move(distribution); }

  /// How many rows are kept.
  [[nodiscard]] std::uint64_t stored() const noexcept { return stored_; }
  [[nodiscard]] const PeriodDistribution& distribution() const noexcept { return distribution_; }
  /// Sum of all periods: states on the cycles found.
  [[nodiscard]] core::Natural states() const;
  [[nodiscard]] core::Natural cycles() const;
  /// The stored rows, smallest representatives first.
  [[nodiscard]] std::vector<Cycle> rows() const;

  void write(core::ByteWriter& out) const;
  [[nodiscard]] static CycleCensus read(core::ByteReader& in);

 private:
  void trim();

  std::uint64_t stored_;
  PeriodDistribution distribution_;
  std::vector<Cycle> rows_;  ///< at most twice `stored_`, unsorted
};

/// Numbers of states by the length of their way to a cycle, in bins: each length below 64 alone, then sixteen
/// bins an octave.
class TransientLengths {
 public:
  /// The end of the bin of this length: the smallest length above it that is in another bin.
  [[nodiscard]] static std::uint64_t bin_end(std::uint64_t length) noexcept;

  void add(std::uint64_t length, std::uint64_t states) {
    if (states > 0) states_[bin_end(length)] += states;
  }
  void merge(const TransientLengths& other) {
    for (const auto& [end, states] : other.states_) states_[end] += states;
  }
  /// The bins that have states, by their ends.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& states() const noexcept { return states_; }

  friend bool operator==(const TransientLengths&, const TransientLengths&) = default;

  void write(core::ByteWriter& out) const;
  [[nodiscard]] static TransientLengths read(core::ByteReader& in);

 private:
  std::map<std::uint64_t, std::uint64_t> states_;
};

/// The balance of the certificate: the periods found and the transient states, counted independently, make
/// q^d exactly. A single lost, repeated or wrong cycle breaks it; errors that cancel in the sum do not, such
/// as two wrong periods with the same sum (docs/algorithm.md, section 17).
[[nodiscard]] bool covers_all_states(const core::Natural& state_count, const CycleCensus& census,
                                     const core::Natural& transient_states);

}  // namespace gforbit::cycles
