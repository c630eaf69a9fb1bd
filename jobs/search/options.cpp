#include "search/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "gforbit/core/text.hpp"
#include "gforbit/galois/order.hpp"

namespace gforbit::job_search {

namespace {

constexpr std::string_view kName = "search";

Degrees parse_degrees(std::string_view text) {
  const auto degree = [](std::string_view number) {
    return static_cast<int>(
        config::parse_natural(core::trimmed(number), search::kSmallestDegree, search::kLargestDegree));
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return {degree(text), degree(text)};
  const Degrees degrees{degree(text.substr(0, dots)), degree(text.substr(dots + 2))};
  if (degrees.first > degrees.last)
    throw config::ValueError("the first degree is larger than the last one: write 10..20");
  return degrees;
}

/// What `make` makes of an option's value; its InputError is one of the value.
template <class Make>
auto value_of(Make make) {
  try {
    return make();
  } catch (const core::InputError& error) {
    throw config::ValueError(error.what());
  }
}

/// @param text  "3,1"
search::Form parse_form(std::string_view text) {
  std::vector<std::uint64_t> counts;
  for (const std::string_view number : core::split(text, ',')) {
    const auto count = core::parse_u64(core::trimmed(number));
    if (!count || *count > search::Form::kMostMonomials)
      throw config::ValueError(fmt::format(
          "{} is no number of monomials, 0 to {}: write those of degree 1 (x0 included), 2, ..., as in 3,1",
          core::quoted(number), search::Form::kMostMonomials));
    counts.push_back(*count);
  }
  return value_of([&] { return search::Form(std::move(counts)); });
}

/// Forms separated by blanks: so an option that is given several times arrives.
std::vector<search::Form> parse_forms(std::string_view text) {
  std::vector<search::Form> forms;
  for (const std::string_view word : core::split(text, ' ')) {
    if (word.empty()) continue;
    search::Form form = parse_form(word);
    if (std::ranges::find(forms, form) != forms.end())
      throw config::ValueError(fmt::format("the form {} is given twice", form.text()));
    forms.push_back(std::move(form));
  }
  return forms;
}

search::Template parse_template(std::string_view text) {
  return value_of([&] { return search::Template(std::string(text)); });
}

search::Goal parse_goal(std::string_view text) {
  return value_of([&] { return search::Goal::parse(text); });
}

/// Other jobs have any field under this name.
std::uint64_t parse_field(std::string_view text) {
  if (galois::parse_order(text) != 2)
    throw config::ValueError("the search is over GF(2): leave the option out, or give 2");
  return 2;
}

config::Section families_section(SearchOptions& o) {
  return {
      "Families of feedback functions",
      {{"field", "2", "the field GF(2), as other jobs write it", config::into(o.field, parse_field), "", "2"},
       {"degree", "N|A..B", "numbers of cells, both ends included", config::into(o.degrees, parse_degrees)},
       {.name = "form",
        .value_name = "L,Q,C,...",
        .help = "numbers of monomials of degree 1 (x0 included), 2, 3, ...: 3,1 stands for "
                "x0 + xA + xB + xC*xD; may be given several times",
        .read = config::into(o.forms, parse_forms),
        .repeated = true},
       {"template", "TEXT", "functions x0 + x{a} + x{b}*x{c}, a, b, c being all lists of different cells",
        config::into(o.pattern, parse_template)},
       {"batch", "FILE.jsonl",
        "the functions of a file as 'gforbit cycles --batch' takes it; -: standard input",
        config::into(o.batch, config::text())},
       {"goal", "GOAL",
        "maximal: 2^n - 1; 'period>=P': a cycle of P states; de-bruijn: 2^n, after complementing the "
        "function at "
        "one pair of states",
        config::into(o.goal, parse_goal), "", "maximal"},
       {"random", "N",
        "examine N random functions of each family, one of a function and its reverse, not all",
        config::into(o.random, config::natural(1, std::uint64_t{1} << 62)), "", "all"},
       {"seed", "S", "of the random functions", config::into(o.seed, config::natural()), "1"}}};
}

config::Section common_section(SearchOptions& o) {
  config::Section section = config::common_section(o.common, "gforbit-search.h5", "their goal");
  std::erase_if(section.options, [](const config::Option& option) { return option.name == "coalesce"; });
  for (config::Option& option : section.options) {
    if (option.name == "timeout") option.help = "limit for each family in seconds (or 2m, 250ms); 0 = none";
    if (option.name == "stop-after")
      option.help = "end when N functions were found that reach the goal; the rest is cancelled";
    if (option.name == "part")
      option.help = "slice I of N of all functions of all families; 'gforbit merge' joins the results";
  }
  return section;
}

}  // namespace

config::Command search_command(SearchOptions& options) {
  return {.name = std::string(kName),
          .summary = "find registers of maximal period in families of feedback functions",
          .details =
              "Searches families of feedback functions over GF(2) for registers of maximal period "
              "2^n - 1, or that reach another goal. Of a function and its reverse (x_i replaced by x_{n-i}), "
              "which have the same "
              "cycles, one is examined.",
          .sections = {families_section(options), common_section(options)},
          .examples = {{"gforbit search --degree 10..20 --form 3,1 --form 2,2", "two forms, eleven degrees"},
                       {"gforbit search --degree 20 --template 'x0 + x{a} + x{b} + x{a}*x{c}'",
                        "a cell that stands alone and in a product"},
                       {"gforbit export gforbit-search.h5 --table results/functions --format csv",
                        "the functions that were found"}},
          .notes = config::exit_status_notes(),
          .reads_config = true};
}

namespace {

/// What does not go with `option`, which is given.
void exclude(const SearchOptions& options, const std::string& option,
             std::initializer_list<const char*> others, const std::string& why) {
  for (const char* const other : others) {
    if (options.settings.given(option) && options.settings.given(other))
      config::fail_usage(kName,
                         fmt::format("{} and {} exclude each other: {}", options.settings.origin(other),
                                     options.settings.origin(option), why));
  }
}

void check_relations(const SearchOptions& o) {
  exclude(o, "batch", {"degree", "form", "template", "random"}, "each line of a batch is one function");
  exclude(o, "template", {"random"}, "samples are of forms");
  if (!o.batch) {
    if (o.forms.empty() && !o.pattern)
      config::fail_usage(
          kName, "missing '--form' (numbers of monomials of degree 1, 2, ...), '--template' or '--batch'");
    if (o.degrees.first == 0) config::fail_usage(kName, "missing '--degree': numbers of cells");
  }
  if (o.settings.given("seed") && !o.random)
    config::fail_usage(kName, o.settings.origin("seed") + " has no use without '--random'");
  if (o.common.part.count > 1) exclude(o, "random", {"part"}, "give each job a seed of its own");
  if (o.goal.least_period > std::uint64_t{1} << o.degrees.last && !o.batch)
    config::fail_usage(kName, fmt::format("{}: registers of {} cells have 2^{} states, and no cycle has more",
                                          o.settings.origin("goal"), o.degrees.last, o.degrees.last));
}

}  // namespace

SearchOptions parse_search_options(skeleton::Arguments arguments) {
  SearchOptions options;
  options.settings = config::read_settings(search_command(options), arguments);
  config::check_common(kName, options.common, options.settings);
  check_relations(options);
  return options;
}

}  // namespace gforbit::job_search
