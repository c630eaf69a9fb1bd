/// A feedback over GF(2) as a tape: straight-line instructions on blocks of eight vectors.
///
/// A step of the register computes one new plane from older ones. As long as the feedback does not look at
/// the newest cells, several steps can be computed at once, each instruction reading neighboring planes. So
/// a block is `steps` planes (8, 4, 2 or 1, as the highest cell of the feedback allows) of `vectors` = 8 /
/// steps vectors each: always eight vectors, which lie next to each other in memory and fit the registers,
/// and interpreting the tape costs next to nothing beside them.
///
/// Loads are what a step costs, so products that share a cell are factored: x1*(x2 + x5 + x3*x7), and cells
/// that lie close together are read by one instruction.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bitsliced_machine.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::cycles::bitsliced {

struct Tape {
  int degree = 0;
  int steps = 0;    ///< planes a block
  int vectors = 0;  ///< vectors a plane; steps * vectors = kBlock
  /// Twice as many planes can be computed at once: the feedback leaves the newest cells alone and has no
  /// inner sums or long products.
  bool wide = false;
  std::vector<Instruction> instructions;
  std::vector<std::int32_t> operands;
};

/// @param feedback  over GF(2) (asserted)
[[nodiscard]] Tape make_tape(const fsr::Feedback& feedback);

/// The same for a function of cells that lie elsewhere.
/// @param steps    planes a block, as many as no cell that is read forbids
/// @param operand  distance of a cell in vectors from the first vector of the block
[[nodiscard]] Tape make_tape(const fsr::Feedback& function, int steps,
                             const std::function<std::int32_t(int cell)>& operand);

}  // namespace gforbit::cycles::bitsliced
