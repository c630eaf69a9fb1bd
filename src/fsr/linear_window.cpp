// Coordinates in which a linear system is a register with one feedback.
#include <cassert>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/fsr/configuration.hpp"

namespace gforbit::fsr {
namespace {

using Row = std::vector<galois::Element>;
using Matrix = std::vector<Row>;

/// Sums of cells, and what they are a step later.
class LinearSums {
 public:
  explicit LinearSums(const System& system)
      : field_(system.field()), d_(static_cast<std::size_t>(system.degree())), update_of_(d_) {
    for (const System::Update& update : system.updates())
      update_of_[static_cast<std::size_t>(update.cell)] = update.value.coefficients();
  }

  [[nodiscard]] Row a_step_later(const Row& sum) const {
    Row next(d_, 0);
    for (std::size_t cell = 0; cell < d_; ++cell) {
      if (sum[cell] == 0) continue;
      if (update_of_[cell].empty()) {
        next[cell + 1] = field_.add(next[cell + 1], sum[cell]);
      } else {
        add_multiple(next, sum[cell], update_of_[cell]);
      }
    }
    return next;
  }

  /// The sum and what it is in the d - 1 steps after.
  [[nodiscard]] Matrix window(Row sum) const {
    Matrix rows;
    while (rows.size() < d_) {
      rows.push_back(sum);
      sum = a_step_later(sum);
    }
    return rows;
  }

  /// By elimination, d^3 operations. nullopt: there is none.
  [[nodiscard]] std::optional<Matrix> inverse(Matrix rows) const {
    for (std::size_t i = 0; i < d_; ++i) {
      rows[i].resize(2 * d_, 0);
      rows[i][d_ + i] = 1;
    }
    for (std::size_t column = 0; column < d_; ++column) {
      std::size_t pivot = column;
      while (pivot < d_ && rows[pivot][column] == 0) ++pivot;
      if (pivot == d_) return std::nullopt;
      std::swap(rows[pivot], rows[column]);
      Row& row = rows[column];
      const galois::Element factor = field_.inverse(row[column]);
      for (galois::Element& value : row) value = field_.multiply(value, factor);
      for (std::size_t i = 0; i < d_; ++i) {
        if (i != column && rows[i][column] != 0) add_multiple(rows[i], field_.negate(rows[i][column]), row);
      }
    }
    for (Row& row : rows) row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(d_));
    return rows;
  }

  /// The sum of rows.
  [[nodiscard]] Row combined(const Row& factors, const Matrix& rows) const {
    Row sum(d_, 0);
    for (std::size_t i = 0; i < d_; ++i) {
      if (factors[i] != 0) add_multiple(sum, factors[i], rows[i]);
    }
    return sum;
  }

 private:
  void add_multiple(Row& to, galois::Element factor, const Row& row) const {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] != 0) to[i] = field_.add(to[i], field_.multiply(factor, row[i]));
    }
  }

  const galois::Field& field_;
  std::size_t d_;
  std::vector<Row> update_of_;  // by cell; empty: it takes the cell above
};

CellMap as_map(const galois::Field& field, const Matrix& rows) {
  CellMap map;
  for (const Row& row : rows) map.push_back(Feedback::linear(field, row));
  return map;
}

/// Sums of cells in the order in which they are tried.
std::vector<Row> candidates(const System& system) {
  constexpr int kRandom = 200;
  const auto d = static_cast<std::size_t>(system.degree());
  std::vector<Row> sums;
  if (system.output() && system.output()->kind() == FeedbackKind::linear)
    sums.push_back(system.output()->coefficients());
  for (const System::Part& part : system.parts()) {
    sums.emplace_back(d, 0);
    sums.back()[static_cast<std::size_t>(part.first)] = 1;
  }
  std::mt19937_64 random(1);  // the same answer always
  for (int i = 0; i < kRandom; ++i) {
    sums.emplace_back(d, 0);
    for (galois::Element& value : sums.back()) value = random() % system.field().order();
  }
  return sums;
}

}  // namespace

std::optional<LinearWindow> linear_window(const System& system) {
  assert(system.kind() == FeedbackKind::linear);
  const LinearSums sums(system);
  for (Row& sum : candidates(system)) {
    const Matrix window = sums.window(std::move(sum));
    const auto cells = sums.inverse(window);
    if (!cells) continue;
    const Row next = sums.combined(sums.a_step_later(window.back()), *cells);
    return LinearWindow{as_map(system.field(), window), as_map(system.field(), *cells),
                        Feedback::linear(system.field(), next)};
  }
  return std::nullopt;
}

}  // namespace gforbit::fsr
