/// The options of `gforbit search`.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gforbit/config/command.hpp"
#include "gforbit/search/family.hpp"
#include "skeleton/job.hpp"

namespace gforbit::job_search {

struct Degrees {
  int first = 0, last = 0;  ///< both included
};

struct SearchOptions : skeleton::JobOptions {
  Degrees degrees;
  std::vector<search::Form> forms;
  std::optional<std::uint64_t> random;  ///< functions of each family; nullopt: all
  std::uint64_t seed = 1;
  /// In the order of the results: form by form, each from the smallest degree to the largest.
  std::vector<search::Family> families;
};

[[nodiscard]] config::Command search_command(SearchOptions& options);

/// @throws core::UsageError  with the option and the rule
[[nodiscard]] SearchOptions parse_search_options(skeleton::Arguments arguments);

}  // namespace gforbit::job_search
