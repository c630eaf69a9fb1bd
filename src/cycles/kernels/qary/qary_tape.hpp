/// A feedback over GF(q), q > 2, as a tape: straight-line instructions on blocks of cells of one kind of
/// lanes.
///
/// A step of the register computes one new row from older ones. As long as the feedback does not look at the
/// newest cells, several steps can be computed at once, each instruction reading neighboring rows. So a
/// block is `steps` rows (8, 4, 2 or 1, as the highest cell of the feedback allows) of 8 / steps vectors
/// each, which lie next to each other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gforbit/fsr/feedback.hpp"
#include "qary_machine.hpp"
#include "qary_plane_code.hpp"

namespace gforbit::cycles::qary {

enum class LaneKind : std::int8_t { bytes, halves, words, planes };

/// The elements that lanes of this field can be: all fields up to 256, primes below 2^31, GF(2^m) up to m =
/// 31; nullopt for GF(2) and for the others. (Those of odd characteristic and composite order above 256 add
/// digit by digit, which takes a table of the whole field; these fields use the scalar
/// kernel.)
[[nodiscard]] std::optional<LaneKind> element_kind(const galois::Field& field);

/// The fastest kind of lanes: planes where there are some, else elements. Requires element_kind().
[[nodiscard]] LaneKind fastest_kind(const galois::Field& field);

/// The fastest kind of lanes that can search for leaders. Requires element_kind().
[[nodiscard]] LaneKind leader_kind(const galois::Field& field);

/// @param kind  one of the field (asserted)
[[nodiscard]] const LaneFunctions& functions_of(const LevelFunctions& level, LaneKind kind,
                                                const galois::Field& field);

struct Tape {
  LaneKind kind{};
  int degree = 0;
  int vectors = 0;  ///< of lanes, a row
  Arithmetic arithmetic;
  PlaneCode code;  ///< of planes
  std::vector<Instruction> instructions;
  std::vector<std::uint8_t> tables;  ///< [..][kTableSize]
};

/// @param kind   one of the field (asserted)
/// @param lanes  of that kind at the level that will run the tape
[[nodiscard]] Tape make_tape(const fsr::Feedback& feedback, LaneKind kind, const LaneFunctions& lanes);

}  // namespace gforbit::cycles::qary
