#include "sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "formula_nodes.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/expression/parser.hpp"
#include "gforbit/fsr/forms.hpp"
#include "gforbit/galois/order.hpp"
#include "gforbit/stream/state_argument.hpp"

namespace gforbit::stream {

Produced NumberedSource::produce(std::size_t n, Context&) {
  Produced produced;
  if (next_ < end_) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(n, end_ - next_));
    produced.batch.size = fill(most, produced.batch.columns);
    produced.batch.indices = Indices::counting(next_);
    next_ += produced.batch.size;
  }
  produced.ended = next_ >= end_;
  return produced;
}

void NumberedSource::cut(std::uint64_t begin, std::uint64_t end, const core::Bytes&) {
  next_ = begin;
  end_ = end;
  seek(begin);
}

void NumberedSource::load(core::ByteReader& in) {
  next_ = in.get<std::uint64_t>();
  end_ = in.get<std::uint64_t>();
}

std::size_t RangeSource::fill(std::size_t n, std::vector<Column>& columns) {
  auto values = make_block<std::int64_t>(n);
  const auto step = static_cast<std::uint64_t>(step_);
  const std::uint64_t first = static_cast<std::uint64_t>(begin_) + position() * step;
  formula::fill(values.get(), n, [=](std::size_t i) { return first + i * step; });
  columns.emplace_back(make_slice(std::move(values)));
  return n;
}

std::size_t ConstantSource::fill(std::size_t n, std::vector<Column>& columns) {
  for (const Value& value : values_) {
    std::visit(
        [&]<class T>(const T& v) {
          if constexpr (!std::is_same_v<T, Elements> && !std::is_same_v<T, Null>)
            columns.emplace_back(make_slice(std::vector<T>(n, v)));
        },
        value);
  }
  return n;
}

RegisterSource::RegisterSource(fsr::Feedback feedback, core::Natural state,
                               std::optional<std::uint64_t> length)
    : NumberedSource(length),
      feedback_(std::move(feedback)),
      first_state_(std::move(state)),
      sequence_(feedback_, first_state_),
      cells_(sequence_.state()) {}

Schema RegisterSource::prepare() {
  return Schema({{"value", Type::element, feedback_.field()}});
}

std::size_t RegisterSource::fill(std::size_t n, std::vector<Column>& columns) {
  if (used_ == ahead_.size()) {
    cells_ = sequence_.state();
    ahead_ = sequence_.next(n);
    used_ = 0;
  }
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(n, ahead_.size() - used_));
  columns.emplace_back(ahead_.slice(used_, taken));
  used_ += taken;
  return taken;
}

void RegisterSource::seek(std::uint64_t begin) {
  sequence_ = RegisterSequence(feedback_, first_state_);
  sequence_.skip(begin);
  cells_ = sequence_.state();
  ahead_ = {};
  used_ = 0;
}

void RegisterSource::save(core::ByteWriter& out) const {
  NumberedSource::save(out);
  out.put_array(cells_).put(used_);
}

void RegisterSource::load(core::ByteReader& in) {
  NumberedSource::load(in);
  sequence_.set_state(in.get_array<galois::Element>());
  sequence_.skip(in.get<std::uint64_t>());
  cells_ = sequence_.state();
  ahead_ = {};
  used_ = 0;
}

namespace {

constexpr std::uint64_t kMostItems = std::uint64_t{1} << 62;

std::optional<std::uint64_t> read_length(Arguments& a) {
  if (!a.has("length")) return std::nullopt;
  return a.natural("length", 0, kMostItems);
}

Pipeline::Make read_range(Arguments& a) {
  const bool single = a.has("begin") && !a.has("end");
  const std::int64_t begin = single ? 0 : a.integer_or("begin", 0);
  const std::int64_t step = a.integer_or("step", 1);
  if (step == 0) a.fail("step", "must not be 0");
  std::optional<std::uint64_t> length;
  if (single || a.has("end")) {
    const std::int64_t end = single ? a.integer("begin") : a.integer("end");
    const std::uint64_t stride =
        step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
    const bool any = step > 0 ? begin < end : begin > end;
    const std::uint64_t distance = step > 0
                                       ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin)
                                       : static_cast<std::uint64_t>(begin) - static_cast<std::uint64_t>(end);
    length = any ? (distance - 1) / stride + 1 : 0;
  }
  return [=] { return std::make_unique<RangeSource>(begin, step, length); };
}

Value literal(const Arguments& a, const Argument& argument) {
  const Expression* e = &argument.value;
  const bool negative = e->kind == Expression::Kind::unary && e->word == "-";
  if (negative) e = &e->operands[0];
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 63;
  if (e->kind == Expression::Kind::integer) {
    if (e->is_too_large || (negative && e->natural > kLeast))
      throw SyntaxError(a.text(), e->begin, "this integer does not fit 64 bits");
    if (negative) return static_cast<std::int64_t>(0 - e->natural);
    if (e->natural >= kLeast) return e->natural;
    return static_cast<std::int64_t>(e->natural);
  }
  if (e->kind == Expression::Kind::real) return negative ? -e->real : e->real;
  if (e->kind == Expression::Kind::text && !negative) return e->word;
  throw SyntaxError(a.text(), e->begin, "expected a number or a quoted text");
}

Type type_of(const Value& literal) {
  if (std::holds_alternative<double>(literal)) return Type::float64;
  if (std::holds_alternative<std::string>(literal)) return Type::text;
  return std::holds_alternative<std::uint64_t>(literal) ? Type::uint64 : Type::int64;
}

Pipeline::Make read_constant(Arguments& a) {
  const auto length = read_length(a);
  std::vector<ColumnType> columns;
  std::vector<Value> values;
  const auto others = a.others();
  for (const Argument* const argument : others) {
    values.push_back(literal(a, *argument));
    columns.push_back({argument->name, type_of(values.back()), {}});
  }
  if (others.empty()) {
    values.push_back(
        literal(a, a.only("a value, or values with names: constant(x=1, label=\"a\", length=10)")));
    columns.push_back({"value", type_of(values.back()), {}});
  }
  const Schema schema(std::move(columns));
  return [=] { return std::make_unique<ConstantSource>(schema, values, length); };
}

std::uint64_t read_order(Arguments& a) {
  const auto order = galois::parse_order(a.word("field"));
  if (!order || *order < 2 || *order > galois::Field::kMaxOrder) {
    a.fail("field", fmt::format("expected the order of a field, 2 to {}, such as 256 or \"2^8\"",
                                galois::Field::kMaxOrder));
  }
  return *order;
}

galois::Field read_field(Arguments& a) {
  const std::uint64_t q = read_order(a);
  const auto modulus = a.has("modulus") ? a.naturals("modulus") : std::vector<std::uint64_t>{};
  try {
    return modulus.empty() ? galois::Field::of_order(q) : galois::Field::with_modulus(q, modulus);
  } catch (const core::InputError& error) {
    a.fail(modulus.empty() ? "field" : "modulus", error.what());
  }
}

bool read_truth(Arguments& a, std::string_view name) {
  return a.natural_or(name, 0, 0, 1) == 1;
}

std::optional<std::string> read_text(Arguments& a, std::string_view name) {
  return a.has(name) ? std::optional(a.word(name)) : std::nullopt;
}

std::optional<std::vector<std::uint64_t>> read_list(Arguments& a, std::string_view name) {
  return a.has(name) ? std::optional(a.naturals(name)) : std::nullopt;
}

fsr::Form read_form(Arguments& a) {
  fsr::Form form{.coefficients = read_list(a, "coefficients"),
                 .feedback = read_text(a, "feedback"),
                 .polynomial = read_text(a, "polynomial"),
                 .taps = read_list(a, "taps")};
  form.any_degree = a.word_or("degree", "") == "auto";
  if (a.has("degree") && !form.any_degree)
    form.degree = static_cast<int>(a.natural("degree", 1, fsr::kMaxDegree));
  form.reciprocal = read_truth(a, "reciprocal");
  form.xnor = read_truth(a, "xnor");
  for (const char* const name : {"galois", "mask", "shift"}) {
    if (a.has(name)) {
      a.fail(name,
             "the output of a Galois register is not that of the similar register from the same state: "
             "give its polynomial and the state of that register, or the file of the system to system()");
    }
  }
  return form;
}

fsr::Feedback read_feedback(Arguments& a, const galois::Field& field) {
  const fsr::Form form = read_form(a);
  try {
    return fsr::make_feedback(field, form);
  } catch (const fsr::FormError& error) {
    a.fail(error.part(), error.rule());
  }
}

core::Natural read_state_text(Arguments& a, std::uint64_t q, int degree) {
  const std::string text = a.word("state");
  if (text.find(':') != std::string::npos) {
    const auto cells = a.naturals("state");
    if (cells.size() != static_cast<std::size_t>(degree))
      a.fail("state", fmt::format("has {} cells, and the register {}", cells.size(), degree));
    core::Natural state = 0;
    for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) {
      if (*cell >= q) a.fail("state", fmt::format("cell {} is not an element of GF({})", *cell, q));
      state = state * q + *cell;
    }
    return state;
  }
  if (const auto words = expression::parse_hex(text); !words.empty()) {
    core::Natural state = 0;
    for (auto word = words.rbegin(); word != words.rend(); ++word) state = (state << 64) + *word;
    return state;
  }
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
    a.fail("state",
           "expected the index of a state, a natural number or \"0x...\", or its cells, such as 1:0:0");
  return core::natural(text);
}

Pipeline::Make read_register(Arguments& a) {
  const galois::Field field = read_field(a);
  const fsr::Feedback feedback = read_feedback(a, field);
  const core::Natural state = read_state(a, field.order(), feedback.degree());
  const auto length = read_length(a);
  return [=] { return std::make_unique<RegisterSource>(feedback, state, length); };
}

}  // namespace

core::Natural read_state(Arguments& a, std::uint64_t q, int degree) {
  const core::Natural state = a.has("state") ? read_state_text(a, q, degree) : 1;
  if (state >= core::power(q, static_cast<unsigned>(degree)))
    a.fail("state", fmt::format("must be below {}^{}", q, degree));
  return state;
}

void add_sources(Library& library) {
  library.add_source("range", {{"begin", "end", "step"},
                               read_range,
                               "range(end) | range(begin, end, step=1) | range(): column value"});
  library.add_source(
      "constant", {{}, read_constant, "constant(value, length=N) | constant(x=1, y=\"a\", length=N)", true});
  library.add_source("register", {{"field"},
                                  read_register,
                                  "register(field=Q, coefficients=C0:C1:... | feedback=\"...\", degree=D | "
                                  "polynomial=\"...\" | taps=T1:T2:..., reciprocal=1, xnor=1, modulus=..., "
                                  "state=1, length=N)"});
}

}  // namespace gforbit::stream
