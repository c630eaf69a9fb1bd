#include "gforbit/stream/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::stream {

namespace {

template <class T>
Slice<T> gathered(const Slice<T>& from, std::span<const std::uint32_t> rows) {
  if constexpr (std::is_trivially_copyable_v<T>) {
    auto values = make_block<T>(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = from[rows[i]];
    return make_slice(std::move(values));
  } else {
    std::vector<T, BlockAllocator<T>> values;
    values.reserve(rows.size());
    for (const std::uint32_t row : rows) values.push_back(from[row]);
    return make_slice(std::move(values));
  }
}

Indices gathered(const Indices& from, std::span<const std::uint32_t> rows) {
  auto values = make_block<std::uint64_t>(rows.size());
  if (from.is_counting()) {
    const std::uint64_t first = rows.empty() ? 0 : from[0];
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = first + rows[i];
  } else {
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = from[rows[i]];
  }
  return Indices::list(std::move(values));
}

Elements gathered(const Elements& from, std::span<const std::uint32_t> rows) {
  ElementsBuilder builder(from.packed());
  for (const std::uint32_t row : rows) builder.push(from[row]);
  return builder.take();
}

std::uint64_t column_bytes(const Column& column, std::size_t size) {
  if (const auto* const texts = std::get_if<Slice<std::string>>(&column)) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < size; ++i) bytes += sizeof(std::string) + (*texts)[i].size();
    return bytes;
  }
  const auto of_sequence = [](const Elements& e) { return e.packed() ? e.size() / 8 : 4 * e.size(); };
  if (const auto* const sequence = std::get_if<Elements>(&column)) return of_sequence(*sequence);
  if (const auto* const vectors = std::get_if<Slice<Elements>>(&column)) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < size; ++i) bytes += sizeof(Elements) + of_sequence((*vectors)[i]);
    return bytes;
  }
  return 8 * size;
}

void put_elements(core::ByteWriter& out, const Elements& e) {
  out.put(e.packed()).put(e.size());
  if (e.packed()) {
    std::vector<std::uint64_t> words;
    for_each_word(e, [&](std::uint64_t word, int) { words.push_back(word); });
    out.put_array(words);
  } else {
    std::vector<std::uint32_t> symbols;
    for (std::uint64_t i = 0; i < e.size(); ++i) symbols.push_back(static_cast<std::uint32_t>(e[i]));
    out.put_array(symbols);
  }
}

Elements get_elements(core::ByteReader& in) {
  const bool packed = in.get<bool>();
  const auto size = in.get<std::uint64_t>();
  if (!packed) {
    auto symbols = in.get_array<std::uint32_t>();
    if (symbols.size() != size) core::fail_corrupt("has elements of a batch that are too many or too few");
    return Elements::of_symbols(std::move(symbols));
  }
  auto words = in.get_array<std::uint64_t>();
  if (size / 64 + (size % 64 != 0 ? 1 : 0) != words.size())
    core::fail_corrupt("has elements of a batch that are too many or too few");
  return Elements::of_bits(std::move(words), size);
}

Indices concatenated_indices(std::span<const Batch> parts, std::span<const RowRun> runs, std::size_t size) {
  auto list = make_block<std::uint64_t>(size);
  std::uint64_t* next = list.get();
  for (const RowRun& run : runs) {
    const Indices& indices = parts[run.part].indices;
    for (std::size_t i = run.first; i < run.first + run.n; ++i) *next++ = indices[i];
  }
  return Indices::list(std::move(list));
}

/// A column made of runs of values, `size` in all, which `copy` gives one after the other to what it is
/// called with: (values, how many).
template <class T, class Copy>
Slice<T> filled(std::size_t size, Copy copy) {
  if constexpr (std::is_trivially_copyable_v<T>) {
    auto values = make_block<T>(size);
    T* next = values.get();
    copy([&](const T* from, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) *next++ = from[i];
    });
    return make_slice(std::move(values));
  } else {
    std::vector<T, BlockAllocator<T>> values;
    values.reserve(size);
    copy([&](const T* from, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) values.push_back(from[i]);
    });
    return make_slice(std::move(values));
  }
}

/// Where the values of the parts begin is looked up once a part: many streams of few rows each would spend
/// their time on the way there.
template <class C>
C concatenated(std::span<const Batch> parts, std::span<const RowRun> runs, std::size_t column,
               std::size_t size) {
  if constexpr (std::is_same_v<C, Elements>) {
    ElementsBuilder builder(std::get<Elements>(parts[runs[0].part].columns[column]).packed());
    for (const RowRun& run : runs)
      builder.append(std::get<Elements>(parts[run.part].columns[column]).slice(run.first, run.n));
    return builder.take();
  } else {
    using T = typename C::value_type;
    std::vector<const T*> begins;
    begins.reserve(parts.size());
    for (const Batch& part : parts) begins.push_back(&std::get<C>(part.columns[column])[0]);
    return filled<T>(size, [&](const auto& add) {
      for (const RowRun& run : runs) add(begins[run.part] + run.first, run.n);
    });
  }
}

Slice<std::uint8_t> concatenated_nulls(std::span<const Batch> parts, std::span<const RowRun> runs,
                                       std::size_t column, std::size_t size) {
  if (std::ranges::none_of(runs,
                           [&](const RowRun& run) { return parts[run.part].columns[column].has_nulls(); }))
    return {};
  auto nulls = make_block<std::uint8_t>(size);
  std::uint8_t* next = nulls.get();
  for (const RowRun& run : runs) {
    const Column& from = parts[run.part].columns[column];
    for (std::size_t i = run.first; i < run.first + run.n; ++i) *next++ = from.is_null(i) ? 1 : 0;
  }
  return make_slice(std::move(nulls));
}

}  // namespace

bool Indices::are_those_of(const Indices& other, std::size_t n) const noexcept {
  const bool one =
      is_counting() ? other.is_counting() && first_ == other.first_ : values_.begin == other.values_.begin;
  if (one && is_counting()) return true;
  for (std::size_t i = 0; i < n; ++i) {
    if ((!one && (*this)[i] != other[i]) || (i > 0 && (*this)[i] == (*this)[i - 1])) return false;
  }
  return true;
}

std::string_view type_name(Type type) noexcept {
  constexpr std::string_view kNames[] = {"int64", "float64", "text", "element", "elements", "uint64"};
  return kNames[static_cast<std::size_t>(type)];
}

// ---- schema -----------------------------------------------------------------------------------------------

Schema::Schema(std::vector<ColumnType> columns) : columns_(std::move(columns)) {
  std::unordered_set<std::string_view> names;
  for (const ColumnType& column : columns_) {
    if (!names.insert(column.name).second)
      throw core::InputError(fmt::format("two columns are named {}", core::quoted(column.name)));
  }
}

std::optional<std::size_t> Schema::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(columns_, name, &ColumnType::name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::size_t Schema::index_of(std::string_view name) const {
  if (const auto found = find(name)) return *found;
  throw core::InputError(fmt::format("there is no column {}; the columns here: {}", core::quoted(name),
                                     columns_.empty() ? "none" : text()));
}

std::string Schema::text() const {
  std::string text;
  for (const ColumnType& column : columns_)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", column.name, type_name(column.type));
  return text;
}

// ---- batch ------------------------------------------------------------------------------------------------

Value Batch::value(std::size_t column, std::size_t row) const {
  if (columns[column].is_null(row)) return Null{};
  return std::visit(
      [&]<class C>(const C& values) -> Value {
        if constexpr (std::is_same_v<C, Elements>) {
          return static_cast<std::int64_t>(values[row]);
        } else {
          return values[row];
        }
      },
      static_cast<const AnyColumn&>(columns[column]));
}

Batch Batch::slice(std::size_t first, std::size_t n) const {
  Batch part{n, indices.slice(first), columns};
  for (Column& column : part.columns) {
    std::visit(
        [&]<class C>(C& values) {
          if constexpr (std::is_same_v<C, Elements>) {
            values = values.slice(first, n);
          } else {
            values = values.from(first);
          }
        },
        static_cast<AnyColumn&>(column));
    if (column.has_nulls()) column.nulls = column.nulls.from(first);
  }
  return part;
}

Batch Batch::gather(std::span<const std::uint32_t> rows) const {
  Batch part{rows.size(), gathered(indices, rows), {}};
  part.columns.reserve(columns.size());
  for (const Column& column : columns) {
    std::visit([&](const auto& values) { part.columns.emplace_back(gathered(values, rows)); },
               static_cast<const AnyColumn&>(column));
    if (column.has_nulls()) part.columns.back().nulls = gathered(column.nulls, rows);
  }
  return part;
}

std::uint64_t Batch::bytes() const noexcept {
  std::uint64_t bytes = sizeof(Batch) + (indices.is_counting() ? 0 : 8 * size);
  for (const Column& column : columns) bytes += column_bytes(column, size);
  return bytes;
}

Batch concatenate(std::span<const Batch> parts) {
  std::vector<RowRun> runs;
  for (std::size_t i = 0; i < parts.size(); ++i) runs.push_back({i, 0, parts[i].size});
  return concatenate(parts, runs);
}

Batch concatenate(std::span<const Batch> parts, std::span<const RowRun> runs) {
  const Batch& first = parts[runs[0].part];
  if (runs.size() == 1) return runs[0].n == first.size ? first : first.slice(runs[0].first, runs[0].n);
  Batch whole;
  for (const RowRun& run : runs) whole.size += run.n;
  whole.indices = concatenated_indices(parts, runs, whole.size);
  for (std::size_t c = 0; c < first.columns.size(); ++c) {
    std::visit(
        [&]<class C>(const C&) { whole.columns.emplace_back(concatenated<C>(parts, runs, c, whole.size)); },
        static_cast<const AnyColumn&>(first.columns[c]));
    whole.columns.back().nulls = concatenated_nulls(parts, runs, c, whole.size);
  }
  return whole;
}

namespace {

template <class C>
C interleaved(std::span<const RowsFrom> parts, std::size_t column, std::size_t n) {
  if constexpr (std::is_same_v<C, Elements>) {
    ElementsBuilder builder(std::get<Elements>(parts[0].batch->columns[column]).packed());
    for (std::size_t row = 0; row < n; ++row) {
      for (const RowsFrom& part : parts)
        builder.push(std::get<Elements>(part.batch->columns[column])[part.first + row]);
    }
    return builder.take();
  } else {
    using T = typename C::value_type;
    std::vector<const T*> begins;
    begins.reserve(parts.size());
    for (const RowsFrom& part : parts)
      begins.push_back(&std::get<C>(part.batch->columns[column])[part.first]);
    return filled<T>(n * parts.size(), [&](const auto& add) {
      for (std::size_t row = 0; row < n; ++row) {
        for (const T* const begin : begins) add(begin + row, 1);
      }
    });
  }
}

Slice<std::uint8_t> interleaved_nulls(std::span<const RowsFrom> parts, std::size_t column, std::size_t n) {
  if (std::ranges::none_of(parts, [&](const RowsFrom& p) { return p.batch->columns[column].has_nulls(); }))
    return {};
  auto nulls = make_block<std::uint8_t>(n * parts.size());
  std::uint8_t* next = nulls.get();
  for (std::size_t row = 0; row < n; ++row) {
    for (const RowsFrom& part : parts)
      *next++ = part.batch->columns[column].is_null(part.first + row) ? 1 : 0;
  }
  return make_slice(std::move(nulls));
}

}  // namespace

Batch interleave(std::span<const RowsFrom> parts, std::size_t n) {
  Batch whole{n * parts.size(), {}, {}};
  auto list = make_block<std::uint64_t>(whole.size);
  for (std::size_t row = 0; row < n; ++row) {
    std::fill_n(list.get() + row * parts.size(), parts.size(), parts[0].batch->indices[parts[0].first + row]);
  }
  whole.indices = Indices::list(std::move(list));
  const Batch& first = *parts[0].batch;
  for (std::size_t c = 0; c < first.columns.size(); ++c) {
    std::visit([&]<class C>(const C&) { whole.columns.emplace_back(interleaved<C>(parts, c, n)); },
               static_cast<const AnyColumn&>(first.columns[c]));
    whole.columns.back().nulls = interleaved_nulls(parts, c, n);
  }
  return whole;
}

namespace {

std::string quoted_text(std::string_view text) {
  static constexpr std::string_view kPlain = "\b\f\n\r\t\"\\", kLetters = "bfnrt\"\\";
  std::string quoted = "\"";
  for (const char c : text) {
    if (const auto known = kPlain.find(c); known != std::string_view::npos) {
      quoted += '\\';
      quoted += kLetters[known];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// 1.0: a real number looks like one.
std::string real_text(double value) {
  if (std::isnan(value)) return "null";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string json_value(const Value& value, std::uint64_t most_elements) {
  return std::visit(
      [&]<class T>(const T& v) -> std::string {
        if constexpr (std::is_same_v<T, Null>) {
          return "null";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return quoted_text(v);
        } else if constexpr (std::is_same_v<T, Elements>) {
          if (v.size() <= most_elements) return quoted_text(v.text());
          return quoted_text(fmt::format("{},... ({} in all)", v.slice(0, most_elements).text(), v.size()));
        } else if constexpr (std::is_same_v<T, double>) {
          return real_text(v);
        } else {
          return fmt::format("{}", v);
        }
      },
      value);
}

}  // namespace

std::string text_of_row(const Schema& schema, const Batch& batch, std::size_t row,
                        std::uint64_t most_elements) {
  std::string text = "{";
  for (std::size_t c = 0; c < schema.size(); ++c) {
    if (c > 0) text += ", ";
    text += quoted_text(schema[c].name);
    text += ": ";
    text += json_value(batch.value(c, row), most_elements);
  }
  return text + "}";
}

namespace {

/// Beside the type of a column.
constexpr std::uint8_t kHasNulls = 0x80;

}  // namespace

void put_batch(core::ByteWriter& out, const Batch& batch) {
  out.put(static_cast<std::uint64_t>(batch.size)).put(batch.indices.is_counting());
  if (batch.indices.is_counting()) {
    out.put(batch.size > 0 ? batch.indices[0] : std::uint64_t{0});
  } else {
    for (std::size_t i = 0; i < batch.size; ++i) out.put(batch.indices[i]);
  }
  out.put(static_cast<std::uint64_t>(batch.columns.size()));
  for (const Column& column : batch.columns) {
    out.put(static_cast<std::uint8_t>(column.index() | (column.has_nulls() ? kHasNulls : 0)));
    for (std::size_t i = 0; column.has_nulls() && i < batch.size; ++i) out.put(column.nulls[i]);
    std::visit(
        [&]<class C>(const C& values) {
          if constexpr (std::is_same_v<C, Elements>) {
            put_elements(out, values.slice(0, batch.size));
          } else {
            for (std::size_t i = 0; i < batch.size; ++i) {
              if constexpr (std::is_same_v<C, Slice<std::string>>) {
                out.put_text(values[i]);
              } else if constexpr (std::is_same_v<C, Slice<Elements>>) {
                put_elements(out, values[i]);
              } else {
                out.put(values[i]);
              }
            }
          }
        },
        static_cast<const AnyColumn&>(column));
  }
}

namespace {

template <class T, class Get>
Column read_column(core::ByteReader& in, std::size_t n, Get get) {
  in.expect(n, sizeof(std::uint64_t));
  std::vector<T> values;
  values.reserve(n);
  for (std::size_t i = 0; i < n; ++i) values.push_back(get());
  return make_slice(std::move(values));
}

Column read_values(core::ByteReader& in, Type type, std::size_t n) {
  switch (type) {
    case Type::int64:
      return read_column<std::int64_t>(in, n, [&] { return in.get<std::int64_t>(); });
    case Type::float64:
      return read_column<double>(in, n, [&] { return in.get<double>(); });
    case Type::text:
      return read_column<std::string>(in, n, [&] { return in.get_text(); });
    case Type::element: {
      Elements elements = get_elements(in);
      if (elements.size() != n) core::fail_corrupt("has a column of a batch that is too short or too long");
      return elements;
    }
    case Type::elements:
      return read_column<Elements>(in, n, [&] { return get_elements(in); });
    case Type::uint64:
      return read_column<std::uint64_t>(in, n, [&] { return in.get<std::uint64_t>(); });
  }
  core::fail_corrupt("has a column of a batch of no known type");
}

Column read_column(core::ByteReader& in, std::size_t n) {
  const auto kind = in.get<std::uint8_t>();
  Slice<std::uint8_t> nulls;
  if ((kind & kHasNulls) != 0) {
    in.expect(n, 1);
    std::vector<std::uint8_t> flags(n);
    for (std::uint8_t& flag : flags) flag = in.get<std::uint8_t>();
    nulls = make_slice(std::move(flags));
  }
  Column column = read_values(in, static_cast<Type>(kind & ~kHasNulls), n);
  column.nulls = std::move(nulls);
  return column;
}

}  // namespace

Batch get_batch(core::ByteReader& in) {
  Batch batch;
  batch.size = in.get<std::uint64_t>();
  if (in.get<bool>()) {
    batch.indices = Indices::counting(in.get<std::uint64_t>());
  } else {
    in.expect(batch.size, sizeof(std::uint64_t));
    std::vector<std::uint64_t> list(batch.size);
    for (std::uint64_t& index : list) index = in.get<std::uint64_t>();
    batch.indices = Indices::list(std::move(list));
  }
  const auto columns = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < columns; ++i) batch.columns.push_back(read_column(in, batch.size));
  return batch;
}

// ---- builder ----------------------------------------------------------------------------------------------

BatchBuilder::BatchBuilder(const Schema& schema) {
  for (const ColumnType& column : schema.columns()) {
    switch (column.type) {
      case Type::int64:
        columns_.push_back({std::vector<std::int64_t>{}});
        break;
      case Type::float64:
        columns_.push_back({std::vector<double>{}});
        break;
      case Type::text:
        columns_.push_back({std::vector<std::string>{}});
        break;
      case Type::element:
        columns_.push_back({ElementsBuilder(column.field->order() == 2)});
        break;
      case Type::elements:
        columns_.push_back({std::vector<Elements>{}});
        break;
      case Type::uint64:
        columns_.push_back({std::vector<std::uint64_t>{}});
        break;
    }
  }
}

namespace {

/// What stands where a value is missing.
template <class C>
void push_nothing(C& column) {
  if constexpr (std::is_same_v<C, ElementsBuilder>) {
    column.push(0);
  } else if constexpr (std::is_same_v<C, std::vector<double>>) {
    column.push_back(std::numeric_limits<double>::quiet_NaN());
  } else {
    column.emplace_back();
  }
}

}  // namespace

void BatchBuilder::add(std::uint64_t index, std::span<Value> values) {
  assert(values.size() == columns_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_null = std::holds_alternative<Null>(values[i]);
    if (is_null) {
      columns_[i].nulls.resize(indices_.size() + 1, 0);
      columns_[i].nulls.back() = 1;
    }
    std::visit(
        [&]<class C>(C& column) {
          if (is_null) {
            push_nothing(column);
          } else if constexpr (std::is_same_v<C, ElementsBuilder>) {
            column.push(static_cast<std::uint64_t>(std::get<std::int64_t>(values[i])));
          } else {
            column.push_back(std::get<typename C::value_type>(std::move(values[i])));
          }
        },
        columns_[i].values);
  }
  indices_.push_back(index);
}

Batch BatchBuilder::take() {
  Batch batch;
  batch.size = indices_.size();
  batch.indices = Indices::list(std::exchange(indices_, {}));
  for (ColumnBuilder& builder : columns_) {
    std::visit(
        [&]<class C>(C& column) {
          if constexpr (std::is_same_v<C, ElementsBuilder>) {
            batch.columns.emplace_back(column.take());
          } else {
            batch.columns.emplace_back(make_slice(std::exchange(column, {})));
          }
        },
        builder.values);
    const bool has_nulls = !std::holds_alternative<std::vector<double>>(builder.values);
    builder.nulls.resize(has_nulls && !builder.nulls.empty() ? batch.size : 0, 0);
    if (!builder.nulls.empty()) batch.columns.back().nulls = make_slice(std::exchange(builder.nulls, {}));
  }
  return batch;
}

}  // namespace gforbit::stream
