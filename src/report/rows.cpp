#include "gforbit/report/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::report {

void require_table(const store::ResultReader& reader, const store::TableSpec& expected) {
  const store::TableSpec found = reader.spec(expected.path);
  for (const store::ColumnSpec& column : expected.columns) {
    const auto same_name = [&](const store::ColumnSpec& other) { return other.name == column.name; };
    const auto other = std::find_if(found.columns.begin(), found.columns.end(), same_name);
    if (other == found.columns.end()) {
      throw core::InputError(fmt::format("'{}': table '{}' has no column '{}'", reader.path().string(),
                                         expected.path, column.name));
    }
    if (other->type != column.type) {
      throw core::InputError(fmt::format("'{}': column '{}/{}' is {}, not {}", reader.path().string(),
                                         expected.path, column.name, name_of(other->type),
                                         name_of(column.type)));
    }
    if (other->flag_meanings != column.flag_meanings) {
      throw core::InputError(fmt::format(
          "'{}': column '{}/{}' has the categories {}, not {}", reader.path().string(), expected.path,
          column.name, fmt::join(other->flag_meanings, " "), fmt::join(column.flag_meanings, " ")));
    }
  }
}

GroupedRows::GroupedRows(const store::ResultReader& reader, std::string table, const std::string& group)
    : reader_(reader),
      table_(std::move(table)),
      group_(group),
      n_rows_(reader.n_rows(table_)),
      block_(read_block()) {}

store::Table GroupedRows::read_block() {
  store::Table block = reader_.read(table_, next_, kBlockRows);
  if (!block.has_column(group_) ||
      block.spec().columns[block.index_of(group_)].type != store::ColumnType::uint64) {
    throw core::InputError(
        fmt::format("'{}': table '{}' has no uint64 column '{}'", reader_.path().string(), table_, group_));
  }
  next_ += block.n_rows();
  groups_ = block.column<std::uint64_t>(group_);
  return block;
}

bool GroupedRows::has_row() {
  if (row_ < groups_.size()) return true;
  if (next_ >= n_rows_) return false;
  block_ = read_block();
  row_ = 0;
  return true;
}

void GroupedRows::fail_unsorted() const {
  throw core::InputError(
      fmt::format("'{}': table '{}' is not sorted by '{}', or names one that does not exist: row {}",
                  reader_.path().string(), table_, group_, next_ - groups_.size() + row_));
}

RowFormat::RowFormat(const store::TableSpec& spec) {
  for (const store::ColumnSpec& column : spec.columns) {
    keys_.push_back(json_text(column.name));
    std::size_t twin = kNoTwin;
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
      if (column.type == store::ColumnType::uint64 && spec.columns[i].name == column.name + "_decimal")
        twin = i;
    }
    twins_.push_back(twin);
  }
}

std::string RowFormat::text(const store::Table& block, std::size_t column, std::size_t row) const {
  return std::visit(
      [&]<class T>(const std::vector<T>& values) -> std::string {
        if constexpr (std::same_as<T, std::string>) {
          return values[row];
        } else if constexpr (std::same_as<T, std::int8_t>) {
          const auto& meanings = block.spec().columns[column].flag_meanings;
          const auto code = static_cast<std::size_t>(values[row]);
          if (values[row] >= 0 && code < meanings.size()) return meanings[code];
          return fmt::format("{}", static_cast<int>(values[row]));
        } else if constexpr (std::same_as<T, std::uint8_t>) {
          return fmt::format("{}", static_cast<unsigned>(values[row]));
        } else {
          if constexpr (std::same_as<T, double>) {
            if (std::isnan(values[row]))
              return "nan";  // whatever its sign bit, which processors set differently
          }
          return fmt::format("{}", values[row]);
        }
      },
      block.data(column));
}

std::string RowFormat::json(const store::Table& block, std::size_t column, std::size_t row) const {
  const store::ColumnSpec& spec = block.spec().columns[column];
  if (spec.type == store::ColumnType::float64) {
    const double value = std::get<std::vector<double>>(block.data(column))[row];
    if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return nlohmann::json(value).dump();
  }
  const std::string plain = text(block, column, row);
  const bool is_text = spec.type == store::ColumnType::text || spec.type == store::ColumnType::fixed_text;
  if (is_text || !spec.flag_meanings.empty()) return json_text(plain);
  if (twins_[column] != kNoTwin && text(block, twins_[column], row) != plain) return "null";
  return plain;
}

std::string RowFormat::json_members(const store::Table& block, std::size_t row) const {
  std::string members;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (i > 0) members += ", ";
    members += keys_[i];
    members += ": ";
    members += json(block, i, row);
  }
  return members;
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace gforbit::report
