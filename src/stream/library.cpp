#include "gforbit/stream/library.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "gforbit/core/text.hpp"

namespace gforbit::stream {

// ---- arguments --------------------------------------------------------------------------------------------

Arguments::Arguments(std::string_view text, const Syntax& term, std::vector<std::string> positional)
    : text_(text), term_(term), positional_(std::move(positional)) {
  std::size_t next = 0;
  for (const Argument& argument : term.arguments) {
    if (argument.name.empty() && next >= positional_.size()) {
      rest_.push_back(&argument);
      continue;
    }
    if (argument.name.empty()) refuse_list(argument);
    const std::string& name = argument.name.empty() ? positional_[next++] : argument.name;
    if (!named_.try_emplace(name, &argument).second)
      throw SyntaxError(text_, argument.begin, fmt::format("'{}' is given twice", name));
  }
}

/// `coefficients=1,1,0`: a number that follows one with a name.
void Arguments::refuse_list(const Argument& argument) const {
  const auto is_number = [](const Argument& a) { return a.value.kind == Expression::Kind::integer; };
  if (&argument == &term_.arguments.front()) return;
  const Argument& before = *(&argument - 1);
  if (before.name.empty() || !is_number(before) || !is_number(argument)) return;
  throw SyntaxError(text_, argument.begin,
                    fmt::format("a value without a name after '{0}': the elements of a list are separated by "
                                "colons, such as {0}=1:0:1",
                                before.name));
}

const Argument* Arguments::get(std::string_view name) const {
  const auto found = named_.find(name);
  return found == named_.end() ? nullptr : found->second;
}

bool Arguments::has(std::string_view name) const {
  return get(name) != nullptr;
}

const Expression* Arguments::find(std::string_view name) {
  const Argument* const found = get(name);
  if (found == nullptr) return nullptr;
  used_.insert(found);
  return &found->value;
}

const Argument& Arguments::require(std::string_view name) {
  const Argument* const found = get(name);
  if (found == nullptr) throw SyntaxError(text_, term_.begin, fmt::format("{} needs '{}'", term_.name, name));
  used_.insert(found);
  return *found;
}

void Arguments::fail(std::string_view name, const std::string& message) const {
  const Argument* const found = get(name);
  throw SyntaxError(text_, found != nullptr ? found->value.begin : term_.begin,
                    fmt::format("{}: {}", name, message));
}

namespace {

std::string_view source_of(std::string_view text, const Expression& e) {
  return core::trimmed(text.substr(e.begin, e.end - e.begin));
}

/// 1e16 and 2.5e3 are natural numbers too, exactly as they are written.
std::optional<std::uint64_t> natural_of(const Expression& e) {
  if (e.kind == Expression::Kind::integer)
    return e.is_too_large ? std::nullopt : std::optional<std::uint64_t>(e.natural);
  if (e.kind != Expression::Kind::real) return std::nullopt;
  const std::string_view text = e.word;
  const std::size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
  std::string digits(text.substr(0, exponent_at));
  std::int64_t exponent = 0;
  if (exponent_at < text.size()) {
    const std::size_t begin = exponent_at + (text[exponent_at + 1] == '+' ? 2 : 1);
    if (std::from_chars(text.data() + begin, text.data() + text.size(), exponent).ec != std::errc{})
      return std::nullopt;
  }
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<std::int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  for (; exponent < 0 && !digits.empty() && digits.back() == '0'; ++exponent) digits.pop_back();
  if (exponent < 0 || exponent > 20) return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  return core::parse_u64(digits);
}

}  // namespace

std::uint64_t Arguments::natural(std::string_view name, std::uint64_t smallest, std::uint64_t largest) {
  const auto value = natural_of(require(name).value);
  if (!value || *value < smallest || *value > largest)
    fail(name, fmt::format("expected an integer from {} to {}", smallest, largest));
  return *value;
}

std::uint64_t Arguments::natural_or(std::string_view name, std::uint64_t fallback, std::uint64_t smallest,
                                    std::uint64_t largest) {
  return has(name) ? natural(name, smallest, largest) : fallback;
}

std::int64_t Arguments::integer(std::string_view name) {
  const Expression* e = &require(name).value;
  const bool negative = e->kind == Expression::Kind::unary && e->word == "-";
  if (negative) e = &e->operands[0];
  const auto value = natural_of(*e);
  if (!value || *value > static_cast<std::uint64_t>(INT64_MAX)) fail(name, "expected an integer");
  return negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value);
}

std::int64_t Arguments::integer_or(std::string_view name, std::int64_t fallback) {
  return has(name) ? integer(name) : fallback;
}

double Arguments::real(std::string_view name) {
  const Expression& e = require(name).value;
  if (e.kind == Expression::Kind::integer || e.kind == Expression::Kind::real) return e.real;
  fail(name, "expected a number of at least 0");
}

std::string Arguments::word(std::string_view name) {
  const Expression& e = require(name).value;
  if (e.kind == Expression::Kind::name || e.kind == Expression::Kind::text) return e.word;
  return std::string(source_of(text_, e));
}

std::string Arguments::word_or(std::string_view name, const std::string& fallback) {
  return has(name) ? word(name) : fallback;
}

std::vector<std::uint64_t> Arguments::naturals(std::string_view name) {
  const Expression& e = require(name).value;
  std::vector<std::uint64_t> values;
  const auto add = [&](const Expression& element) {
    const auto value = natural_of(element);
    if (!value) fail(name, "expected integers separated by colons, such as 1:0:0:1");
    values.push_back(*value);
  };
  if (e.kind == Expression::Kind::list) {
    for (const Expression& element : e.operands) add(element);
  } else {
    add(e);
  }
  return values;
}

std::vector<std::pair<std::string, std::string>> Arguments::record(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> all;
  if (!has(name)) return all;
  const Expression& e = require(name).value;
  if (e.kind != Expression::Kind::record) fail(name, fmt::format("expected {}=(a=..., b=...)", name));
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const Expression& value = e.operands[i];
    const bool is_word = value.kind == Expression::Kind::name || value.kind == Expression::Kind::text;
    if (std::find(e.names.begin(), e.names.begin() + static_cast<std::ptrdiff_t>(i), e.names[i]) !=
        e.names.begin() + static_cast<std::ptrdiff_t>(i))
      fail(name, fmt::format("{} is given twice", core::quoted(e.names[i])));
    all.emplace_back(e.names[i], is_word ? value.word : std::string(source_of(text_, value)));
  }
  return all;
}

std::vector<std::string> Arguments::words() {
  std::vector<std::string> all;
  for (const Argument* const argument : rest()) {
    const Expression& e = argument->value;
    const bool is_word = e.kind == Expression::Kind::name || e.kind == Expression::Kind::text;
    all.push_back(is_word ? e.word : std::string(source_of(text_, e)));
  }
  return all;
}

std::vector<const Argument*> Arguments::rest() {
  used_.insert(rest_.begin(), rest_.end());
  return rest_;
}

std::vector<const Argument*> Arguments::others() {
  std::vector<const Argument*> all;
  for (const Argument& argument : term_.arguments) {
    if (argument.name.empty() || used_.contains(&argument)) continue;
    used_.insert(&argument);
    all.push_back(&argument);
  }
  return all;
}

const Argument& Arguments::only(std::string_view what) {
  if (rest_.size() != 1) throw SyntaxError(text_, term_.begin, fmt::format("{} needs {}", term_.name, what));
  used_.insert(rest_[0]);
  return *rest_[0];
}

void Arguments::check_all_used(std::string_view usage) const {
  for (const Argument& argument : term_.arguments) {
    if (used_.contains(&argument)) continue;
    throw SyntaxError(text_, argument.begin,
                      argument.name.empty()
                          ? fmt::format("{} takes no more arguments without a name: {}", term_.name, usage)
                          : fmt::format("{} has no argument '{}': {}", term_.name, argument.name, usage));
  }
}

// ---- text to pipeline -------------------------------------------------------------------------------------

namespace {

class Reader {
 public:
  Reader(const std::string& text, const Library& library) : text_(text), library_(library) {}

  /// @param fed  items come in
  Pipeline read(const Syntax& syntax, bool fed) const {
    if (syntax.kind == Syntax::Kind::term) return read_term(syntax, fed);
    const bool sequence = syntax.kind == Syntax::Kind::sequence;
    std::vector<Pipeline> parts;
    for (const Syntax& part : syntax.parts) parts.push_back(read(part, fed || (sequence && !parts.empty())));
    return {sequence ? Pipeline::Kind::sequence : Pipeline::Kind::parallel, std::move(parts)};
  }

 private:
  Pipeline read_term(const Syntax& syntax, bool fed) const {
    const Library::Entries& entries = fed ? library_.terms() : library_.sources();
    const auto found = entries.find(syntax.name);
    if (found == entries.end()) fail_unknown(syntax, fed);
    const Library::Entry& entry = found->second;
    Arguments arguments(text_, syntax, entry.positional);
    const auto parallel = static_cast<int>(arguments.natural_or("parallel", 0, 1, 65536));
    Pipeline::Make make;
    try {
      make = entry.read(arguments);
    } catch (const SyntaxError&) {
      if (!entry.names_columns) refuse_unknown(syntax, entry.usage);  // what is missing may be misspelled
      throw;
    }
    arguments.check_all_used(entry.usage);
    return Pipeline(syntax.name, std::move(make), parallel).at(text_, syntax.begin);
  }

  void refuse_unknown(const Syntax& syntax, std::string_view usage) const {
    for (const Argument& argument : syntax.arguments) {
      if (argument.name.empty() || usage.find(argument.name + '=') != std::string_view::npos) continue;
      throw SyntaxError(text_, argument.begin,
                        fmt::format("{} has no argument '{}': {}", syntax.name, argument.name, usage));
    }
  }

  [[noreturn]] void fail_unknown(const Syntax& syntax, bool fed) const {
    const auto& [here, elsewhere] =
        fed ? std::tie(library_.terms(), library_.sources()) : std::tie(library_.sources(), library_.terms());
    std::vector<std::string> names;
    for (const auto& [name, entry] : here) names.push_back(name);
    const auto near = core::nearest_name(syntax.name, names);
    std::string message = fmt::format("there is no {} '{}'", fed ? "term" : "source", syntax.name);
    if (elsewhere.contains(syntax.name)) {
      message = fed ? fmt::format("'{}' is a source: nothing may come into it", syntax.name)
                    : fmt::format("'{}' is no source: a pipeline begins with one", syntax.name);
    } else if (near) {
      throw SyntaxError(text_, syntax.begin, fmt::format("{}; did you mean '{}'?", message, *near));
    }
    throw SyntaxError(text_, syntax.begin, fmt::format("{}; there are: {}", message, fmt::join(names, ", ")));
  }

  const std::string& text_;
  const Library& library_;
};

}  // namespace

Pipeline parse(const std::string& text, const Library& library) {
  return Reader(text, library).read(parse_pipeline(text), false);
}

}  // namespace gforbit::stream
