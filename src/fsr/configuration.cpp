#include "gforbit/fsr/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "expansion.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/expression/expression.hpp"
#include "normal_form.hpp"

namespace gforbit::fsr {
namespace {

using Terms = std::vector<Term>;

Terms terms_of(const Feedback& f) {
  return {f.terms().begin(), f.terms().end()};
}

void check_has_terms(const Feedback& f, std::string_view what) {
  if (f.has_terms()) return;
  throw core::InputError(
      fmt::format("{} is a sum of products of cells and complements, and multiplied out it is too long: its "
                  "terms are needed",
                  what));
}

int lowest_cell(const Term& term) {
  return term.factors.front().cell;
}

/// How far apart the cells of a term are.
int span_of(const Term& term) {
  return term.factors.empty() ? 0 : term.factors.back().cell - lowest_cell(term);
}

Term moved_down(Term term, int by) {
  for (Factor& factor : term.factors) factor.cell -= by;
  return term;
}

std::string text_of_term(const Feedback& f, const Term& term) {
  return Feedback::from_terms(f.field(), f.degree(), {term}).text();
}

/// A text of cells x0, x1, ... with the name of the register in Galois configuration.
std::string with_name(std::string text) {
  std::ranges::replace(text, 'x', 'g');
  return text;
}

// ---- functions of functions -------------------------------------------------------------------------------

/// A sum of terms whose cells are other functions, multiplied out.
class Composition {
 public:
  explicit Composition(const galois::Field& field) : field_(field), builder_(field) {}

  /// @param image  of a cell, its terms
  template <class Image>
  Terms of(const Terms& outer, const Image& image) {
    std::vector<expression::Id> sum;
    for (const Term& term : outer) {
      std::vector<expression::Id> factors{builder_.constant(term.coefficient)};
      for (const Factor& factor : term.factors) {
        const expression::Id base = node_of(factor.cell, image);
        factors.push_back(factor.exponent == 1 ? base : builder_.power(base, factor.exponent));
      }
      sum.push_back(builder_.product(factors));
    }
    nodes_.clear();
    if (sum.empty()) return {};
    auto terms = expanded(builder_.take(builder_.sum(sum)));
    if (!terms) {
      throw core::InputError(
          fmt::format("a function of the other configuration has more than {} terms, which is the limit",
                      kMaxExpandedTerms));
    }
    return *std::move(terms);
  }

 private:
  template <class Image>
  expression::Id node_of(int cell, const Image& image) {
    const auto known = nodes_.find(cell);
    if (known != nodes_.end()) return known->second;
    std::vector<expression::Id> sum{builder_.constant(0)};
    for (const Term& term : image(cell)) {
      std::vector<expression::Id> factors{builder_.constant(term.coefficient)};
      for (const Factor& factor : term.factors) {
        const expression::Id base = builder_.cell(static_cast<std::uint64_t>(factor.cell));
        factors.push_back(factor.exponent == 1 ? base : builder_.power(base, factor.exponent));
      }
      sum.push_back(builder_.product(factors));
    }
    return nodes_.emplace(cell, builder_.sum(sum)).first->second;
  }

  const galois::Field& field_;
  expression::Builder builder_;
  std::map<int, expression::Id> nodes_;
};

/// Counts the terms of a map while it is made.
class MapSize {
 public:
  void add(std::size_t terms) {
    terms_ += terms;
    if (terms_ > kMaxMapTerms)
      throw core::InputError(
          fmt::format("the map of states has more than {} terms, which is the limit", kMaxMapTerms));
  }

 private:
  std::size_t terms_ = 0;
};

// ---- a system in Galois configuration ---------------------------------------------------------------------

/// Cell i takes u x{i+1} + h; the top cell takes h.
struct Rule {
  galois::Element u = 1;
  Terms h{};
};

/// The rules of all cells.
std::vector<Rule> rules_of(const System& system) {
  if (system.parts().size() != 1) {
    throw core::InputError(
        fmt::format("the system has {} registers: a register that puts out the same is found for systems of "
                    "one register in Galois "
                    "configuration, and for linear ones",
                    system.parts().size()));
  }
  const int d = system.degree();
  std::vector<Rule> rules(static_cast<std::size_t>(d));
  for (const System::Update& update : system.updates()) {
    const int cell = update.cell;
    const std::string name = system.parts().front().name + std::to_string(cell);
    check_has_terms(update.value, "the new value of " + name);
    Rule& rule = rules[static_cast<std::size_t>(cell)];
    if (cell == d - 1) {
      rule.h = terms_of(update.value);
      continue;
    }
    rule.u = 0;
    for (const Term& term : update.value.terms()) {
      const bool is_above = term.factors.size() == 1 && term.factors.front() == Factor{cell + 1, 1};
      if (is_above) {
        rule.u = term.coefficient;
      } else if (!term.factors.empty() && term.factors.back().cell > cell) {
        throw core::InputError(fmt::format(
            "{0} takes {1}, which reads cells above {0}: its update must be the cell above, which may have a "
            "coefficient, plus a function of the cells up to {0}, else what {2}0 puts out need not say the "
            "state",
            name, core::quoted(system.text_of(update.value)), system.parts().front().name));
      } else {
        rule.h.push_back(term);
      }
    }
    if (rule.u == 0) {
      throw core::InputError(fmt::format(
          "{} takes {}, which does not read the cell above: what {}0 puts out does not say the cells above",
          name, core::quoted(system.text_of(update.value)), system.parts().front().name));
    }
  }
  return rules;
}

/// The cells of a system as functions of the next d values of cell 0, one after the other: cell i reads
/// the first i + 1 of them.
class Unrolled {
 public:
  /// @param keep  all cells, not only those that a later one needs
  Unrolled(const System& system, bool keep)
      : field_(system.field()), rules_(rules_of(system)), needed_(rules_.size(), keep), composition_(field_) {
    for (const Rule& rule : rules_) {
      for (const Term& term : rule.h) {
        for (const Factor& factor : term.factors) needed_[static_cast<std::size_t>(factor.cell)] = true;
      }
    }
    cells_.push_back({{1, {{0, 1}}}});
    for (std::size_t i = 0; i + 1 < rules_.size(); ++i) {
      Terms above = next_value(i);
      const galois::Element inverse = field_.inverse(rules_[i].u);
      for (Term& term : above) term.coefficient = field_.multiply(term.coefficient, inverse);
      if (keep) size_.add(above.size());
      cells_.push_back(std::move(above));
      if (!needed_[i]) cells_[i].clear();
    }
  }

  [[nodiscard]] const std::vector<Terms>& cells() const { return cells_; }

  /// The value after the last one: what the top cell takes, solved for it.
  [[nodiscard]] Feedback feedback() {
    const int d = static_cast<int>(rules_.size());
    const Terms sum = next_value(rules_.size() - 1);
    Terms others;
    galois::Element u = 0;
    for (const Term& term : sum) {
      const bool is_next = !term.factors.empty() && term.factors.back().cell == d;
      if (is_next) {
        u = term.coefficient;
      } else {
        others.push_back(term);
      }
    }
    const galois::Element factor = field_.negate(field_.inverse(u));
    for (Term& term : others) term.coefficient = field_.multiply(term.coefficient, factor);
    return Feedback::from_terms(field_, d, std::move(others));
  }

 private:
  /// The value that the cell takes, a step later in the sequence, less its h.
  Terms next_value(std::size_t cell) {
    Terms sum = cells_[cell];
    for (Term& term : sum) {
      for (Factor& factor : term.factors) ++factor.cell;
    }
    if (rules_[cell].h.empty()) return sum;
    const auto image = [&](int i) -> const Terms& { return cells_[static_cast<std::size_t>(i)]; };
    Terms h = composition_.of(rules_[cell].h, image);
    for (Term& term : h) term.coefficient = field_.negate(term.coefficient);
    sum.insert(sum.end(), std::make_move_iterator(h.begin()), std::make_move_iterator(h.end()));
    collect(field_, sum);
    return sum;
  }

  galois::Field field_;
  std::vector<Rule> rules_;
  std::vector<bool> needed_;
  Composition composition_;
  std::vector<Terms> cells_;
  MapSize size_;
};

CellMap as_map(const galois::Field& field, std::vector<Terms> cells) {
  const int d = static_cast<int>(cells.size());
  CellMap map;
  for (Terms& terms : cells) map.push_back(Feedback::from_terms(field, d, std::move(terms)));
  return map;
}

}  // namespace

System to_galois(const Feedback& feedback, std::optional<int> terminal) {
  check_has_terms(feedback, "the feedback");
  const int d = feedback.degree();
  const Terms terms = terms_of(feedback);
  const auto widest = std::ranges::max_element(terms, {}, span_of);
  const int least = terms.empty() ? 0 : span_of(*widest);
  if (terminal && (*terminal < least || *terminal >= d)) {
    throw core::InputError(
        fmt::format("terminal cell {}: expected a cell from {} to {}: the cells of the term {} are {} apart",
                    *terminal, least, d - 1, terms.empty() ? "0" : text_of_term(feedback, *widest), least));
  }
  const int lowest = terminal.value_or(least);
  std::map<int, Terms> added;  // by cell
  for (const Term& term : terms) {
    const int by = term.factors.empty() ? 0 : std::min(lowest_cell(term), d - 1 - lowest);
    added[d - 1 - by].push_back(moved_down(term, by));
  }
  const auto text = [&](Terms sum) {
    return with_name(Feedback::from_terms(feedback.field(), d, std::move(sum)).text());
  };
  SystemForm::Part part{"g", static_cast<std::uint64_t>(d), "", {}};
  part.feedback = text(std::exchange(added[d - 1], {}));
  added.erase(d - 1);
  if (added.empty() && feedback.kind() == FeedbackKind::nonlinear && !terminal) {
    throw core::InputError(
        fmt::format("the feedback has no other Galois configuration: terms that read x0 stay where they are, "
                    "and no update may be "
                    "below cell {}, because the cells of the term {} are so far apart",
                    least, text_of_term(feedback, *widest)));
  }
  for (auto& [cell, sum] : added) {
    sum.push_back({1, {{cell + 1, 1}}});
    part.updates.emplace_back(static_cast<std::uint64_t>(cell), text(std::move(sum)));
  }
  return {feedback.field(), {{std::move(part)}, {}}};
}

Feedback to_fibonacci(const System& system) {
  return Unrolled(system, false).feedback();
}

CellMap cells_from_window(const System& system) {
  return as_map(system.field(), Unrolled(system, true).cells());
}

CellMap window_of_cells(const System& system) {
  const auto rules = rules_of(system);
  std::vector<Terms> values;  // of each cell after a step
  for (std::size_t cell = 0; cell < rules.size(); ++cell) {
    Terms sum = rules[cell].h;
    if (cell + 1 < rules.size()) sum.push_back({rules[cell].u, {{static_cast<int>(cell) + 1, 1}}});
    values.push_back(std::move(sum));
  }
  Composition composition(system.field());
  MapSize size;
  std::vector<Terms> window{{{1, {{0, 1}}}}};
  while (window.size() < rules.size()) {
    window.push_back(composition.of(
        window.back(), [&](int cell) -> const Terms& { return values[static_cast<std::size_t>(cell)]; }));
    size.add(window.back().size());
  }
  return as_map(system.field(), std::move(window));
}

Feedback composed(const Feedback& outer, const CellMap& inner) {
  check_has_terms(outer, "the function");
  const auto image = [&](int cell) { return inner[static_cast<std::size_t>(cell)].terms(); };
  return Feedback::from_terms(outer.field(), outer.degree(),
                              Composition(outer.field()).of(terms_of(outer), image));
}

CellMap composed(const CellMap& outer, const CellMap& inner) {
  MapSize size;
  CellMap map;
  for (const Feedback& function : outer) {
    map.push_back(composed(function, inner));
    size.add(map.back().length());
  }
  return map;
}

}  // namespace gforbit::fsr
