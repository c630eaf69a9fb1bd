#include "register_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::report {

namespace {

bool has_column(const store::TableSpec& spec, std::string_view name) {
  return std::ranges::find(spec.columns, name, &store::ColumnSpec::name) != spec.columns.end();
}

/// What tells rows apart besides their number: their own id, or family and rank of a search.
std::string id_of(const store::Table& block, std::size_t row) {
  if (block.has_column("id")) {
    if (const auto& id = block.column<std::string>("id")[row]; !id.empty()) return id;
  }
  if (!block.has_column("family") || !block.has_column("rank")) return {};
  return fmt::format("{}/{}", block.column<std::uint64_t>("family")[row],
                     block.column<std::uint64_t>("rank")[row]);
}

/// `x2*x4` as `(2,4)`, `x2` as `2`; nullopt: it is no product of cells.
std::optional<std::string> cells_of(std::string_view term) {
  std::vector<std::string_view> cells;
  for (const std::string_view factor : core::split(term, '*')) {
    const auto cell = core::trimmed(factor);
    if (!cell.starts_with('x') || !core::parse_u64(cell.substr(1))) return std::nullopt;
    cells.push_back(cell.substr(1));
  }
  return cells.size() == 1 ? std::string(cells[0]) : fmt::format("({})", fmt::join(cells, ","));
}

}  // namespace

bool is_register_format(ExportFormat format) noexcept {
  return format == ExportFormat::batch || format == ExportFormat::dubrova;
}

RegisterLines::RegisterLines(const store::TableSpec& spec, std::string name, ExportFormat format)
    : name_(std::move(name)), format_(format) {
  if (!has_column(spec, "degree") || !has_column(spec, "feedback"))
    throw core::UsageError(fmt::format(
        "{} has no registers (columns degree and feedback): export it as csv or jsonl", core::quoted(name_)));
}

std::string RegisterLines::lines(const store::Table& block, std::uint64_t first) {
  std::string lines;
  for (std::size_t row = 0; row < block.n_rows(); ++row) {
    lines += format_ == ExportFormat::batch ? batch_line(block, row) : cells_line(block, row, first + row);
    lines += '\n';
  }
  return lines;
}

std::string RegisterLines::batch_line(const store::Table& block, std::size_t row) {
  nlohmann::ordered_json line;
  if (std::string id = id_of(block, row); !id.empty()) line["id"] = std::move(id);
  if (const std::string& text = block.column<std::string>("feedback")[row]; text.starts_with('{')) {
    line["system"] = nlohmann::ordered_json::parse(text);  // it says the field and its cells
    return line.dump();
  }
  line["field"] = block.has_column("field_order") ? block.column<std::uint64_t>("field_order")[row] : 2;
  if (block.has_column("modulus")) {
    for (const std::string_view coefficient : core::split(block.column<std::string>("modulus")[row], ',')) {
      if (const auto value = core::parse_u64(coefficient)) line["modulus"].push_back(*value);
    }
  }
  line["degree"] = block.column<std::int32_t>("degree")[row];
  line["feedback"] = block.column<std::string>("feedback")[row];
  return line.dump();
}

std::string RegisterLines::cells_line(const store::Table& block, std::size_t row, std::uint64_t number) {
  const int degree = block.column<std::int32_t>("degree")[row];
  if (degree_ != 0 && degree != degree_)
    refuse(number, fmt::format("it has {} cells and the rows before {}, which the notation does not say",
                               degree, degree_));
  degree_ = degree;
  const std::string& feedback = block.column<std::string>("feedback")[row];
  const bool has_other_elements =
      block.has_column("field_order") && block.column<std::uint64_t>("field_order")[row] != 2;
  std::string line;
  for (const std::string_view term : core::split(feedback, '+')) {
    const auto cells = cells_of(term);
    if (has_other_elements || !cells)
      refuse(number, fmt::format("{} is no sum of products of cells over GF(2)", core::quoted(feedback)));
    line += (line.empty() ? "" : ",") + *cells;
  }
  return line;
}

void RegisterLines::refuse(std::uint64_t number, const std::string& why) const {
  throw core::UsageError(
      fmt::format("{}, row {}: {}: use the format batch", core::quoted(name_), number, why));
}

}  // namespace gforbit::report
