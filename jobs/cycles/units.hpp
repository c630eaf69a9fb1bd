/// What travels: the units of the cycles job and their results, written and read in one place.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cycles/algebra_report.hpp"
#include "cycles/register_spec.hpp"
#include "gforbit/core/bytes.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/mapping/unit.hpp"
#include "gforbit/cycles/whole.hpp"

namespace gforbit::job_cycles {

/// Every unit of a register that travels alone.
struct RegisterUnit : cycles::RangeUnit {
  std::uint64_t row = 0;
  double timeout_s = 0;  ///< algebra
  bool searches = true;  ///< algebra: for factors that are not known at once
  core::Bytes reg;       ///< pack_register()

  [[nodiscard]] core::Bytes bytes() const;
  [[nodiscard]] static RegisterUnit read(std::span<const std::byte> body);
};

/// What was asked for. Of enumerated linear registers algebra also tells the factors, unasked.
struct WorkOrder {
  bool enumerate = false;
  bool algebra = false;  ///< as a result
};

/// One small register of a bundle.
struct BundleEntry {
  std::uint64_t row = 0;
  WorkOrder order;
  bool linear = false;                ///< linear or affine: algebra tells at least the factors
  std::uint64_t stored = 0;           ///< cycle rows wanted
  double timeout_s = 0;               ///< 0 = none
  std::uint64_t bitsliced_marks = 0;  ///< for the bit-sliced kernel; 0: scalar
  cycles::Simd simd{};
  core::Bytes reg;  ///< pack_register()
};

enum class MapStatus : std::uint8_t { completed, timed_out, failed };

/// What came of mapping one register completely, by enumeration, by algebra or both.
struct MapReport {
  std::uint64_t row = 0;
  MapStatus status{};
  std::string message;
  core::Natural state_count = 0;  ///< q^d
  bool enumerated = false;        ///< the following five are valid
  bool nonsingular = false;
  cycles::CycleCensus cycles{0};
  core::Natural transient_states = 0;
  std::uint64_t max_transient_length = 0;
  std::uint64_t steps = 0;
  std::optional<AlgebraReport> algebra;  ///< of linear and affine registers
  double elapsed_s = 0;

  /// Takes over what enumeration found.
  void set_enumerated(cycles::MapResult result, bool is_nonsingular);
  void write(core::ByteWriter& out) const;
  [[nodiscard]] static MapReport read(core::ByteReader& in);
};

[[nodiscard]] core::Bytes write_bundle(const std::vector<BundleEntry>& entries);
[[nodiscard]] std::vector<BundleEntry> read_bundle(std::span<const std::byte> body);
[[nodiscard]] std::vector<MapReport> read_reports(std::span<const std::byte> result);

/// The first byte of every unit.
[[nodiscard]] cycles::UnitKind kind_of(std::span<const std::byte> body);

}  // namespace gforbit::job_cycles
