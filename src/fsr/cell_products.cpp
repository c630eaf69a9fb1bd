// Products are found from the top: of a term with the most cells, each factor is replaced by what the other
// terms have in its place. If the product of these functions takes enough terms of the sum away, it is kept,
// and the search goes on in the rest. So c + x in every cell, and a few terms that lie over it, are found
// again whatever the expression was.

#include "gforbit/fsr/cell_products.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "gforbit/fsr/register.hpp"

namespace gforbit::fsr {

namespace {

/// The exponents of a monomial as the digits of a number.
using Key = std::uint64_t;

CellProduct of_term(const Term& term) {
  CellProduct product{term.coefficient, {}};
  for (const Factor& factor : term.factors)
    product.functions.push_back({factor.cell, {{1, factor.exponent}}});
  return product;
}

/// Multiplications of a term or product, and one for the sum.
std::int64_t cost(std::size_t factors) {
  return static_cast<std::int64_t>(factors) + 1;
}

class ProductSearch {
 public:
  ProductSearch(const Feedback& feedback, std::span<const std::uint64_t> places)
      : field_(feedback.field()),
        places_(places),
        most_looks_(kFewestLooks + kLooksPerTerm * feedback.terms().size()) {
    for (const Term& term : feedback.terms()) {
      Key key = 0;
      for (const Factor& factor : term.factors)
        key += factor.exponent * places_[static_cast<std::size_t>(factor.cell)];
      coefficients_.emplace(key, term.coefficient);
      waiting_.insert(order_of(key));
    }
  }

  std::vector<CellProduct> run() {
    std::vector<CellProduct> products;
    while (!waiting_.empty() && looks_ < most_looks_) {
      const Key top = waiting_.rbegin()->key;
      if (cost(factors_of(top).size()) <= kLeastCost) break;  // what follows has no more factors
      waiting_.erase(std::prev(waiting_.end()));
      auto product = product_below(top);
      if (!product || gain_of(*product) <= 0) continue;
      take(*product);
      products.push_back(*std::move(product));
    }
    return products;
  }

  /// The coefficient that is left of a monomial; 0: none.
  [[nodiscard]] galois::Element left(Key key) const {
    const auto at = coefficients_.find(key);
    return at == coefficients_.end() ? 0 : at->second;
  }
  [[nodiscard]] std::vector<Key> all_left() const {
    std::vector<Key> keys;
    for (const auto& [key, coefficient] : coefficients_) keys.push_back(key);
    std::ranges::sort(keys);
    return keys;
  }

  [[nodiscard]] std::vector<Factor> factors_of(Key key) const {
    std::vector<Factor> factors;
    for (int cell = 0; key > 0; ++cell, key /= field_.order()) {
      if (const std::uint64_t exponent = key % field_.order(); exponent > 0)
        factors.push_back({cell, exponent});
    }
    return factors;
  }

 private:
  /// Looks at coefficients in all: the search takes no longer than reading the text did.
  static constexpr std::uint64_t kLooksPerTerm = 16, kFewestLooks = 1 << 12;
  static constexpr std::int64_t kLeastCost = 2;

  struct Order {
    std::size_t cells;
    std::uint64_t degree;
    Key key;
    auto operator<=>(const Order&) const = default;
  };

  [[nodiscard]] Order order_of(Key key) const {
    Order order{0, 0, key};
    for (const Factor& factor : factors_of(key)) {
      ++order.cells;
      order.degree += factor.exponent;
    }
    return order;
  }

  /// Each factor of the term is replaced by the polynomial that the sum has in its place.
  /// @return nullopt: hardly more than the term itself, or more terms than there are
  std::optional<CellProduct> product_below(Key top) {
    CellProduct product{left(top), {}};
    if (product.coefficient == 0) return std::nullopt;
    const galois::Element scale = field_.inverse(product.coefficient);
    std::uint64_t size = 1;
    int functions = 0;
    for (const Factor& factor : factors_of(top)) {
      looks_ += factor.exponent;  // of large fields billions
      if (looks_ > most_looks_) return std::nullopt;
      CellFunction function{factor.cell, {}};
      const std::uint64_t place = places_[static_cast<std::size_t>(factor.cell)];
      for (std::uint64_t exponent = 0; exponent < factor.exponent; ++exponent) {
        const galois::Element c = left(top - (factor.exponent - exponent) * place);
        if (c != 0) function.powers.push_back({field_.multiply(c, scale), exponent});
      }
      function.powers.push_back({1, factor.exponent});
      functions += function.is_power() ? 0 : 1;
      size *= function.powers.size();
      if (size > 2 * coefficients_.size()) return std::nullopt;
      product.functions.push_back(std::move(function));
    }
    if (functions < 2) return std::nullopt;
    return product;
  }

  /// Calls use(key, coefficient) for each term of the product.
  template <class Use>
  void for_each_term(const CellProduct& product, Use&& use) {
    std::vector<std::size_t> chosen(product.functions.size(), 0);
    for (;;) {
      Key key = 0;
      galois::Element coefficient = product.coefficient;
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const CellFunction& function = product.functions[i];
        const Power& power = function.powers[chosen[i]];
        key += power.exponent * places_[static_cast<std::size_t>(function.cell)];
        if (power.coefficient != 1) coefficient = field_.multiply(coefficient, power.coefficient);
      }
      ++looks_;
      use(key, coefficient);
      std::size_t i = 0;
      while (i < chosen.size() && ++chosen[i] == product.functions[i].powers.size()) chosen[i++] = 0;
      if (i == chosen.size()) return;
    }
  }

  /// What the product spares.
  std::int64_t gain_of(const CellProduct& product) {
    std::int64_t gain = -cost(product.functions.size());
    for_each_term(product, [&](Key key, galois::Element coefficient) {
      const galois::Element before = left(key);
      if (before == coefficient) gain += cost(factors_of(key).size());
      if (before == 0) gain -= cost(factors_of(key).size());
    });
    return gain;
  }

  void take(const CellProduct& product) {
    for_each_term(product, [&](Key key, galois::Element coefficient) {
      const galois::Element rest = field_.subtract(left(key), coefficient);
      if (rest == 0) {
        coefficients_.erase(key);
        waiting_.erase(order_of(key));
      } else {
        coefficients_[key] = rest;
        waiting_.insert(order_of(key));
      }
    });
  }

  const galois::Field& field_;
  std::span<const std::uint64_t> places_;  ///< q^cell
  std::unordered_map<Key, galois::Element> coefficients_;
  std::set<Order> waiting_;
  std::uint64_t looks_ = 0, most_looks_;
};

/// q^cell for all cells; nullopt where keys have more than 64 bits.
std::optional<std::vector<std::uint64_t>> places_of(const Feedback& feedback) {
  if (!Register(feedback).enumerable_state_count()) return std::nullopt;
  std::vector<std::uint64_t> places;
  std::uint64_t place = 1;
  for (int cell = 0; cell < feedback.degree(); ++cell, place *= feedback.field().order())
    places.push_back(place);
  return places;
}

}  // namespace

galois::Element CellFunction::at(const galois::Field& field, galois::Element x) const {
  galois::Element sum = field.power(x, powers.back().exponent);  // with the coefficient 1
  for (std::size_t i = 0; i + 1 < powers.size(); ++i)
    sum = field.add(sum, field.multiply(powers[i].coefficient, field.power(x, powers[i].exponent)));
  return sum;
}

std::vector<CellProduct> cell_products(const Feedback& feedback) {
  constexpr std::size_t kFewestTerms = 4;
  const std::span<const Term> terms = feedback.terms();
  std::vector<CellProduct> products;
  const auto places = terms.size() < kFewestTerms ? std::nullopt : places_of(feedback);
  if (!places) {
    for (const Term& term : terms) products.push_back(of_term(term));
    return products;
  }
  ProductSearch search(feedback, *places);
  products = search.run();
  if (products.empty()) {
    for (const Term& term : terms) products.push_back(of_term(term));
    return products;
  }
  for (const Key key : search.all_left())
    products.push_back(of_term({search.left(key), search.factors_of(key)}));
  return products;
}

}  // namespace gforbit::fsr
