/// Systems of registers: several shift registers over one field, each fed by all cells of the system, as in
/// Grain or Trivium; and registers in which more than one cell takes a new value, as in a Galois
/// configuration.
///
/// One step moves every cell of a register to the place below it. The top cell of each register takes the
/// value of its feedback, and every cell that has an update takes the value of that in place of its neighbor.
/// All values are those before the step. The cells of the registers, in the order given, are numbered
/// through: they are the digits of the state index, the first cell of the first register least significant.
///
/// A register in the form of Fibonacci is a system of one register without updates.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// What a person says of a system. Expressions have the grammar of feedbacks (gforbit/expression/parser.hpp);
/// cell 3 of the register b is b3.
struct SystemForm {
  struct Part {
    std::string name;                                            ///< letters and _, a letter first
    std::uint64_t length;                                        ///< number of cells
    std::string feedback;                                        ///< of the top cell
    std::vector<std::pair<std::uint64_t, std::string>> updates;  ///< by cell, but the top one
  };
  std::vector<Part> registers;
  std::optional<std::string> output;
};

/// Immutable.
class System {
 public:
  struct Part {
    std::string name;
    int first;   ///< number of its first cell
    int length;  ///< number of cells
  };
  /// A cell that takes the value of a function of all cells, not that of its neighbor.
  struct Update {
    int cell;
    Feedback value;
  };

  /// @throws core::InputError  `registers[1] 'b': ...`: a name that is none or given twice, lengths out of
  /// range or more than kMaxDegree in all, an update of a cell that is not there, an expression as
  /// Feedback::parse()
  System(const galois::Field& field, const SystemForm& form);

  [[nodiscard]] const galois::Field& field() const noexcept { return field_; }
  [[nodiscard]] int degree() const noexcept { return degree_; }  ///< number of cells
  [[nodiscard]] std::span<const Part> parts() const noexcept { return parts_; }
  /// Those of the top cells included, cells increasing.
  [[nodiscard]] std::span<const Update> updates() const noexcept { return updates_; }
  [[nodiscard]] const std::optional<Feedback>& output() const noexcept { return output_; }
  /// Cells whose value no cell takes over unchanged: the first one of each register, and those above a cell
  /// with an update. There a run of cells begins that only shift. Increasing; as many as updates().
  [[nodiscard]] std::vector<int> dropped_cells() const;
  /// Linear where all updates are, affine where all are linear or affine.
  [[nodiscard]] FeedbackKind kind() const noexcept;
  /// An expression with the names of the cells.
  [[nodiscard]] std::string text_of(const Feedback& value) const;
  /// The system as JSON in one line, as gforbit reads it: every function in its canonical text.
  [[nodiscard]] std::string text() const;
  /// Terms or products of all updates.
  [[nodiscard]] std::size_t length() const noexcept;

 private:
  galois::Field field_;
  int degree_ = 0;
  std::vector<Part> parts_;
  std::vector<Update> updates_;
  std::optional<Feedback> output_;
};

/// Whether the step map is a bijection. Exact.
///
/// The step copies all cells but the dropped ones, so it is a bijection exactly if the updates, as functions
/// of the dropped cells, are one for every value of the copied cells. An update in which one dropped cell
/// occurs is inverted where it is a permutation of this cell (is_nonsingular() of a feedback); then that cell
/// counts as copied. What is left is tried: all values of the dropped cells, for all values of those cells
/// that occur in a product with one.
/// @throws core::InputError  more than 2^32 values of the dropped cells are left to try
/// @return nullopt if `stop` was requested before the answer was certain
[[nodiscard]] std::optional<bool> is_nonsingular(const System& system, core::StopSignal stop = {});

}  // namespace gforbit::fsr
