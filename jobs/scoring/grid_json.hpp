/// Grids in JSON: lists of equally long rows of integers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "gforbit/scoring/grid.hpp"

namespace gforbit::job_scoring {

/// @throws core::InputError  the rule that is broken, with the row where there is one
[[nodiscard]] scoring::Grid grid_from_json(const nlohmann::json& json);

/// `[[1,2],[3,4]]`, appended.
void append_grid(std::string& text, const scoring::Grid& grid);

/// What nlohmann says of a syntax error, without its own name and what was read last.
[[nodiscard]] std::string syntax_error_text(const nlohmann::json::parse_error& error);

}  // namespace gforbit::job_scoring
