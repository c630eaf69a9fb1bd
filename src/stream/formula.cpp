#include "gforbit/stream/formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

namespace gforbit::stream {

namespace {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;
using Texts = std::vector<std::string>;

std::int64_t wrapped(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t bits(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace

/// One node writes its values for all items of a batch into a column of its own type.
struct Formula::Node {
  Type type{};
  /// Exactly the one of `type` is set.
  std::function<void(const Batch&, Ints&)> ints{};
  std::function<void(const Batch&, Reals&)> reals{};
  std::function<void(const Batch&, Texts&)> texts{};

  void as_reals(const Batch& batch, Reals& out) const {
    if (type == Type::float64) return reals(batch, out);
    Ints values;
    ints(batch, values);
    out.assign(values.begin(), values.end());
  }
};

namespace {

using Node = Formula::Node;
using NodePtr = std::shared_ptr<const Node>;

class Compiler {
 public:
  Compiler(std::string_view text, const Schema& schema) : text_(text), schema_(schema) {}

  Node compile(const Expression& e) const {
    switch (e.kind) {
      case Expression::Kind::integer:
        return constant(e.integer);
      case Expression::Kind::real:
        return constant(e.real);
      case Expression::Kind::text:
        return constant(e.word);
      case Expression::Kind::name:
        return column(e);
      case Expression::Kind::unary:
        return unary(e);
      case Expression::Kind::binary:
        return binary(e);
      case Expression::Kind::call:
        return call(e);
      case Expression::Kind::list:
        break;
    }
    fail(e, "a list is no value");
  }

 private:
  [[noreturn]] void fail(const Expression& e, const std::string& message) const {
    throw SyntaxError(text_, e.begin, message);
  }

  static Node constant(std::int64_t value) {
    return {.type = Type::int64, .ints = [value](const Batch& b, Ints& out) { out.assign(b.size, value); }};
  }
  static Node constant(double value) {
    return {.type = Type::float64,
            .reals = [value](const Batch& b, Reals& out) { out.assign(b.size, value); }};
  }
  static Node constant(const std::string& value) {
    return {.type = Type::text, .texts = [value](const Batch& b, Texts& out) { out.assign(b.size, value); }};
  }

  template <class C, class Out>
  static auto reader(std::size_t c) {
    return [c](const Batch& b, Out& out) {
      out.resize(b.size);
      const C& from = std::get<C>(b.columns[c]);
      for (std::size_t i = 0; i < b.size; ++i) out[i] = static_cast<typename Out::value_type>(from[i]);
    };
  }

  Node column(const Expression& e) const {
    const auto found = schema_.find(e.word);
    if (!found && e.word == "index") {
      return {.type = Type::int64, .ints = [](const Batch& b, Ints& out) {
                out.resize(b.size);
                for (std::size_t i = 0; i < b.size; ++i) out[i] = wrapped(b.indices[i]);
              }};
    }
    if (!found)
      fail(e, fmt::format("there is no column '{}' here; there are: {}, and index", e.word, schema_.text()));
    switch (schema_[*found].type) {
      case Type::int64:
        return {.type = Type::int64, .ints = reader<Slice<std::int64_t>, Ints>(*found)};
      case Type::float64:
        return {.type = Type::float64, .reals = reader<Slice<double>, Reals>(*found)};
      case Type::text:
        return {.type = Type::text, .texts = reader<Slice<std::string>, Texts>(*found)};
      case Type::element:
        return {.type = Type::int64, .ints = reader<Elements, Ints>(*found)};
      case Type::elements:
        break;
    }
    fail(e,
         fmt::format("'{}' is a vector of elements: only length({}) can be calculated with", e.word, e.word));
  }

  NodePtr operand(const Expression& e, bool numbers_only = true) const {
    Node node = compile(e);
    if (numbers_only && node.type == Type::text) fail(e, "expected a number, not a text");
    return std::make_shared<const Node>(std::move(node));
  }

  Node unary(const Expression& e) const {
    const NodePtr a = operand(e.operands[0]);
    if (e.word == "not") return int_map(a, [](double x) { return x == 0 ? 1 : 0; });
    if (a->type == Type::float64) return real_map(a, [](double x) { return -x; });
    return {.type = Type::int64, .ints = [a](const Batch& b, Ints& out) {
              a->ints(b, out);
              for (auto& x : out) x = wrapped(0 - bits(x));
            }};
  }

  template <class F>
  static Node real_map(NodePtr a, F f) {
    return {.type = Type::float64, .reals = [a, f](const Batch& b, Reals& out) {
              a->as_reals(b, out);
              for (double& x : out) x = f(x);
            }};
  }
  template <class F>
  static Node int_map(NodePtr a, F f) {
    return {.type = Type::int64, .ints = [a, f](const Batch& b, Ints& out) {
              Reals values;
              a->as_reals(b, values);
              out.resize(b.size);
              for (std::size_t i = 0; i < b.size; ++i) out[i] = f(values[i]);
            }};
  }
  template <class F>
  static Node int_pair(NodePtr a, NodePtr c, F f) {
    return {.type = Type::int64, .ints = [a, c, f](const Batch& b, Ints& out) {
              Ints right;
              a->ints(b, out);
              c->ints(b, right);
              for (std::size_t i = 0; i < b.size; ++i) out[i] = f(out[i], right[i]);
            }};
  }
  template <class F>
  static Node real_pair(NodePtr a, NodePtr c, F f) {
    return {.type = Type::float64, .reals = [a, c, f](const Batch& b, Reals& out) {
              Reals right;
              a->as_reals(b, out);
              c->as_reals(b, right);
              for (std::size_t i = 0; i < b.size; ++i) out[i] = f(out[i], right[i]);
            }};
  }
  template <class F>
  static Node truth_of_reals(NodePtr a, NodePtr c, F f) {
    return {.type = Type::int64, .ints = [a, c, f](const Batch& b, Ints& out) {
              Reals left, right;
              a->as_reals(b, left);
              c->as_reals(b, right);
              out.resize(b.size);
              for (std::size_t i = 0; i < b.size; ++i) out[i] = f(left[i], right[i]) ? 1 : 0;
            }};
  }
  template <class F>
  static Node truth_of_texts(NodePtr a, NodePtr c, F f) {
    return {.type = Type::int64, .ints = [a, c, f](const Batch& b, Ints& out) {
              Texts left, right;
              a->texts(b, left);
              c->texts(b, right);
              out.resize(b.size);
              for (std::size_t i = 0; i < b.size; ++i) out[i] = f(left[i], right[i]) ? 1 : 0;
            }};
  }

  template <class F>
  static Node compared(const NodePtr& a, const NodePtr& c, F f) {
    if (a->type == Type::text) return truth_of_texts(a, c, f);
    if (a->type == Type::int64 && c->type == Type::int64) return int_pair(a, c, f);
    return truth_of_reals(a, c, f);
  }

  Node comparison(const Expression& e, const NodePtr& a, const NodePtr& c) const {
    if ((a->type == Type::text) != (c->type == Type::text)) fail(e, "a text and a number cannot be compared");
    if (e.word == "==") return compared(a, c, [](const auto& x, const auto& y) { return x == y; });
    if (e.word == "!=") return compared(a, c, [](const auto& x, const auto& y) { return x != y; });
    if (e.word == "<") return compared(a, c, [](const auto& x, const auto& y) { return x < y; });
    if (e.word == "<=") return compared(a, c, [](const auto& x, const auto& y) { return x <= y; });
    if (e.word == ">") return compared(a, c, [](const auto& x, const auto& y) { return x > y; });
    return compared(a, c, [](const auto& x, const auto& y) { return x >= y; });
  }

  Node binary(const Expression& e) const {
    const bool compares = std::string_view("=!<>").find(e.word[0]) != std::string_view::npos;
    const NodePtr a = operand(e.operands[0], !compares), c = operand(e.operands[1], !compares);
    if (compares) return comparison(e, a, c);
    const bool ints = a->type == Type::int64 && c->type == Type::int64;
    if (e.word == "or") return truth_of_reals(a, c, [](double x, double y) { return x != 0 || y != 0; });
    if (e.word == "and") return truth_of_reals(a, c, [](double x, double y) { return x != 0 && y != 0; });
    if (e.word == "/") return real_pair(a, c, [](double x, double y) { return x / y; });
    if (e.word == "^") return real_pair(a, c, [](double x, double y) { return std::pow(x, y); });
    if (e.word == "%") {
      if (!ints) return real_pair(a, c, [](double x, double y) { return x - y * std::floor(x / y); });
      return int_pair(a, c, [](std::int64_t x, std::int64_t y) -> std::int64_t {
        if (y == 0 || y == -1) return 0;
        const std::int64_t rest = x % y;
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
      });
    }
    if (e.word == "+") {
      if (!ints) return real_pair(a, c, std::plus<double>());
      return int_pair(a, c, [](std::int64_t x, std::int64_t y) { return wrapped(bits(x) + bits(y)); });
    }
    if (e.word == "-") {
      if (!ints) return real_pair(a, c, std::minus<double>());
      return int_pair(a, c, [](std::int64_t x, std::int64_t y) { return wrapped(bits(x) - bits(y)); });
    }
    if (!ints) return real_pair(a, c, std::multiplies<double>());
    return int_pair(a, c, [](std::int64_t x, std::int64_t y) { return wrapped(bits(x) * bits(y)); });
  }

  Node call(const Expression& e) const {
    const auto arguments = [&](std::size_t n) {
      if (e.operands.size() != n)
        fail(e, fmt::format("{} takes {} argument{}", e.word, n, n == 1 ? "" : "s"));
    };
    if (e.word == "length") {
      arguments(1);
      return length(e.operands[0]);
    }
    if (e.word == "min" || e.word == "max") {
      arguments(2);
      const NodePtr a = operand(e.operands[0]), c = operand(e.operands[1]);
      const auto pick = [&](auto f) {
        return a->type == Type::int64 && c->type == Type::int64 ? int_pair(a, c, f) : real_pair(a, c, f);
      };
      if (e.word == "min") return pick([](auto x, auto y) { return std::min(x, y); });
      return pick([](auto x, auto y) { return std::max(x, y); });
    }
    using Function = double (*)(double);
    static const std::map<std::string, Function, std::less<>> kFunctions{
        {"abs", [](double x) { return std::fabs(x); }},
        {"sqrt", [](double x) { return std::sqrt(x); }},
        {"log", [](double x) { return std::log(x); }},
        {"exp", [](double x) { return std::exp(x); }},
        {"floor", [](double x) { return std::floor(x); }}};
    const auto found = kFunctions.find(e.word);
    if (found == kFunctions.end()) {
      fail(e, fmt::format("unknown function '{}'; there are abs, sqrt, log, exp, floor, min, max, length",
                          e.word));
    }
    arguments(1);
    return real_map(operand(e.operands[0]), found->second);
  }

  Node length(const Expression& e) const {
    const auto found = e.kind == Expression::Kind::name ? schema_.find(e.word) : std::nullopt;
    if (found && schema_[*found].type == Type::elements) {
      return {.type = Type::int64, .ints = [c = *found](const Batch& b, Ints& out) {
                out.resize(b.size);
                const auto& vectors = std::get<Slice<Elements>>(b.columns[c]);
                for (std::size_t i = 0; i < b.size; ++i) out[i] = wrapped(vectors[i].size());
              }};
    }
    const NodePtr a = operand(e, false);
    if (a->type != Type::text) fail(e, "length() is of a text or of a vector of elements");
    return {.type = Type::int64, .ints = [a](const Batch& b, Ints& out) {
              Texts texts;
              a->texts(b, texts);
              out.resize(b.size);
              for (std::size_t i = 0; i < b.size; ++i) out[i] = wrapped(texts[i].size());
            }};
  }

  std::string_view text_;
  const Schema& schema_;
};

}  // namespace

Formula::Formula(std::string_view text, const Expression& expression, const Schema& schema)
    : root_(std::make_unique<const Node>(Compiler(text, schema).compile(expression))) {}
Formula::~Formula() = default;
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;

Type Formula::type() const noexcept {
  return root_->type;
}

Column Formula::evaluate(const Batch& batch) const {
  if (root_->type == Type::int64) {
    Ints values;
    root_->ints(batch, values);
    return make_slice(std::move(values));
  }
  if (root_->type == Type::float64) {
    Reals values;
    root_->reals(batch, values);
    return make_slice(std::move(values));
  }
  Texts values;
  root_->texts(batch, values);
  return make_slice(std::move(values));
}

}  // namespace gforbit::stream
