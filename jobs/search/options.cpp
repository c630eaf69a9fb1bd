#include "search/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "gforbit/core/text.hpp"

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

/// Forms separated by blanks: so an option that is given several times arrives.
std::vector<search::Form> parse_forms(std::string_view text) {
  std::vector<search::Form> forms;
  for (const std::string_view word : core::split(text, ' ')) {
    if (word.empty()) continue;
    try {
      search::Form form(config::parse_naturals(word));
      if (std::ranges::find(forms, form) != forms.end())
        throw config::ValueError(fmt::format("the form {} is given twice", form.text()));
      forms.push_back(std::move(form));
    } catch (const core::InputError& error) {
      throw config::ValueError(error.what());
    }
  }
  return forms;
}

config::Section families_section(SearchOptions& o) {
  return {
      "Families of feedback functions",
      {{"degree", "N|A..B", "numbers of cells, both ends included", config::into(o.degrees, parse_degrees)},
       {.name = "form",
        .value_name = "L,Q,C,...",
        .help = "numbers of monomials of degree 1 (x0 included), 2, 3, ...: 3,1 stands for "
                "x0 + xA + xB + xC*xD; may be given several times",
        .read = config::into(o.forms, parse_forms),
        .repeated = true},
       {"random", "N", "examine N random functions of each family, not all",
        config::into(o.random, config::natural(1, std::uint64_t{1} << 62)), "", "all"},
       {"seed", "S", "of the random functions", config::into(o.seed, config::natural()), "1"}}};
}

config::Section common_section(SearchOptions& o) {
  config::Section section =
      config::common_section(o.common, "gforbit-search.h5", "their goal (functions of maximal period)");
  std::erase_if(section.options, [](const config::Option& option) { return option.name == "coalesce"; });
  for (config::Option& option : section.options) {
    if (option.name == "timeout") option.help = "limit for each family in seconds (or 2m, 250ms); 0 = none";
    if (option.name == "stop-after")
      option.help = "end when N functions of maximal period were found; the rest is cancelled";
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
              "2^n - 1. Of a function and its reverse (x_i replaced by x_{n-i}), which have the same "
              "cycles, one is examined.",
          .sections = {families_section(options), common_section(options)},
          .examples = {{"gforbit search --degree 10..20 --form 3,1 --form 2,2", "two forms, eleven degrees"},
                       {"gforbit export gforbit-search.h5 --table results/functions --format csv",
                        "the functions that were found"}},
          .notes = config::exit_status_notes(),
          .reads_config = true};
}

SearchOptions parse_search_options(skeleton::Arguments arguments) {
  SearchOptions options;
  options.settings = config::read_settings(search_command(options), arguments);
  if (options.degrees.first == 0) config::fail_usage(kName, "missing '--degree': numbers of cells");
  if (options.forms.empty())
    config::fail_usage(kName, "missing '--form': numbers of monomials of degree 1, 2, ...");
  if (options.settings.given("seed") && !options.random)
    config::fail_usage(kName, options.settings.origin("seed") + " has no use without '--random'");
  if (options.random && options.common.part.count > 1)
    config::fail_usage(kName,
                       fmt::format("{} and {} exclude each other: give each job a seed of its own",
                                   options.settings.origin("random"), options.settings.origin("part")));
  config::check_common(kName, options.common, options.settings);
  for (const search::Form& form : options.forms) {
    for (int degree = options.degrees.first; degree <= options.degrees.last; ++degree) {
      try {
        options.families.emplace_back(degree, form);
        if (options.random.value_or(0) > options.families.back().size())
          throw core::InputError(fmt::format("it has {} functions, fewer than {} asks for: leave that out",
                                             options.families.back().size(),
                                             options.settings.origin("random")));
      } catch (const core::InputError& error) {
        config::fail_usage(kName, fmt::format("{} {}, degree {}: {}", options.settings.origin("form"),
                                              form.text(), degree, error.what()));
      }
    }
  }
  return options;
}

}  // namespace gforbit::job_search
