/// The options of `gforbit search`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/config/command.hpp"
#include "gforbit/search/family.hpp"
#include "gforbit/search/goal.hpp"
#include "gforbit/search/template.hpp"
#include "skeleton/job.hpp"

namespace gforbit::job_search {

struct Degrees {
  int first = 0, last = 0;  ///< both included
};

struct SearchOptions : skeleton::JobOptions {
  std::uint64_t field = 2;
  Degrees degrees;
  std::vector<search::Form> forms;
  std::optional<search::Template> pattern;
  std::optional<std::string> batch;     ///< JSONL file, "-": standard input; then nothing of the above
  std::optional<std::uint64_t> random;  ///< functions of each family; nullopt: all
  std::uint64_t seed = 1;
  search::Goal goal;
};

[[nodiscard]] config::Command search_command(SearchOptions& options);

/// @throws core::UsageError  with the option and the rule
[[nodiscard]] SearchOptions parse_search_options(skeleton::Arguments arguments);

}  // namespace gforbit::job_search
