// Is the step map a bijection? Write f = g_0 + sum_j x0^j g_j, where the g_j do not contain x0. The register
// is nonsingular exactly if, for every value of the other cells, the polynomial with the coefficients (g_j)
// permutes GF(q); g_0 only shifts its values. Only the cells that occur in some g_j, j >= 1, matter, and only
// distinct coefficient vectors need a test, up to a common factor (multiplication by it is a permutation).
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/fsr/register.hpp"
#include "permutation.hpp"
#include "stop_look.hpp"

namespace gforbit::fsr {
namespace {

constexpr int kRandomTrials = 64;
constexpr std::size_t kMaxRemembered = 1 << 16;

/// The g_j, j >= 1, as functions of the cells that occur in them.
class Coefficients {
 public:
  explicit Coefficients(const Feedback& feedback) : field_(feedback.field()) {
    std::map<std::uint64_t, std::vector<Term>> by_exponent;
    std::set<int> cells;
    for (const Term& term : feedback.terms()) {
      if (term.factors.empty() || term.factors[0].cell != 0) continue;
      Term rest{term.coefficient, {term.factors.begin() + 1, term.factors.end()}};
      for (const Factor& factor : rest.factors) cells.insert(factor.cell);
      cost_ += 1 + rest.factors.size();
      by_exponent[term.factors[0].exponent].push_back(std::move(rest));
    }
    cell_count_ = cells.size();
    std::map<int, int> slot_of;
    for (const int cell : cells) slot_of.emplace(cell, static_cast<int>(slot_of.size()));
    for (auto& [exponent, terms] : by_exponent) {
      for (Term& term : terms) {
        for (Factor& factor : term.factors) factor.cell = slot_of.at(factor.cell);
      }
      exponents_.push_back(exponent);
      polynomials_.push_back(std::move(terms));
    }
  }

  [[nodiscard]] const std::vector<std::uint64_t>& exponents() const { return exponents_; }
  [[nodiscard]] std::size_t cell_count() const { return cell_count_; }
  /// Factors to multiply in one evaluation.
  [[nodiscard]] std::uint64_t cost() const { return cost_; }

  /// (g_j) for the given values of the cells, scaled so that the first coefficient that is not 0 is 1.
  void evaluate(std::span<const galois::Element> cells, std::vector<galois::Element>& out) const {
    out.clear();
    for (const auto& polynomial : polynomials_) out.push_back(value_at(field_, polynomial, cells));
    const auto first = std::ranges::find_if(out, [](auto c) { return c != 0; });
    if (first == out.end() || *first == 1) return;
    const galois::Element scale = field_.inverse(*first);
    for (auto& coefficient : out) coefficient = field_.multiply(coefficient, scale);
  }

 private:
  galois::Field field_;
  std::size_t cell_count_ = 0;
  std::uint64_t cost_ = 0;
  std::vector<std::uint64_t> exponents_;
  std::vector<std::vector<Term>> polynomials_;  // [exponents_.size()], cells renumbered 0..cell_count_-1
};

class Search {
 public:
  Search(const Feedback& feedback, core::StopSignal stop)
      : coefficients_(feedback),
        permutes_(feedback.field(), coefficients_.exponents(), stop),
        look_(std::move(stop)),
        q_(feedback.field().order()),
        cells_(coefficients_.cell_count(), 0) {}

  std::optional<bool> run() {
    if (coefficients_.exponents().empty()) return false;  // f does not depend on x0
    if (!cells_.empty()) {
      const auto answer = try_random();
      if (answer != true) return answer;
    }
    return try_all();
  }

 private:
  std::optional<bool> try_random() {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<galois::Element> element(0, q_ - 1);
    for (int trial = 0; trial < kRandomTrials; ++trial) {
      std::ranges::generate(cells_, [&] { return element(random); });
      const auto answer = test();
      if (answer != true) return answer;
    }
    return true;
  }

  std::optional<bool> try_all() {
    std::ranges::fill(cells_, galois::Element{0});
    do {
      const auto answer = test();
      if (answer != true) return answer;
    } while (advance());
    return true;
  }

  /// The next assignment in counting order; false after the last.
  bool advance() {
    for (auto& cell : cells_) {
      if (++cell < q_) return true;
      cell = 0;
    }
    return false;
  }

  std::optional<bool> test() {
    if (look_.stop_before(coefficients_.cost())) return std::nullopt;
    coefficients_.evaluate(cells_, vector_);
    if (good_.contains(vector_)) return true;
    const auto answer = permutes_(vector_);
    if (answer == true && good_.size() < kMaxRemembered) good_.insert(vector_);
    return answer;
  }

  Coefficients coefficients_;
  PermutationTest permutes_;
  StopLook look_;
  std::uint64_t q_;
  std::vector<galois::Element> cells_, vector_;
  std::set<std::vector<galois::Element>> good_;  // vectors known to give permutations
};

}  // namespace

std::optional<bool> is_nonsingular(const Feedback& feedback, core::StopSignal stop) {
  if (feedback.field().order() > 2) return Search(feedback, std::move(stop)).run();
  return feedback.oldest_stands_alone();
}

}  // namespace gforbit::fsr
