/// Fibonacci and Galois configurations of one register, turned into each other. The two have isomorphic state
/// graphs, and their cells 0 put out the same sequences.
///
/// In Galois configuration several cells take a function of other cells: cell i takes u x{i+1} + h_i, where
/// h_i reads the cells 0..i alone and u is a constant other than 0. Then the values that cell 0 takes one
/// after the other say what the other cells hold: cell i+1 is what cell i takes next, less h_i, divided by
/// u. So a state is known from the next d values of cell 0, which is the state of a register with one
/// feedback, and the other way round.
///
/// From Fibonacci to Galois: a term of the feedback whose cells are all k or more may be added to cell d-1-k
/// instead, with its cells k lower, if these are no higher than the lowest cell with an update, the terminal
/// cell: up to there the cells hold the values that those of the register with one feedback hold (E. Dubrova,
/// A transformation from the Fibonacci to the Galois NLFSRs, IEEE Transactions on Information Theory 55,
/// 2009). So there is a configuration with a terminal cell t exactly if the cells of no term are more than t
/// apart; of a linear register with every t, with t = 0 the classical one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gforbit/fsr/feedback.hpp"
#include "gforbit/fsr/system.hpp"

namespace gforbit::fsr {

/// Largest number of terms of a map of states.
inline constexpr std::size_t kMaxMapTerms = std::size_t{1} << 20;

/// What each cell of one configuration is, as a function of the cells of another one.
using CellMap = std::vector<Feedback>;

/// The system of the register `g` in which every term is moved as far down as it goes.
/// @param terminal  lowest cell with an update; empty: the lowest one that is possible
/// @throws core::InputError  the feedback is kept as products; no term can be moved; there is none with this
/// terminal cell
[[nodiscard]] System to_galois(const Feedback& feedback, std::optional<int> terminal = {});

/// The register that puts out what cell 0 of this system puts out. Its own cells 0 to d-1 are the next d
/// values.
/// @throws core::InputError  the system has several registers, or an update is not of the form above; too
/// long when multiplied out
[[nodiscard]] Feedback to_fibonacci(const System& system);

/// The cells of a system for which there is to_fibonacci(), from those of that register.
/// @throws core::InputError  also: more than kMaxMapTerms terms
[[nodiscard]] CellMap cells_from_window(const System& system);

/// The other way round: the next d values of cell 0.
/// @throws core::InputError  as above
[[nodiscard]] CellMap window_of_cells(const System& system);

/// `outer` of what `inner` says.
/// @throws core::InputError  too long when multiplied out
[[nodiscard]] Feedback composed(const Feedback& outer, const CellMap& inner);
[[nodiscard]] CellMap composed(const CellMap& outer, const CellMap& inner);

/// A linear system in other coordinates: those of a register with one feedback.
struct LinearWindow {
  CellMap window;  ///< cells of the register, from those of the system
  CellMap cells;   ///< the other way round
  Feedback feedback;
};

/// Cell 0 of the register is a sum of cells of the system: its output where that says all of the state, else
/// one cell, else a random sum.
/// @param system  linear (asserted)
/// @return nullopt: none of many sums says all of the state. There is one exactly if the minimal polynomial
/// of the step is the characteristic one.
[[nodiscard]] std::optional<LinearWindow> linear_window(const System& system);

}  // namespace gforbit::fsr
