#include "cycles/register_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "gforbit/core/text.hpp"

namespace gforbit::job_cycles {

namespace {

using Json = nlohmann::json;

/// Integers separated by commas, each below `end`.
std::vector<std::uint64_t> numbers(std::string_view text, std::string_view what) {
  std::vector<std::uint64_t> list;
  for (const auto piece : core::split(text, ',')) {
    const auto cell = core::trimmed(piece);
    const auto value = core::parse_u64(cell);
    if (!value) {
      throw core::InputError(fmt::format("column {}: {}: expected {}", list.size() + 1,
                                         cell.empty() ? "the cell is empty" : core::quoted(cell, 30), what));
    }
    list.push_back(*value);
  }
  return list;
}

/// `2,4` as `x2*x4`.
std::string product(std::string_view cells) {
  std::string text;
  for (const std::uint64_t cell : numbers(cells, "the number of a cell"))
    text += fmt::format("{}x{}", text.empty() ? "" : "*", cell);
  return text;
}

/// `0,1,6,(2,4)` as `x0 + x1 + x6 + x2*x4`.
std::string monomials(std::string_view text) {
  std::string sum;
  while (!text.empty()) {
    std::string_view term;
    if (text.front() == '(') {
      const auto end = text.find(')');
      if (end == std::string_view::npos)
        throw core::InputError(fmt::format("expected ')' after {}", core::quoted(text, 30)));
      term = text.substr(1, end - 1);
      text = core::trimmed(text.substr(end + 1));
      if (!text.empty() && text.front() != ',')
        throw core::InputError(fmt::format("expected ',' before {}", core::quoted(text, 30)));
    } else {
      term = text.substr(0, text.find(','));
      text = text.substr(term.size());
    }
    sum += (sum.empty() ? "" : " + ") + product(term);
    if (text.empty()) break;
    text = core::trimmed(text.substr(1));
    if (text.empty()) throw core::InputError("expected a cell or a list in parentheses after the last ','");
  }
  return sum;
}

[[noreturn]] void fail_data_set(const std::string& what) {
  throw core::InputError(fmt::format(
      "{}: the data set is an object degree -> form -> \"functions\" -> lists of lists of cells; for "
      "one JSON object a line use --batch",
      what));
}

std::string sum_of(const Json& function) {
  std::string sum;
  for (const Json& term : function) {
    std::vector<std::string> cells;
    for (const Json& cell : term) {
      if (!cell.is_number_unsigned()) fail_data_set("a cell is no number");
      cells.push_back(fmt::format("x{}", cell.get<std::uint64_t>()));
    }
    sum += fmt::format("{}{}", sum.empty() ? "" : " + ",
                       cells.empty() ? "1" : fmt::format("{}", fmt::join(cells, "*")));
  }
  return sum;
}

}  // namespace

FileFormat format_of(std::string_view first_line, std::uint64_t q) {
  first_line = core::trimmed(first_line);
  if (first_line.starts_with('{')) return FileFormat::data_set;
  if (first_line.find('x') != std::string_view::npos) return FileFormat::expressions;
  if (first_line.find('(') != std::string_view::npos) return FileFormat::monomials;
  std::vector<std::uint64_t> list;
  for (const auto cell : core::split(first_line, ','))
    list.push_back(core::parse_u64(core::trimmed(cell)).value_or(0));
  const bool falls = std::ranges::is_sorted(list, std::greater_equal{});
  return q == 2 && list.size() > 1 && falls && list.back() > 0 ? FileFormat::taps : FileFormat::coefficients;
}

RegisterLine read_line(FileFormat format, std::string_view text, const RegisterLine& given) {
  RegisterLine line = given;
  switch (format) {
    case FileFormat::taps:
      line.form.taps = numbers(text, "a stage, counted from 1");
      break;
    case FileFormat::monomials:
      line.form.feedback = monomials(core::trimmed(text));
      break;
    case FileFormat::expressions:
      line.form.feedback = std::string(text);
      line.form.any_degree = !line.form.degree;
      break;
    default:
      line.form.coefficients = read_csv_row(text, *given.field).form.coefficients;
  }
  return line;
}

std::vector<std::string> data_set_lines(std::string_view text) {
  const Json document = Json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded() || !document.is_object()) fail_data_set("not one JSON object");
  std::vector<std::string> lines;
  for (const auto& [degree, forms] : document.items()) {
    const auto cells = core::parse_u64(degree);
    if (!cells || !forms.is_object()) fail_data_set(fmt::format("key {}", core::quoted(degree)));
    for (const auto& [form, entry] : forms.items()) {
      const auto functions = entry.is_object() ? entry.find("functions") : entry.end();
      if (!entry.is_object() || functions == entry.end() || !functions->is_array())
        fail_data_set(fmt::format("key {} of {}", core::quoted(form), core::quoted(degree)));
      std::size_t number = 0;
      for (const Json& function : *functions) {
        if (!function.is_array()) fail_data_set("a function is no list");
        lines.push_back(Json{{"id", fmt::format("n{}/{}/{}", degree, form, number++)},
                             {"field", 2},
                             {"degree", *cells},
                             {"feedback", sum_of(function)}}
                            .dump());
      }
    }
  }
  return lines;
}

}  // namespace gforbit::job_cycles
