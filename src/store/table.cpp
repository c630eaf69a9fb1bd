#include "gforbit/store/table.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "gforbit/core/error.hpp"

namespace gforbit::store {

std::string_view name_of(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::uint64:
      return "uint64";
    case ColumnType::int64:
      return "int64";
    case ColumnType::int32:
      return "int32";
    case ColumnType::int8:
      return "int8";
    case ColumnType::uint8:
      return "uint8";
    case ColumnType::float64:
      return "float64";
    case ColumnType::fixed_text:
      return "fixed_text";
    case ColumnType::text:
      return "text";
  }
  return "unknown";
}

namespace {
ColumnData empty_column(ColumnType type) {
  switch (type) {
    case ColumnType::uint64:
      return std::vector<std::uint64_t>{};
    case ColumnType::int64:
      return std::vector<std::int64_t>{};
    case ColumnType::int32:
      return std::vector<std::int32_t>{};
    case ColumnType::int8:
      return std::vector<std::int8_t>{};
    case ColumnType::uint8:
      return std::vector<std::uint8_t>{};
    case ColumnType::float64:
      return std::vector<double>{};
    case ColumnType::fixed_text:
    case ColumnType::text:
      return std::vector<std::string>{};
  }
  throw core::InternalError("column type out of range");
}

std::size_t length(const ColumnData& column) {
  return std::visit([](const auto& values) { return values.size(); }, column);
}
}  // namespace

Table::Table(TableSpec spec) : spec_(std::move(spec)) {
  if (spec_.columns.empty()) throw core::InternalError(fmt::format("table '{}' has no columns", spec_.path));
  data_.reserve(spec_.columns.size());
  std::unordered_set<std::string_view> names;
  for (const ColumnSpec& column : spec_.columns) {
    if (!names.insert(column.name).second) {
      throw core::InternalError(fmt::format("table '{}' has two columns '{}'", spec_.path, column.name));
    }
    if (!column.flag_meanings.empty() && column.type != ColumnType::int8) {
      throw core::InternalError(
          fmt::format("'{}/{}' has categories but is not int8", spec_.path, column.name));
    }
    data_.push_back(empty_column(column.type));
  }
}

std::size_t Table::index_of(std::string_view name) const {
  for (std::size_t i = 0; i < spec_.columns.size(); ++i) {
    if (spec_.columns[i].name == name) return i;
  }
  throw core::InternalError(fmt::format("table '{}' has no column '{}'", spec_.path, name));
}

bool Table::has_column(std::string_view name) const noexcept {
  return std::any_of(spec_.columns.begin(), spec_.columns.end(),
                     [&](const ColumnSpec& column) { return column.name == name; });
}

void Table::append_rows(const Table& other, std::size_t first, std::size_t n) {
  if (other.data_.size() != data_.size()) {
    throw core::InternalError(fmt::format("rows of {} columns appended to table '{}' of {}",
                                          other.data_.size(), spec_.path, data_.size()));
  }
  for (std::size_t i = 0; i < data_.size(); ++i) {
    if (data_[i].index() != other.data_[i].index()) fail_type(i);
    if (first > length(other.data_[i]) || n > length(other.data_[i]) - first) {
      throw core::InternalError(fmt::format("rows {} to {} do not exist in column '{}' of {} rows", first,
                                            first + n, other.spec_.columns[i].name, length(other.data_[i])));
    }
  }
  for (std::size_t i = 0; i < data_.size(); ++i) {
    std::visit(
        [&]<class T>(std::vector<T>& values) {
          const auto& from = std::get<std::vector<T>>(other.data_[i]);
          const auto begin = std::next(from.begin(), static_cast<std::ptrdiff_t>(first));
          values.insert(values.end(), begin, std::next(begin, static_cast<std::ptrdiff_t>(n)));
        },
        data_[i]);
  }
}

void Table::drop_front(std::size_t n) {
  for (ColumnData& column : data_) {
    std::visit(
        [n](auto& values) {
          const std::size_t count = std::min(n, values.size());
          values.erase(values.begin(), std::next(values.begin(), static_cast<std::ptrdiff_t>(count)));
        },
        column);
  }
}

std::size_t Table::n_rows() const {
  const std::size_t n = length(data_.front());
  for (std::size_t i = 1; i < data_.size(); ++i) {
    if (length(data_[i]) != n) {
      throw core::InternalError(fmt::format("table '{}': column '{}' has {} rows, column '{}' has {}",
                                            spec_.path, spec_.columns[i].name, length(data_[i]),
                                            spec_.columns[0].name, n));
    }
  }
  return n;
}

void Table::fail_count(std::size_t given) const {
  throw core::InternalError(
      fmt::format("a row of table '{}' has {} values, given were {}", spec_.path, data_.size(), given));
}

void Table::fail_type(std::size_t column) const {
  throw core::InternalError(
      fmt::format("column '{}' of table '{}' is {}: a value of another type was given or asked for",
                  spec_.columns[column].name, spec_.path, name_of(spec_.columns[column].type)));
}

void Table::fail_range(std::size_t column, const std::string& value) const {
  throw core::InternalError(fmt::format("{} does not fit column '{}' of table '{}', which is {}", value,
                                        spec_.columns[column].name, spec_.path,
                                        name_of(spec_.columns[column].type)));
}

}  // namespace gforbit::store
