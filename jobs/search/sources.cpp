#include "search/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cycles/input.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/equivalence.hpp"

namespace gforbit::job_search {

namespace {

using search::Goal;
using search::GoalKind;

/// Of families whose functions all have as many monomials.
Source::Counts counts_of(std::uint64_t functions, std::uint64_t candidates, bool odd, const Goal& goal) {
  return {functions, candidates, odd && goal.needs_even_monomials() ? 0 : candidates};
}

/// @param family  "form 3,2"
std::string parity_note(const std::string& family, std::uint64_t monomials) {
  return fmt::format(
      "{}: no function has maximal period: a sum of an odd number of monomials ({}) is 1 where all cells are "
      "1, so "
      "that the state of ones is a cycle by itself",
      family, monomials);
}

class FormSource final : public Source {
 public:
  FormSource(search::Family family, const Goal& goal, std::optional<std::uint64_t> random, std::uint64_t seed)
      : family_(std::move(family)),
        goal_(goal),
        random_(random),
        seed_(seed),
        counts_(counts_of(family_.size(), random_.value_or(family_.canonical_functions()),
                          search::parity_rules_out(family_.form()), goal)) {}

  [[nodiscard]] std::string form() const override { return family_.form().text(); }
  [[nodiscard]] int degree() const override { return family_.degree(); }
  [[nodiscard]] const Counts& counts() const override { return counts_; }
  [[nodiscard]] std::uint64_t points() const override { return random_.value_or(family_.size()); }
  [[nodiscard]] std::uint64_t ranks() const override { return family_.size(); }
  [[nodiscard]] UnitBody unit(skeleton::Points) override {
    UnitBody body{.degree = degree(), .goal = goal_, .form = family_.form().counts()};
    if (random_) body.seed = seed_;
    return body;
  }
  [[nodiscard]] NamedFunction function(std::uint64_t rank) override {
    const search::Function function = family_.function(rank), backwards = search::reversed(function);
    return {{},
            function.feedback().text(),
            static_cast<std::int64_t>(family_.rank(backwards)),
            backwards.feedback().text()};
  }
  [[nodiscard]] std::string none_note() const override {
    return counts_.after_parity > 0 ? "" : parity_note("form " + form(), family_.form().monomials());
  }

 private:
  search::Family family_;
  Goal goal_;
  std::optional<std::uint64_t> random_;
  std::uint64_t seed_;
  Counts counts_;
};

class TemplateSource final : public Source {
 public:
  TemplateSource(search::TemplateFamily family, const Goal& goal)
      : family_(std::move(family)),
        goal_(goal),
        counts_(counts_of(family_.functions(), family_.canonical_functions(), family_.parity_rules_out(),
                          goal)) {}

  [[nodiscard]] std::string form() const override { return family_.of().text(); }
  [[nodiscard]] int degree() const override { return family_.degree(); }
  [[nodiscard]] const Counts& counts() const override { return counts_; }
  [[nodiscard]] std::uint64_t points() const override { return family_.assignments(); }
  [[nodiscard]] std::uint64_t ranks() const override { return family_.assignments(); }
  [[nodiscard]] UnitBody unit(skeleton::Points) override {
    return {.degree = degree(), .goal = goal_, .pattern = family_.of().text()};
  }
  [[nodiscard]] NamedFunction function(std::uint64_t rank) override {
    const search::Function function = family_.function(rank);
    const auto other = family_.reversed_rank(rank);
    return {{},
            function.feedback().text(),
            other ? static_cast<std::int64_t>(*other) : -1,
            search::reversed(function).feedback().text()};
  }
  [[nodiscard]] std::string none_note() const override {
    if (counts_.after_parity > 0) return {};
    return parity_note("template " + core::quoted(form()), family_.of().monomials().size());
  }

 private:
  search::TemplateFamily family_;
  Goal goal_;
  Counts counts_;
};

/// The lines of --batch, as `gforbit cycles` reads them.
class Batch {
 public:
  explicit Batch(const std::string& file)
      : name_(file == "-" ? "standard input" : file), input_(input(file)) {}

  [[nodiscard]] std::uint64_t size() const { return input_.size(); }
  [[nodiscard]] std::string digest() { return input_.digest(); }
  /// @throws core::InputError  the search is not for such a register
  [[nodiscard]] job_cycles::RegisterRequest at(std::uint64_t row) {
    job_cycles::RegisterRequest request = input_.at(row);
    const fsr::Register& reg = request.reg;
    const auto fail = [&](std::string_view why) {
      throw core::InputError(fmt::format("{}: register {}: {}", name_, core::quoted(request.id), why));
    };
    if (reg.system() != nullptr) fail("the search is for registers with one feedback, not for systems");
    if (reg.field().order() != 2) fail("the search is over GF(2)");
    if (reg.degree() < search::kSmallestDegree || reg.degree() > search::kLargestDegree)
      fail(fmt::format("the search is for {} to {} cells, not {}", search::kSmallestDegree,
                       search::kLargestDegree, reg.degree()));
    if (!reg.feedback().oldest_stands_alone())
      fail("it is singular (x0 must stand in the sum, and in no product): not all its states are on cycles");
    return request;
  }

 private:
  static job_cycles::BatchInput input(const std::string& file) {
    job_cycles::CyclesOptions options;
    options.batch = file;
    options.common.coalesce = config::Coalesce::off;
    return job_cycles::BatchInput::from_options(options);
  }

  std::string name_;
  job_cycles::BatchInput input_;
};

/// Those of one degree.
class BatchSource final : public Source {
 public:
  BatchSource(std::shared_ptr<Batch> batch, int degree, const Goal& goal)
      : batch_(std::move(batch)), degree_(degree), goal_(goal) {}

  void add(std::uint32_t row, const fsr::Feedback& feedback) {
    rows_.push_back(row);
    ++counts_.functions;
    ++counts_.candidates;
    counts_.after_parity += search::fixed_states_rule_out(feedback, goal_.kind) ? 0 : 1;
  }

  [[nodiscard]] std::string form() const override { return kBatchForm; }
  [[nodiscard]] int degree() const override { return degree_; }
  [[nodiscard]] const Counts& counts() const override { return counts_; }
  [[nodiscard]] std::uint64_t points() const override { return rows_.size(); }
  [[nodiscard]] std::uint64_t ranks() const override { return rows_.size(); }
  [[nodiscard]] UnitBody unit(skeleton::Points points) override {
    UnitBody body{.degree = degree_, .goal = goal_};
    for (std::uint64_t rank = points.begin; rank < points.end; ++rank)
      body.functions.push_back(batch_->at(rows_[rank]).reg.feedback().text());
    return body;
  }
  [[nodiscard]] NamedFunction function(std::uint64_t rank) override {
    const job_cycles::RegisterRequest request = batch_->at(rows_[rank]);
    const fsr::Feedback& feedback = request.reg.feedback();
    const auto backwards = fsr::reversed(feedback);
    return {request.id, feedback.text(), -1, backwards ? backwards->text() : ""};
  }

 private:
  std::shared_ptr<Batch> batch_;
  int degree_;
  Goal goal_;
  Counts counts_;
  std::vector<std::uint32_t> rows_;  ///< by rank
};

void add_batch(const SearchOptions& options, Sources& sources) {
  const auto batch = std::make_shared<Batch>(*options.batch);
  std::map<int, std::unique_ptr<BatchSource>> by_degree;
  for (std::uint64_t row = 0; row < batch->size(); ++row) {
    const auto request = batch->at(row);
    auto& source = by_degree[request.reg.degree()];
    if (!source) source = std::make_unique<BatchSource>(batch, request.reg.degree(), options.goal);
    source->add(static_cast<std::uint32_t>(row), request.reg.feedback());
  }
  for (auto& [degree, source] : by_degree) sources.all.push_back(std::move(source));
  sources.digest = batch->digest();
}

/// Calls `make(degree)` for the degrees of the options; what it throws gets the name of the family.
template <class Make>
void for_degrees(const SearchOptions& options, const std::string& option, const std::string& family,
                 Make make) {
  for (int degree = options.degrees.first; degree <= options.degrees.last; ++degree) {
    try {
      make(degree);
    } catch (const core::InputError& error) {
      config::fail_usage("search", fmt::format("{} {}, degree {}: {}", options.settings.origin(option),
                                               family, degree, error.what()));
    }
  }
}

void add_form(const SearchOptions& options, const search::Form& form, Sources& sources) {
  for_degrees(options, "form", form.text(), [&](int degree) {
    const search::Family family(degree, form);
    const std::uint64_t functions = family.canonical_functions();
    if (options.random.value_or(0) > functions)
      throw core::InputError(fmt::format(
          "it has {} functions, a function and its reverse counted once, and {} asks for more: leave "
          "that out",
          functions, options.settings.origin("random")));
    sources.all.push_back(std::make_unique<FormSource>(family, options.goal, options.random, options.seed));
  });
}

void add_template(const SearchOptions& options, Sources& sources) {
  const search::Template& of = *options.pattern;
  for_degrees(options, "template", core::quoted(of.text()), [&](int degree) {
    sources.all.push_back(std::make_unique<TemplateSource>(search::TemplateFamily(degree, of), options.goal));
  });
}

}  // namespace

Sources make_sources(const SearchOptions& options) {
  Sources sources;
  if (options.batch) {
    add_batch(options, sources);
  } else {
    for (const search::Form& form : options.forms) add_form(options, form, sources);
    if (options.pattern) add_template(options, sources);
  }
  return sources;
}

std::unique_ptr<Source> source_of_row(const std::string& form, int degree, const Goal& goal,
                                      std::optional<std::uint64_t> random) {
  if (form == kBatchForm) return nullptr;
  if (form.find('{') != std::string::npos)
    return std::make_unique<TemplateSource>(search::TemplateFamily(degree, search::Template(form)), goal);
  std::vector<std::uint64_t> counts;
  for (const std::string_view number : core::split(form, ','))
    counts.push_back(core::parse_u64(number).value_or(0));
  return std::make_unique<FormSource>(search::Family(degree, search::Form(std::move(counts))), goal, random,
                                      0);
}

}  // namespace gforbit::job_search
