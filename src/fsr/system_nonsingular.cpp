// Is the step map of a system a bijection? The step copies all cells but the dropped ones, in any combination
// of values. Let u be the dropped cells, k the copied ones, g the updates: as many of these as dropped cells.
// The step is a bijection exactly if u -> g(k, u) is one for every k.
//
// If one dropped cell c alone occurs in an update and every k gives a permutation of c, then k and this
// update determine c, and every value of c comes from exactly one of the update: c can be counted among the
// copied cells, without this update. If some k gives no permutation, or no dropped cell occurs, then some
// value of the update comes from no state with this k, so the step is not onto. So cells are taken out one by
// one, and the answer is exact at each of them. For the rest, that u -> g(k, u) is a bijection depends only
// on those k that occur in a product with a cell of u; the other terms without u add a constant.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/signed_products.hpp"
#include "gforbit/fsr/system.hpp"
#include "stop_look.hpp"

namespace gforbit::fsr {
namespace {

using CellSet = std::set<int>;

/// Calls `use` with the cells of each term or product.
template <class Use>
void for_each_term(const Feedback& function, Use&& use) {
  if (function.has_terms()) {
    for (const Term& term : function.terms()) {
      CellSet cells;
      for (const Factor& factor : term.factors) cells.insert(factor.cell);
      use(cells);
    }
  }
  for (const SignedProduct& product : function.products()) {
    CellSet cells;
    for (std::uint64_t rest = product.cells; rest != 0; rest &= rest - 1)
      cells.insert(std::countr_zero(rest));
    use(cells);
  }
}

/// The function with cell `a` for x0 and x0 for cell `a`.
/// @throws core::InputError  it is too long
Feedback with_oldest(const Feedback& function, int a) {
  const auto renamed = [a](int cell) { return cell == a ? 0 : cell == 0 ? a : cell; };
  if (function.has_terms()) {
    std::vector<Term> terms(function.terms().begin(), function.terms().end());
    for (Term& term : terms) {
      for (Factor& factor : term.factors) factor.cell = renamed(factor.cell);
    }
    return Feedback::from_terms(function.field(), function.degree(), std::move(terms));
  }
  const auto swapped = [a](std::uint64_t bits) {
    const std::uint64_t differ = (bits ^ bits >> a) & 1;
    return bits ^ (differ | differ << a);
  };
  std::vector<SignedProduct> products;
  for (const SignedProduct& product : function.products())
    products.push_back({swapped(product.cells), swapped(product.ones)});
  auto made = Feedback::from_products(function.field(), function.degree(), std::move(products));
  if (!made) {
    throw core::InputError(
        fmt::format("whether a sum of {} products is a permutation of one cell takes too "
                    "long to decide: write it with fewer products",
                    function.products().size()));
  }
  return *std::move(made);
}

class Decision {
 public:
  Decision(const System& system, core::StopSignal stop)
      : field_(system.field()), degree_(system.degree()), stop_(stop), look_(std::move(stop)) {
    for (const System::Update& update : system.updates()) updates_.push_back(&update.value);
    for (const int cell : system.dropped_cells()) dropped_.insert(cell);
  }

  std::optional<bool> run() {
    for (bool changed = true; changed;) {
      changed = false;
      for (auto update = updates_.begin(); update != updates_.end();) {
        const CellSet cells = dropped_in(**update);
        if (cells.size() > 1) {
          ++update;
          continue;
        }
        if (cells.empty()) return false;
        const auto answer = is_nonsingular(with_oldest(**update, *cells.begin()), stop_);
        if (answer != true) return answer;
        dropped_.erase(*cells.begin());
        update = updates_.erase(update);
        changed = true;
      }
    }
    return dropped_.empty() ? true : try_rest();
  }

 private:
  [[nodiscard]] CellSet dropped_in(const Feedback& function) const {
    CellSet found;
    for_each_term(function, [&](const CellSet& cells) {
      std::ranges::set_intersection(cells, dropped_, std::inserter(found, found.end()));
    });
    return found;
  }

  /// Copied cells in a product with a dropped one.
  [[nodiscard]] CellSet copied_that_matter() const {
    CellSet found;
    for (const Feedback* const update : updates_) {
      for_each_term(*update, [&](const CellSet& cells) {
        const auto is_dropped = [&](int cell) { return dropped_.contains(cell); };
        if (std::ranges::none_of(cells, is_dropped)) return;
        std::ranges::copy_if(cells, std::inserter(found, found.end()),
                             [&](int cell) { return !is_dropped(cell); });
      });
    }
    return found;
  }

  /// All updates are affine in the dropped cells, with the same coefficients for every value of the others.
  [[nodiscard]] bool is_affine() const {
    bool affine = true;
    for (const Feedback* const update : updates_) {
      affine = affine && update->has_terms();
      if (!affine) return false;
      for (const Term& term : update->terms()) {
        const bool reads = std::ranges::any_of(
            term.factors, [&](const Factor& factor) { return dropped_.contains(factor.cell); });
        affine = affine && (!reads || term.degree() == 1);
      }
    }
    return affine;
  }

  /// Whether the matrix of the coefficients has an inverse.
  [[nodiscard]] bool has_inverse() const {
    std::vector<std::vector<galois::Element>> rows;
    const std::vector<int> cells(dropped_.begin(), dropped_.end());
    for (const Feedback* const update : updates_) {
      auto& row = rows.emplace_back(cells.size(), 0);
      for (const Term& term : update->terms()) {
        if (term.factors.empty()) continue;
        const auto at = std::ranges::find(cells, term.factors[0].cell);
        if (at != cells.end()) row[static_cast<std::size_t>(at - cells.begin())] = term.coefficient;
      }
    }
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const auto pivot = std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(column), rows.end(),
                                      [&](const auto& row) { return row[column] != 0; });
      if (pivot == rows.end()) return false;
      std::iter_swap(pivot, rows.begin() + static_cast<std::ptrdiff_t>(column));
      const galois::Element inverse = field_.inverse(rows[column][column]);
      for (std::size_t below = column + 1; below < rows.size(); ++below) {
        const galois::Element factor = field_.multiply(rows[below][column], inverse);
        if (factor == 0) continue;
        for (std::size_t i = column; i < cells.size(); ++i)
          rows[below][i] = field_.subtract(rows[below][i], field_.multiply(factor, rows[column][i]));
      }
    }
    return true;
  }

  /// Whether two of some random values of the dropped cells have one image, as is so of most singular
  /// systems.
  [[nodiscard]] bool collides() const {
    constexpr int kTrials = 1024;
    std::mt19937_64 random(1);
    std::vector<galois::Element> cells(static_cast<std::size_t>(degree_), 0);
    std::map<std::vector<galois::Element>, std::vector<galois::Element>> source;
    for (int trial = 0; trial < kTrials; ++trial) {
      for (const int cell : dropped_) cells[static_cast<std::size_t>(cell)] = random() % field_.order();
      std::vector<galois::Element> image;
      for (const Feedback* const update : updates_) image.push_back(update->evaluate(cells));
      const auto [at, is_new] = source.emplace(std::move(image), cells);
      if (!is_new && at->second != cells) return true;
    }
    return false;
  }

  std::optional<bool> try_rest() {
    if (is_affine()) return has_inverse();
    if (collides()) return false;
    const std::vector<int> dropped(dropped_.begin(), dropped_.end());
    constexpr std::uint64_t kMostValues = std::uint64_t{1} << 32;
    std::uint64_t values = 1;
    for (std::size_t i = 0; i < dropped_.size(); ++i) {
      values = values > kMostValues / field_.order() ? 0 : values * field_.order();
      if (values > 0) continue;
      throw core::InputError(fmt::format(
          "whether the system is a bijection depends on {} cells at once, and more than 2^32 values "
          "of these are too many to try: use fewer updates, or updates in which one of these cells is a "
          "summand "
          "and the others are not",
          dropped_.size()));
    }
    const CellSet matter = copied_that_matter();
    const std::vector<int> copied(matter.begin(), matter.end());
    std::vector<galois::Element> cells(static_cast<std::size_t>(degree_), 0);
    std::vector<bool> reached(values);
    for (;;) {
      reached.assign(values, false);
      do {
        if (look_.stop_before(cost())) return std::nullopt;
        std::uint64_t value = 0;
        for (const Feedback* const update : updates_)
          value = value * field_.order() + update->evaluate(cells);
        if (reached[value]) return false;
        reached[value] = true;
      } while (advance(cells, dropped));
      if (!advance(cells, copied)) return true;
    }
  }

  [[nodiscard]] std::uint64_t cost() const {
    std::uint64_t cost = 1;
    for (const Feedback* const update : updates_) cost += update->length();
    return cost;
  }

  /// The next assignment of these cells in counting order; false after the last, when all are 0 again.
  [[nodiscard]] bool advance(std::vector<galois::Element>& cells, const std::vector<int>& counted) const {
    for (const int cell : counted) {
      galois::Element& value = cells[static_cast<std::size_t>(cell)];
      if (++value < field_.order()) return true;
      value = 0;
    }
    return false;
  }

  galois::Field field_;
  int degree_;
  core::StopSignal stop_;
  StopLook look_;
  std::vector<const Feedback*> updates_;
  CellSet dropped_;
};

}  // namespace

std::optional<bool> is_nonsingular(const System& system, core::StopSignal stop) {
  return Decision(system, std::move(stop)).run();
}

}  // namespace gforbit::fsr
