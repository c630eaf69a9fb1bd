#include "scoring/grid_json.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "gforbit/core/error.hpp"
#include "gforbit/core/json_error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_scoring {

namespace {

using Json = nlohmann::json;

scoring::Color color_from_json(const Json& json, std::size_t row, std::size_t column) {
  const bool natural = json.is_number_unsigned();
  const bool fits = natural ? json.get<std::uint64_t>() <=
                                  static_cast<std::uint64_t>(std::numeric_limits<scoring::Color>::max())
                            : json.is_number_integer() &&
                                  json.get<std::int64_t>() >= std::numeric_limits<scoring::Color>::min();
  if (!fits) {
    throw core::InputError(fmt::format("row {}, column {} is {}: expected an integer of 32 bits", row + 1,
                                       column + 1, shown(json)));
  }
  return static_cast<scoring::Color>(json.get<std::int64_t>());
}

}  // namespace

scoring::Grid grid_from_json(const Json& json) {
  if (!json.is_array() || json.empty() || !json[0].is_array() || json[0].empty())
    throw core::InputError("expected a grid: a list of equally long rows, at least one cell");
  const std::size_t columns = json[0].size();
  if (json.size() > scoring::kMostCells / columns)
    throw core::InputError(fmt::format("{} x {} cells are more than the {} of the largest grid", json.size(),
                                       columns, scoring::kMostCells));
  scoring::Grid grid(static_cast<int>(json.size()), static_cast<int>(columns));
  auto cell = grid.cells().begin();
  for (std::size_t r = 0; r < json.size(); ++r) {
    if (!json[r].is_array() || json[r].size() != columns)
      throw core::InputError(fmt::format("row {} is no list of {} cells, as row 1 is", r + 1, columns));
    for (std::size_t c = 0; c < columns; ++c) *cell++ = color_from_json(json[r][c], r, c);
  }
  return grid;
}

void append_grid(std::string& text, const scoring::Grid& grid) {
  std::array<char, 16> digits{};
  auto cell = grid.cells().begin();
  text += '[';
  for (int r = 0; r < grid.rows(); ++r) {
    text += r > 0 ? ",[" : "[";
    for (int c = 0; c < grid.columns(); ++c) {
      if (c > 0) text += ',';
      text.append(digits.data(), std::to_chars(digits.begin(), digits.end(), *cell++).ptr);
    }
    text += ']';
  }
  text += ']';
}

Json parse_json(const std::string& text, const Json::parser_callback_t& callback) try {
  return Json::parse(text, callback);
} catch (const Json::exception& error) {
  throw core::InputError(fmt::format("not valid JSON: {}", core::json_reason(error.what())));
}

std::string shown(const Json& json) {
  if (json.is_array()) return "a list";  // dump() descends by recursion
  if (json.is_object()) return "an object";
  return core::quoted(json.dump(-1, ' ', false, Json::error_handler_t::replace), 40);
}

}  // namespace gforbit::job_scoring
