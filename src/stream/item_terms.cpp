#include "item_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::stream {

namespace {

/// A formula before its schema is known. It owns the text it points into.
struct Unbound {
  std::string name;
  std::string text;
  Expression expression;
  [[nodiscard]] Formula bind(const Schema& schema) const { return {text, expression, schema}; }
};

Unbound unbound(const Arguments& a, const Argument& argument) {
  return {argument.name, std::string(a.text()), argument.value};
}

/// Items that are errors are said to be so, each once, and left out of `out`, which has a row for each of
/// `in`.
Batch without_errors(const Batch& in, Batch out, std::vector<RowError>& errors, Context& context) {
  if (errors.empty()) return out;
  std::ranges::stable_sort(errors, {}, &RowError::row);
  std::vector<std::uint32_t> rows;
  std::size_t next = 0;
  for (std::uint32_t row = 0; row < in.size; ++row) {
    if (next == errors.size() || errors[next].row != row) {
      rows.push_back(row);
      continue;
    }
    context.fail_row(in, row, errors[next].message);
    while (next < errors.size() && errors[next].row == row) ++next;
  }
  return out.gather(rows);
}

Batch kept_rows(const Batch& in, std::span<const std::uint32_t> rows) {
  return rows.size() == in.size ? in : in.gather(rows);
}

/// Puts out the columns that stand at `places_`.
class Places : public Stateless {
 public:
  [[nodiscard]] Batch apply(const Batch& in, Context&) const override {
    Batch out{in.size, in.indices, {}};
    for (const std::size_t place : places_) out.columns.push_back(in.columns[place]);
    return out;
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t n) const override {
    ColumnSet needed(n, false);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (wanted[i]) needed[places_[i]] = true;
    }
    return needed;
  }
  [[nodiscard]] bool keeps_count() const override { return true; }
  [[nodiscard]] bool may_fail() const override { return false; }

 protected:
  std::vector<std::size_t> places_;
};

/// New columns, or others in place of those that there are.
class Map final : public Stateless {
 public:
  explicit Map(std::vector<Unbound> definitions) : definitions_(std::move(definitions)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns = in.columns();
    for (const Unbound& definition : definitions_) {
      formulas_.push_back(definition.bind(in));
      const ColumnType column{definition.name, formulas_.back().type(), {}, formulas_.back().is_nullable()};
      may_fail_ = may_fail_ || formulas_.back().may_fail();
      const auto found = std::ranges::find(columns, column.name, &ColumnType::name);
      places_.push_back(static_cast<std::size_t>(found - columns.begin()));
      if (found == columns.end()) {
        columns.push_back(column);
      } else {
        *found = column;
      }
    }
    width_ = columns.size();
    return Schema(std::move(columns));
  }

  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    Batch out = in;
    out.columns.resize(width_);
    std::vector<RowError> errors;
    for (std::size_t i = 0; i < formulas_.size(); ++i)
      out.columns[places_[i]] = formulas_[i].evaluate(in, errors);
    return without_errors(in, std::move(out), errors, context);
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t n) const override {
    ColumnSet needed(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(n));
    for (const std::size_t place : places_) {
      if (place < n) needed[place] = false;
    }
    for (const Formula& formula : formulas_) formula.add_columns(needed);
    return needed;
  }
  [[nodiscard]] bool keeps_count() const override { return true; }
  [[nodiscard]] bool may_fail() const override { return may_fail_; }

 private:
  std::vector<Unbound> definitions_;
  std::vector<Formula> formulas_;
  std::vector<std::size_t> places_;
  std::size_t width_ = 0;
  bool may_fail_ = false;
};

class Filter final : public Stateless {
 public:
  explicit Filter(Unbound condition) : condition_(std::move(condition)) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    formula_.emplace(condition_.bind(in));
    if (formula_->type() == Type::text)
      throw SyntaxError(condition_.text, condition_.expression.begin,
                        "a condition must be a number, not a text");
    return in;
  }
  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    std::vector<RowError> errors;
    const Rows rows = formula_->rows(in, errors);
    for (const RowError& error : errors) context.fail_row(in, error.row, error.message);
    return kept_rows(in, rows.span());
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override {
    ColumnSet needed = wanted;
    formula_->add_columns(needed);
    return needed;
  }

 private:
  Unbound condition_;
  std::optional<Formula> formula_;
};

/// All columns but the named ones.
class Drop final : public Places {
 public:
  explicit Drop(std::vector<std::string> names) : names_(std::move(names)) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<bool> stays(in.size(), true);
    for (const std::string& name : names_) stays[in.index_of(name)] = false;
    std::vector<ColumnType> columns;
    for (std::size_t c = 0; c < in.size(); ++c) {
      if (!stays[c]) continue;
      places_.push_back(c);
      columns.push_back(in[c]);
    }
    return Schema(std::move(columns));
  }

 private:
  std::vector<std::string> names_;
};

/// Only the named columns, in this order, some under another name.
class Select final : public Places {
 public:
  /// @param names    pairs of new and old name
  /// @param others   the other columns stay too, where they are
  Select(std::vector<std::pair<std::string, std::string>> names, bool others)
      : names_(std::move(names)), others_(others) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns;
    if (others_) {
      columns = in.columns();
      for (std::size_t c = 0; c < in.size(); ++c) places_.push_back(c);
      for (const auto& [name, old] : names_) columns[in.index_of(old)].name = name;
    } else {
      for (const auto& [name, old] : names_) {
        places_.push_back(in.index_of(old));
        columns.push_back(in[places_.back()]);
        columns.back().name = name;
      }
    }
    return Schema(std::move(columns));
  }

 private:
  std::vector<std::pair<std::string, std::string>> names_;
  bool others_;
};

class KeyFilter final : public Stateless {
 public:
  KeyFilter(std::string column, const std::vector<std::string>& keys)
      : column_(std::move(column)), keys_(keys.begin(), keys.end()) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = in.index_of(column_);
    if (in[place_].type == Type::float64 || in[place_].type == Type::elements)
      throw core::InputError(
          fmt::format("'{}' is of type {}: keys are integers or texts", column_, type_name(in[place_].type)));
    return in;
  }
  [[nodiscard]] Batch apply(const Batch& in, Context&) const override {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < in.size; ++i) {
      if (const auto key = key_of(in.value(place_, i)); key && keys_.contains(*key))
        rows.push_back(static_cast<std::uint32_t>(i));
    }
    return kept_rows(in, rows);
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override {
    ColumnSet needed = wanted;
    needed[place_] = true;
    return needed;
  }

 private:
  /// nullopt: missing.
  static std::optional<std::string> key_of(Value value) {
    if (auto* const text = std::get_if<std::string>(&value)) return std::move(*text);
    if (const auto* const integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* const natural = std::get_if<std::uint64_t>(&value)) return std::to_string(*natural);
    return std::nullopt;
  }

  std::string column_;
  std::set<std::string> keys_;
  std::size_t place_ = 0;
};

/// Numbers become elements of a field.
class ElementsOf final : public Stateless {
 public:
  ElementsOf(std::string column, const galois::Field& field) : column_(std::move(column)), field_(field) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = in.index_of(column_);
    const Type type = in[place_].type;
    if (type != Type::int64 && type != Type::uint64)
      throw core::InputError(
          fmt::format("'{}' is of type {}: elements are made of integers", column_, type_name(type)));
    std::vector<ColumnType> columns = in.columns();
    columns[place_] = {column_, Type::element, field_};
    return Schema(std::move(columns));
  }
  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    ElementsBuilder elements(field_.order() == 2);
    std::vector<std::uint32_t> rows;
    const auto add = [&](const auto& values) {
      for (std::size_t i = 0; i < in.size; ++i) {
        const bool missing = in.columns[place_].is_null(i);
        if (!missing && values[i] >= 0 && static_cast<std::uint64_t>(values[i]) < field_.order()) {
          elements.push(static_cast<std::uint64_t>(values[i]));
          rows.push_back(static_cast<std::uint32_t>(i));
        } else {
          context.fail_row(
              in, i,
              fmt::format("{} is no element of GF({})",
                          missing ? "a missing value" : fmt::format("{}", values[i]), field_.order()));
        }
      }
    };
    if (const auto* const ints = std::get_if<Slice<std::int64_t>>(&in.columns[place_])) {
      add(*ints);
    } else {
      add(std::get<Slice<std::uint64_t>>(in.columns[place_]));
    }
    Batch out = kept_rows(in, rows);
    out.columns[place_] = elements.take();
    return out;
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override {
    ColumnSet needed = wanted;
    needed[place_] = true;  // some are errors
    return needed;
  }
  [[nodiscard]] bool keeps_count() const override { return true; }

 private:
  std::string column_;
  galois::Field field_;
  std::size_t place_ = 0;
};

class AddIndex final : public Stateless {
 public:
  explicit AddIndex(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns = in.columns();
    columns.push_back({name_, Type::int64, {}});
    return Schema(std::move(columns));
  }
  [[nodiscard]] Batch apply(const Batch& in, Context&) const override {
    auto values = make_block<std::int64_t>(in.size);
    if (in.indices.is_counting()) {
      std::iota(values.get(), values.get() + in.size, static_cast<std::int64_t>(in.indices[0]));
    } else {
      for (std::size_t i = 0; i < in.size; ++i) values[i] = static_cast<std::int64_t>(in.indices[i]);
    }
    Batch out = in;
    out.columns.emplace_back(make_slice(std::move(values)));
    return out;
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t n) const override {
    return {wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(n)};
  }
  [[nodiscard]] bool keeps_count() const override { return true; }
  [[nodiscard]] bool may_fail() const override { return false; }

 private:
  std::string name_;
};

std::vector<std::uint32_t> repeated_rows(std::size_t n, std::size_t times) {
  std::vector<std::uint32_t> rows;
  rows.reserve(n * times);
  for (std::size_t i = 0; i < n; ++i) rows.insert(rows.end(), times, static_cast<std::uint32_t>(i));
  return rows;
}

/// An item for each expression, which becomes the column `name`.
class FlatMapTerm final : public FlatMap {
 public:
  FlatMapTerm(std::string name, std::vector<Unbound> values)
      : name_(std::move(name)), values_(std::move(values)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    bool nullable = false;
    for (const Unbound& value : values_) {
      formulas_.push_back(value.bind(in));
      nullable = nullable || formulas_.back().is_nullable();
    }
    type_ = common_type();
    std::vector<ColumnType> columns = in.columns();
    const ColumnType column{name_, type_, {}, nullable};
    const auto found = std::ranges::find(columns, name_, &ColumnType::name);
    place_ = static_cast<std::size_t>(found - columns.begin());
    if (found == columns.end()) {
      columns.push_back(column);
    } else {
      *found = column;
    }
    return Schema(std::move(columns));
  }

  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    std::vector<RowError> errors;
    Batch wide = in;
    for (const Formula& formula : formulas_) wide.columns.push_back(formula.evaluate(in, errors));
    wide = without_errors(in, std::move(wide), errors, context);
    const std::vector<Column> parts(wide.columns.begin() + static_cast<std::ptrdiff_t>(in.columns.size()),
                                    wide.columns.end());
    wide.columns.resize(in.columns.size());
    Batch out = wide.gather(repeated_rows(wide.size, formulas_.size()));
    if (place_ == out.columns.size()) out.columns.emplace_back();
    out.columns[place_] = type_ == Type::text      ? interleaved<std::string>(parts, wide.size)
                          : type_ == Type::float64 ? interleaved<double>(parts, wide.size)
                          : type_ == Type::uint64  ? interleaved<std::uint64_t>(parts, wide.size)
                                                   : interleaved<std::int64_t>(parts, wide.size);
    return out;
  }

 private:
  [[nodiscard]] Type common_type() const {
    const auto has = [&](Type type) {
      return std::ranges::any_of(formulas_, [&](const Formula& f) { return f.type() == type; });
    };
    const Type first = formulas_.front().type();
    if (std::ranges::all_of(formulas_, [&](const Formula& f) { return f.type() == first; })) return first;
    if (has(Type::text))
      throw core::InputError("the values of one column must all be texts or all be numbers");
    if (has(Type::uint64))
      throw core::InputError(
          "the values of one column must be of one type, but some are uint64 and some are not: int(...), "
          "uint(...) and real(...) convert them");
    return Type::float64;
  }

  template <class T>
  static Column interleaved(const std::vector<Column>& parts, std::size_t n) {
    std::vector<T> values;
    values.reserve(n * parts.size());
    std::vector<std::uint8_t> nulls;
    for (std::size_t i = 0; i < n; ++i) {
      for (const Column& part : parts) {
        if (part.is_null(i)) {
          nulls.resize(values.size() + 1, 0);
          nulls.back() = 1;
        }
        if (const auto* const same = std::get_if<Slice<T>>(&part)) {
          values.push_back((*same)[i]);
        } else if constexpr (std::is_same_v<T, double>) {
          values.push_back(part.is_null(i) ? std::numeric_limits<double>::quiet_NaN()
                                           : static_cast<double>(std::get<Slice<std::int64_t>>(part)[i]));
        }
      }
    }
    Column column = make_slice(std::move(values));
    nulls.resize(nulls.empty() || std::is_same_v<T, double> ? 0 : n * parts.size(), 0);
    if (!nulls.empty()) column.nulls = make_slice(std::move(nulls));
    return column;
  }

  std::string name_;
  std::vector<Unbound> values_;
  std::vector<Formula> formulas_;
  Type type_{};
  std::size_t place_ = 0;
};

/// A vector of elements becomes as many items.
class Flatten final : public FlatMap {
 public:
  explicit Flatten(std::string column) : column_(std::move(column)) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = in.index_of(column_);
    if (in[place_].type != Type::elements)
      throw core::InputError(
          fmt::format("'{}' is no vector of elements, but {}", column_, type_name(in[place_].type)));
    std::vector<ColumnType> columns = in.columns();
    columns[place_].type = Type::element;
    packed_ = columns[place_].field->order() == 2;
    return Schema(std::move(columns));
  }
  [[nodiscard]] Batch apply(const Batch& in, Context&) const override {
    const auto& vectors = std::get<Slice<Elements>>(in.columns[place_]);
    std::vector<std::uint32_t> rows;
    ElementsBuilder elements(packed_);
    for (std::size_t i = 0; i < in.size; ++i) {
      elements.append(vectors[i]);
      rows.insert(rows.end(), vectors[i].size(), static_cast<std::uint32_t>(i));
    }
    Batch others = in;
    others.columns[place_] = make_slice(std::vector<std::int64_t>(in.size));
    Batch out = others.gather(rows);
    out.columns[place_] = elements.take();
    return out;
  }

 private:
  std::string column_;
  std::size_t place_ = 0;
  bool packed_ = false;
};

std::vector<Unbound> all_unbound(const Arguments& a, const std::vector<const Argument*>& arguments) {
  std::vector<Unbound> result;
  for (const Argument* const argument : arguments) result.push_back(unbound(a, *argument));
  return result;
}

Pipeline::Make read_map(Arguments& a) {
  const auto others = a.others();
  if (others.empty()) a.fail("map", "needs definitions of columns, such as map(y = 2*x + 1)");
  return [definitions = all_unbound(a, others)] { return std::make_unique<Map>(definitions); };
}

Pipeline::Make read_filter(Arguments& a) {
  const Argument& condition = a.only("one condition, such as filter(x % 2 == 0 and y < 1)");
  return [condition = unbound(a, condition)] { return std::make_unique<Filter>(condition); };
}

Pipeline::Make read_select(Arguments& a) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const std::string& name : a.words()) names.emplace_back(name, name);
  if (names.empty()) a.fail("select", "needs names of columns");
  return [names] { return std::make_unique<Select>(names, false); };
}

Pipeline::Make read_drop(Arguments& a) {
  const auto names = a.words();
  if (names.empty()) a.fail("drop", "needs names of columns");
  return [names] { return std::make_unique<Drop>(names); };
}

Pipeline::Make read_rename(Arguments& a) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const Argument* const argument : a.others()) names.emplace_back(argument->name, argument->value.word);
  if (names.empty()) a.fail("rename", "needs new and old names, such as rename(new=old)");
  return [names] { return std::make_unique<Select>(names, true); };
}

Pipeline::Make read_key_filter(Arguments& a) {
  const std::string column = a.word("column");
  const auto keys = a.words();
  if (keys.empty()) a.fail("keys", "key_filter needs at least one key, such as key_filter(id, a, b)");
  return [column, keys] { return std::make_unique<KeyFilter>(column, keys); };
}

Pipeline::Make read_flat_map(Arguments& a) {
  const std::string name = a.word_or("name", "value");
  auto values = all_unbound(a, a.rest());
  if (values.empty()) a.fail("values", "flat_map needs expressions, such as flat_map(x, x + 1, name=y)");
  return [name, values] { return std::make_unique<FlatMapTerm>(name, values); };
}

}  // namespace

void add_item_terms(Library& library) {
  library.add_term("map", {{}, read_map, "map(y = EXPRESSION, ...): adds or replaces columns", true});
  library.add_term("filter", {{}, read_filter, "filter(CONDITION): keeps the items for which it holds"});
  library.add_term("select", {{}, read_select, "select(a, b, ...): only these columns"});
  library.add_term("drop", {{}, read_drop, "drop(a, b, ...): all columns but these"});
  library.add_term("rename", {{}, read_rename, "rename(new=old, ...)", true});
  library.add_term(
      "key_filter",
      {{"column"}, read_key_filter, "key_filter(column, key, ...): keeps items with one of the keys"});
  library.add_term("add_index", {{"name"},
                                 [](Arguments& a) -> Pipeline::Make {
                                   const std::string name = a.word_or("name", "item");
                                   return [name] { return std::make_unique<AddIndex>(name); };
                                 },
                                 "add_index(name=item): the source index as a column"});
  library.add_term("elements", {{"column"},
                                [](Arguments& a) -> Pipeline::Make {
                                  const std::string column = a.word_or("column", "value");
                                  const std::uint64_t q = a.natural("field", 2, std::uint64_t{1} << 32);
                                  try {
                                    const auto field = galois::Field::of_order(q);
                                    return [=] { return std::make_unique<ElementsOf>(column, field); };
                                  } catch (const core::InputError& error) {
                                    a.fail("field", error.what());
                                  }
                                },
                                "elements(column=value, field=Q): integers become elements of a field"});
  library.add_term("flat_map",
                   {{}, read_flat_map, "flat_map(EXPRESSION, ..., name=value): an item for each expression"});
  library.add_term("flatten", {{"column"},
                               [](Arguments& a) -> Pipeline::Make {
                                 const std::string column = a.word_or("column", "value");
                                 return [column] { return std::make_unique<Flatten>(column); };
                               },
                               "flatten(column=value): an item for each element of a vector"});
}

}  // namespace gforbit::stream
