#include "linear_map.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace gforbit::cycles {

LinearMap::LinearMap(const fsr::System& system) : field_(system.field()) {
  assert(system.kind() != fsr::FeedbackKind::nonlinear);
  const auto d = static_cast<std::size_t>(system.degree());
  matrix_.assign(d, Coefficients(d, 0));
  for (std::size_t cell = 0; cell + 1 < d; ++cell) matrix_[cell][cell + 1] = 1;
  for (const fsr::System::Update& update : system.updates())
    matrix_[static_cast<std::size_t>(update.cell)] = update.value.coefficients();
}

LinearMap LinearMap::with_constant(const fsr::System& system) {
  LinearMap map(system);
  for (Coefficients& row : map.matrix_) row.push_back(0);
  for (const fsr::System::Update& update : system.updates())
    map.matrix_[static_cast<std::size_t>(update.cell)].back() = update.value.constant();
  map.matrix_.emplace_back(map.matrix_.size() + 1, 0).back() = 1;
  return map;
}

void LinearMap::subtract_multiple(Coefficients& from, galois::Element factor, const Coefficients& row,
                                  std::size_t first) const {
  if (factor == 0) return;
  for (std::size_t i = first; i < row.size(); ++i) {
    if (row[i] != 0) from[i] = field_.subtract(from[i], field_.multiply(factor, row[i]));
  }
}

/// By a similar matrix with zeros below the first subdiagonal, whose leading parts have polynomials that
/// follow from each other (Cohen, A Course in Computational Algebraic Number Theory, algorithm 2.2.9).
std::optional<Coefficients> LinearMap::characteristic_polynomial(const core::StopSignal& stop) const {
  Matrix h = matrix_;
  const std::size_t d = h.size();
  for (std::size_t m = 1; m + 1 < d; ++m) {
    if (stop.stop_requested()) return std::nullopt;
    std::size_t pivot = m;
    while (pivot < d && h[pivot][m - 1] == 0) ++pivot;
    if (pivot == d) continue;
    std::swap(h[pivot], h[m]);
    for (auto& row : h) std::swap(row[pivot], row[m]);
    const galois::Element inverse = field_.inverse(h[m][m - 1]);
    for (std::size_t i = m + 1; i < d; ++i) {
      const galois::Element factor = field_.multiply(h[i][m - 1], inverse);
      if (factor == 0) continue;
      subtract_multiple(h[i], factor, h[m], m - 1);
      for (auto& row : h) row[m] = field_.add(row[m], field_.multiply(factor, row[i]));
    }
  }
  std::vector<Coefficients> of_part{{1}};  // characteristic polynomials of the leading parts
  for (std::size_t m = 1; m <= d; ++m) {
    if (stop.stop_requested()) return std::nullopt;
    Coefficients next(m + 1, 0);
    std::ranges::copy(of_part[m - 1], next.begin() + 1);  // times x
    galois::Element below = 1;
    for (std::size_t i = 0; i < m; ++i) {
      const galois::Element factor = field_.multiply(below, h[m - 1 - i][m - 1]);
      const Coefficients& part = of_part[m - 1 - i];
      for (std::size_t k = 0; k < part.size() && factor != 0; ++k)
        next[k] = field_.subtract(next[k], field_.multiply(factor, part[k]));
      if (i + 1 < m) below = field_.multiply(below, h[m - 1 - i][m - 2 - i]);
      if (below == 0) break;
    }
    of_part.push_back(std::move(next));
  }
  return of_part.back();
}

std::optional<LinearMap::Matrix> LinearMap::product(const Matrix& a, const Matrix& b,
                                                    const core::StopSignal& stop) const {
  Matrix result(a.size(), Coefficients(a.size(), 0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (stop.stop_requested()) return std::nullopt;
    for (std::size_t k = 0; k < a.size(); ++k) subtract_multiple(result[i], field_.negate(a[i][k]), b[k], 0);
  }
  return result;
}

/// By Horner's rule in blocks of about the root of the degree (Paterson and Stockmeyer).
std::optional<LinearMap::Matrix> LinearMap::value_of(const Coefficients& polynomial,
                                                     const core::StopSignal& stop) const {
  const std::size_t d = matrix_.size();
  std::size_t length = 1;
  while (length * length < polynomial.size()) ++length;
  std::vector<Matrix> powers(1, Matrix(d, Coefficients(d, 0)));
  for (std::size_t i = 0; i < d; ++i) powers[0][i][i] = 1;
  while (powers.size() <= length) {
    auto next = product(powers.back(), matrix_, stop);
    if (!next) return std::nullopt;
    powers.push_back(*std::move(next));
  }
  std::optional<Matrix> value = Matrix(d, Coefficients(d, 0));
  for (std::size_t block = (polynomial.size() + length - 1) / length; block-- > 0;) {
    value = product(*value, powers[length], stop);
    if (!value) return std::nullopt;
    for (std::size_t k = 0; k < length && block * length + k < polynomial.size(); ++k) {
      const galois::Element factor = field_.negate(polynomial[block * length + k]);
      for (std::size_t i = 0; i < d; ++i) subtract_multiple((*value)[i], factor, powers[k][i], 0);
    }
  }
  return value;
}

std::optional<std::size_t> LinearMap::rank(Matrix rows, const core::StopSignal& stop) const {
  std::size_t rank = 0;
  for (std::size_t column = 0; column < rows.size() && rank < rows.size(); ++column) {
    if (stop.stop_requested()) return std::nullopt;
    std::size_t pivot = rank;
    while (pivot < rows.size() && rows[pivot][column] == 0) ++pivot;
    if (pivot == rows.size()) continue;
    std::swap(rows[pivot], rows[rank]);
    const galois::Element inverse = field_.inverse(rows[rank][column]);
    for (std::size_t i = rank + 1; i < rows.size(); ++i)
      subtract_multiple(rows[i], field_.multiply(rows[i][column], inverse), rows[rank], column);
    ++rank;
  }
  return rank;
}

std::optional<std::vector<PolynomialFactor>> LinearMap::elementary_divisors(
    std::span<const PolynomialFactor> factors, const core::StopSignal& stop) const {
  std::vector<PolynomialFactor> divisors;
  for (const PolynomialFactor& factor : factors) {
    if (factor.multiplicity == 1) {
      divisors.push_back(factor);
      continue;
    }
    const auto of_factor = value_of(factor.coefficients, stop);
    if (!of_factor) return std::nullopt;
    // at_least[k - 1]: how many have an exponent of k or more.
    std::vector<unsigned> at_least;
    Matrix power = *of_factor;
    for (unsigned found = 0; found < factor.multiplicity;) {
      if (!at_least.empty()) {
        auto next = product(power, *of_factor, stop);
        if (!next) return std::nullopt;
        power = *std::move(next);
      }
      const auto image = rank(power, stop);
      if (!image) return std::nullopt;
      const auto kernel = static_cast<unsigned>(matrix_.size() - *image) / factor.degree();
      at_least.push_back(kernel - found);
      found = kernel;
    }
    for (unsigned n = 0; n < at_least.front(); ++n) {
      const auto exponent = std::ranges::count_if(at_least, [n](unsigned count) { return count > n; });
      divisors.push_back({factor.coefficients, static_cast<unsigned>(exponent), factor.order});
    }
  }
  return divisors;
}

}  // namespace gforbit::cycles
