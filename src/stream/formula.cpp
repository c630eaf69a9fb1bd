#include "gforbit/stream/formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "formula_node.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::stream {

namespace {

using namespace formula;

class Compiler {
 public:
  /// @param read  set for the columns that are read
  Compiler(std::string_view text, const Schema& schema, ColumnSet& read)
      : text_(text), schema_(schema), read_(read) {
    read_.assign(schema.size(), false);
  }

  Node compile(const Expression& e) const {
    switch (e.kind) {
      case Expression::Kind::integer:
        return integer(e);
      case Expression::Kind::real:
        return {Ptr<double>(std::make_unique<Constant<double>>(e.real))};
      case Expression::Kind::text:
        return {text_constant(e.word)};
      case Expression::Kind::name:
        return column(e);
      case Expression::Kind::unary:
        return unary(e);
      case Expression::Kind::binary:
        return binary(e);
      case Expression::Kind::call:
        return call(e);
      case Expression::Kind::list:
      case Expression::Kind::record:
        break;
    }
    fail(e, "a list is no value");
  }

 private:
  [[noreturn]] void fail(const Expression& e, const std::string& message) const {
    throw SyntaxError(text_, e.begin, message);
  }

  Node integer(const Expression& e) const {
    if (e.is_too_large) fail(e, "this integer is beyond 64 bits: 1e20 is a real number");
    if (e.natural <= static_cast<Natural>(INT64_MAX))
      return {Ptr<Int>(std::make_unique<Constant<Int>>(static_cast<Int>(e.natural)))};
    return {Ptr<Natural>(std::make_unique<Constant<Natural>>(e.natural))};
  }

  template <class F>
  static Node of_items(F f) {
    return {Ptr<Int>(std::make_unique<ItemValues<F>>(std::move(f)))};
  }

  Node column(const Expression& e) const {
    const auto found = schema_.find(e.word);
    if (!found && e.word == "index")
      return of_items([](const Batch& batch, std::size_t i) { return batch.indices[i]; });
    if (!found)
      fail(e, fmt::format("there is no column '{}' here; there are: {}, and index", e.word, schema_.text()));
    read_[*found] = true;
    const bool nullable = schema_[*found].nullable;
    switch (schema_[*found].type) {
      case Type::int64:
        return {Ptr<Int>(std::make_unique<ColumnValues<Int>>(*found)), nullable};
      case Type::float64:
        return {Ptr<double>(std::make_unique<ColumnValues<double>>(*found)), nullable};
      case Type::uint64:
        return {Ptr<Natural>(std::make_unique<ColumnValues<Natural>>(*found)), nullable};
      case Type::text:
        return {text_column(*found), nullable};
      case Type::element:
        return of_items([c = *found](const Batch& batch, std::size_t i) {
          return std::get<Elements>(batch.columns[c])[i];
        });
      case Type::elements:
        break;
    }
    fail(e,
         fmt::format("'{}' is a vector of elements: only length({}) can be calculated with", e.word, e.word));
  }

  Node unary(const Expression& e) const {
    const Expression& of = e.operands[0];
    constexpr Natural kLeast = Natural{1} << 63;
    if (e.word == "-" && of.kind == Expression::Kind::integer && !of.is_too_large && of.natural <= kLeast)
      return {Ptr<Int>(std::make_unique<Constant<Int>>(static_cast<Int>(0 - of.natural)))};
    return checked(e, [&] { return formula::unary(e.word, compile(of)); });
  }

  /// x % d == 0 or x % d != 0 for integers and a literal d > 0: no remainder is needed.
  static bool is_divisibility(const Expression& e) {
    const Expression &rest = e.operands[0], &zero = e.operands[1];
    const auto is_literal = [](const Expression& o) { return o.kind == Expression::Kind::integer; };
    return (e.word == "==" || e.word == "!=") && rest.kind == Expression::Kind::binary && rest.word == "%" &&
           is_literal(zero) && !zero.is_too_large && zero.natural == 0 && is_literal(rest.operands[1]) &&
           rest.operands[1].natural > 0 && rest.operands[1].natural <= static_cast<Natural>(INT64_MAX);
  }
  Node divisibility(const Expression& e) const {
    const Expression& rest = e.operands[0];
    Node x = compile(rest.operands[0]);
    if (!x.is<Ptr<Int>>()) {
      Node left =
          checked(rest, [&] { return formula::binary(rest.word, std::move(x), compile(rest.operands[1])); });
      return checked(e, [&] { return formula::binary(e.word, std::move(left), compile(e.operands[1])); });
    }
    const Divides divides(static_cast<Int>(rest.operands[1].natural));
    Node result{{}, x.nullable, x.may_fail};
    auto ints = std::get<Ptr<Int>>(std::move(x.values));
    if (e.word == "==") {
      result.values = Ptr<Int>(std::make_unique<Mapped<Int, Int, Divides>>(std::move(ints), divides));
    } else {
      const auto leaves_rest = [divides](Int y) { return !divides(y); };
      result.values =
          Ptr<Int>(std::make_unique<Mapped<Int, Int, decltype(leaves_rest)>>(std::move(ints), leaves_rest));
    }
    return result;
  }

  Node binary(const Expression& e) const {
    if (is_divisibility(e)) return divisibility(e);
    return checked(e, [&] {
      Node left = compile(e.operands[0]);
      return formula::binary(e.word, std::move(left), compile(e.operands[1]));
    });
  }

  /// What is wrong with an argument is said at its place.
  template <class Make>
  Node checked(const Expression& e, Make make) const {
    try {
      return make();
    } catch (const ArgumentError& error) {
      const auto number = static_cast<std::size_t>(std::max(0, error.argument));
      const bool known = error.argument >= 0 && number < e.operands.size();
      fail(known ? e.operands[number] : e, error.what());
    }
  }

  Node call(const Expression& e) const {
    if (e.word == "column") return named_column(e);
    const auto found = std::ranges::find(functions(), e.word, &Function::name);
    if (found == functions().end()) fail_unknown(e);
    const std::size_t n = e.operands.size();
    if (n < found->least || n > found->most) {
      const std::string count = found->least == found->most ? core::counted(found->least, "argument")
                                : found->most < 10
                                    ? fmt::format("{} or {} arguments", found->least, found->most)
                                    : fmt::format("at least {}", core::counted(found->least, "argument"));
      fail(e, fmt::format("{} takes {}: {}", e.word, count, found->usage));
    }
    if (e.word == "length" && e.operands[0].kind == Expression::Kind::name) {
      const auto column = schema_.find(e.operands[0].word);
      if (column && schema_[*column].type == Type::elements) {
        read_[*column] = true;
        return of_items([c = *column](const Batch& batch, std::size_t i) {
          return std::get<Slice<Elements>>(batch.columns[c])[i].size();
        });
      }
    }
    return checked(e, [&] {
      std::vector<Node> arguments;
      for (const Expression& operand : e.operands) arguments.push_back(compile(operand));
      return found->make(std::move(arguments));
    });
  }

  Node named_column(const Expression& e) const {
    if (e.operands.size() != 1 || e.operands[0].kind != Expression::Kind::text)
      fail(e, "column takes the name of a column in quotes: column(\"a name\")");
    Expression name = e.operands[0];
    name.kind = Expression::Kind::name;
    return column(name);
  }

  [[noreturn]] void fail_unknown(const Expression& e) const {
    std::vector<std::string> names;
    for (const Function& function : functions()) names.emplace_back(function.name);
    if (const auto near = core::nearest_name(e.word, names))
      fail(e, fmt::format("unknown function '{}'; did you mean '{}'?", e.word, *near));
    fail(e, fmt::format("unknown function '{}'; there are {}", e.word, fmt::join(names, ", ")));
  }

  std::string_view text_;
  const Schema& schema_;
  ColumnSet& read_;
};

std::string_view reason(Mark mark) {
  switch (mark) {
    case Mark::none:
    case Mark::null:
      break;
    case Mark::overflow:
      return "the result does not fit 64 bits";
    case Mark::division:
      return "division by zero";
    case Mark::exponent:
      return "an integer to a negative power is no integer: x ^ n is a real number";
    case Mark::conversion:
      return "the text is no number";
    case Mark::date:
      return "no date or time: \"2024-02-29\", \"2024-02-29T12:30:00Z\"";
  }
  return "";
}

}  // namespace

struct Formula::Root {
  ColumnSet read;
  Node node;
  std::string source;  ///< for messages

  void add_errors(const Marks& marks, std::size_t first, std::size_t n, std::vector<RowError>& errors) const {
    for (std::size_t i = 0; marks.any() && i < n; ++i) {
      if (marks[i] > Mark::null)
        errors.push_back(
            {static_cast<std::uint32_t>(first + i), fmt::format("{}: {}", source, reason(marks[i]))});
    }
  }
};

namespace {

/// Calls action(first, n, values, marks) for one stretch of the batch after the other.
template <class T, class Memory, class Action>
void for_each_stretch(const Values<T>& root, const Batch& batch, Memory memory, Action action) {
  const auto slots = make_block<std::byte>(std::max<std::size_t>(1, root.slots()) * kLongest * sizeof(T));
  for (std::size_t first = 0; first < batch.size; first += kLongest) {
    const std::size_t n = std::min(kLongest, batch.size - first);
    Marks marks;
    const T* const values = root.read({batch, first, n, slots.get(), &marks}, memory(first), 0);
    action(first, n, values, marks);
  }
}

/// Which values are missing; made when the first one is.
class NullFlags {
 public:
  explicit NullFlags(std::size_t size) : size_(size) {}
  void add(const Marks& marks, std::size_t first, std::size_t n) {
    for (std::size_t i = 0; marks.any() && i < n; ++i) {
      if (marks[i] != Mark::null) continue;
      if (!flags_) {
        flags_ = make_block<std::uint8_t>(size_);
        std::fill_n(flags_.get(), size_, std::uint8_t{0});
      }
      flags_[first + i] = 1;
    }
  }
  [[nodiscard]] Slice<std::uint8_t> take() {
    return flags_ ? make_slice(std::move(flags_)) : Slice<std::uint8_t>();
  }

 private:
  std::size_t size_;
  std::shared_ptr<std::uint8_t[]> flags_;
};

template <class T, class Errors>
Column evaluated(const Values<T>& root, const Batch& batch, Errors errors) {
  if (const auto column = root.column()) return batch.columns[*column];
  auto values = make_block<T>(batch.size);
  NullFlags nulls(batch.size);
  const auto place = [&](std::size_t first) { return values.get() + first; };
  for_each_stretch(root, batch, place,
                   [&](std::size_t first, std::size_t n, const T* from, const Marks& marks) {
                     if (from != place(first)) std::copy_n(from, n, place(first));
                     if (!marks.any()) return;
                     errors(marks, first, n);
                     if constexpr (std::is_same_v<T, double>) {
                       for (std::size_t i = 0; i < n; ++i) {
                         if (marks[i] == Mark::null)
                           place(first)[i] = std::numeric_limits<double>::quiet_NaN();
                       }
                     } else {
                       nulls.add(marks, first, n);
                     }
                   });
  Column column = make_slice(std::move(values));
  column.nulls = nulls.take();
  return column;
}

template <class Errors>
Column evaluated(const TextValues& root, const Batch& batch, Errors errors) {
  if (const auto column = root.column()) return batch.columns[*column];
  std::vector<std::string, BlockAllocator<std::string>> texts(batch.size);
  NullFlags nulls(batch.size);
  const auto slots =
      make_block<std::byte>(std::max<std::size_t>(1, root.slots()) * kLongest * sizeof(std::uint64_t));
  for (std::size_t first = 0; first < batch.size; first += kLongest) {
    const std::size_t n = std::min(kLongest, batch.size - first);
    Marks marks;
    root.read({batch, first, n, slots.get(), &marks}, texts.data() + first, 0);
    errors(marks, first, n);
    nulls.add(marks, first, n);
  }
  Column column = make_slice(std::move(texts));
  column.nulls = nulls.take();
  return column;
}

template <class T, class Errors>
Rows rows_where(const Values<T>& condition, const Batch& batch, Errors errors) {
  Rows rows{make_block<std::uint32_t>(batch.size + 7), 0};
  const auto memory = make_block<T>(kLongest);
  for_each_stretch(
      condition, batch, [&](std::size_t) { return memory.get(); },
      [&](std::size_t first, std::size_t n, const T* values, const Marks& marks) {
        const auto begin = static_cast<std::uint32_t>(first);
        if (!marks.any()) {
          rows.size += compress(values, n, begin, rows.numbers.get() + rows.size);
          return;
        }
        errors(marks, first, n);
        for (std::size_t i = 0; i < n; ++i) {
          if (marks[i] == Mark::none && values[i] != 0)
            rows.numbers[rows.size++] = begin + static_cast<std::uint32_t>(i);
        }
      });
  return rows;
}

}  // namespace

Formula::Formula(std::string_view text, const Expression& expression, const Schema& schema)
    : root_([&] {
        ColumnSet read;
        Node node = Compiler(text, schema, read).compile(expression);
        const auto source = core::trimmed(text.substr(expression.begin, expression.end - expression.begin));
        return std::make_unique<const Root>(Root{std::move(read), std::move(node), std::string(source)});
      }()) {}
Formula::~Formula() = default;
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;

Type Formula::type() const noexcept {
  constexpr Type kTypes[] = {Type::int64, Type::float64, Type::text, Type::uint64};
  return kTypes[root_->node.values.index()];
}
bool Formula::is_nullable() const noexcept {
  return root_->node.nullable;
}
bool Formula::may_fail() const noexcept {
  return root_->node.may_fail;
}
void Formula::add_columns(ColumnSet& columns) const {
  for (std::size_t i = 0; i < root_->read.size(); ++i) columns[i] = columns[i] || root_->read[i];
}

Column Formula::evaluate(const Batch& batch, std::vector<RowError>& errors) const {
  const auto add = [&](const Marks& marks, std::size_t first, std::size_t n) {
    root_->add_errors(marks, first, n, errors);
  };
  return std::visit([&](const auto& values) { return evaluated(*values, batch, add); }, root_->node.values);
}

Rows Formula::rows(const Batch& batch, std::vector<RowError>& errors) const {
  const auto add = [&](const Marks& marks, std::size_t first, std::size_t n) {
    root_->add_errors(marks, first, n, errors);
  };
  return std::visit(
      [&]<class P>(const P& values) -> Rows {
        if constexpr (std::is_same_v<P, TextPtr>) {
          throw core::InternalError("a condition that is a text");
        } else {
          return rows_where(*values, batch, add);
        }
      },
      root_->node.values);
}

std::string expression_help() {
  std::string text =
      "Expressions, as in map(y = 2*x + 1), filter(x > 0 and not done), aggregate(m=mean(x^2)):\n\n"
      "Operators, those that bind loosest first, as in Python:\n"
      "  or\n"
      "  and\n"
      "  not x\n"
      "  == != < <= > >=   0 or 1; a < b < c is a < b and b < c\n"
      "  + -\n"
      "  * / %             / gives a real number; % has the sign of its right side\n"
      "  -x\n"
      "  ^                 power, a real number, from right to left: -2^2 is -4, 2^3^2 is 512\n\n"
      "Values:\n"
      "  1, 18446744073709551615   int64, or uint64 beyond it\n"
      "  0.5, 1e6                  float64\n"
      "  \"a text\", 'a text'        a backslash before a quotation mark keeps it\n"
      "  x, `a name`, column(\"a name\")   a column; index: the source index\n\n"
      "Integers are exact. A result that does not fit and a division of integers by zero are errors of the "
      "item "
      "(--on-error).\n"
      "A missing value makes the result missing; a missing float64 is NaN. `and`, `or` and if() do not look "
      "at\nwhat cannot change their result.\n\n"
      "Functions:\n";
  for (const formula::Function& function : formula::functions())
    text += fmt::format("  {}\n", function.usage);
  return text;
}

}  // namespace gforbit::stream
