/// What a summary says of linear and affine registers beyond the columns of the file: the forms that users of
/// other tools know. All of it follows from a row, so it is computed when it is asked for and never stored: a
/// file and its summary cannot contradict each other.
///
/// The step of a linear register is s -> A s, A the companion matrix of the characteristic polynomial f; of
/// an affine one s -> A s + b. The powers of A repeat as those of x do modulo f: A^(t + r) = A^t, t the
/// multiplicity of the factor x. Of a nonsingular register t is 0 and r the order of A and of f.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cycles/register_spec.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::job_cycles {

/// Matrices are shown up to this degree.
inline constexpr std::size_t kMaxMatrixDegree = 16;

struct LinearFacts {
  cycles::Coefficients polynomial, reciprocal;          ///< low to high
  std::string factors;                                  ///< `x^2 * (x^2 + x + 1)`; empty: not factored
  std::vector<cycles::PolynomialFactor> factorization;  ///< the same as data; empty: not factored
  std::vector<cycles::Coefficients> matrix;             ///< [d][d]; empty above kMaxMatrixDegree
  std::int64_t preperiod = -1;                          ///< t above; -1: not known
  std::string period;                                   ///< r above, decimal; empty: not known
};

/// Keeps the fields of the registers, so that a batch makes each once.
class LinearReport {
 public:
  /// nullopt where the row has no characteristic polynomial.
  /// @throws core::InputError  texts of the row that no register has
  [[nodiscard]] std::optional<LinearFacts> facts(const store::Table& registers, std::size_t row);

  /// The register or system of the row; nullopt: its texts describe none, which is for `check` to say.
  [[nodiscard]] std::optional<fsr::Register> register_of(const store::Table& registers, std::size_t row);

  /// The rows with columns for the facts behind their own, for formats that scripts read: the polynomials as
  /// texts and as coefficients, the matrix as a JSON list of rows. Empty, and -1 for the preperiod, where
  /// there is none.
  [[nodiscard]] store::Table with_facts(const store::Table& registers);

 private:
  FieldCache fields_;
};

/// The columns of with_facts().
[[nodiscard]] store::TableSpec spec_with_facts(store::TableSpec registers);

}  // namespace gforbit::job_cycles
