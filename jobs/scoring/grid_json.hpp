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

/// The text as JSON. `callback` as nlohmann has it.
/// @throws core::InputError  a syntax error, or a number beyond any double
[[nodiscard]] nlohmann::json parse_json(const std::string& text,
                                        const nlohmann::json::parser_callback_t& callback = nullptr);

/// A value in a message: quoted on one line; of a list or an object only that it is one, however deep it is.
[[nodiscard]] std::string shown(const nlohmann::json& json);

}  // namespace gforbit::job_scoring
