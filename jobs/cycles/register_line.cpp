// CSV rows, and the step from what a line says to a register.
#include "cycles/register_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gforbit/core/text.hpp"

namespace gforbit::job_cycles {

namespace {

std::string_view without_quotes(std::string_view cell) {
  return cell.size() >= 2 && cell.front() == '"' && cell.back() == '"' ? cell.substr(1, cell.size() - 2)
                                                                       : cell;
}

}  // namespace

KeyError::KeyError(std::string key, std::string rule)
    : core::InputError(fmt::format("key '{}': {}", key, rule)),
      key_(std::move(key)),
      rule_(std::move(rule)) {}

RegisterLine read_csv_row(std::string_view row, std::uint64_t q) {
  RegisterLine line{.field = q};
  auto& coefficients = line.coefficients.emplace();
  if (static_cast<std::uint64_t>(std::ranges::count(row, ',')) > fsr::kMaxDegree)
    throw core::InputError(fmt::format("more than {} cells, the largest degree", fsr::kMaxDegree));
  for (const auto piece : core::split(row, ',')) {
    const auto cell = core::trimmed(without_quotes(core::trimmed(piece)));
    const auto value = core::parse_u64(cell);
    if (!value || *value >= q) {
      throw core::InputError(
          fmt::format("column {}: {}: expected an element of GF({}), an integer from 0 to {}{}",
                      coefficients.size() + 1, cell.empty() ? "the cell is empty" : core::quoted(cell, 30), q,
                      q - 1, value || cell.empty() ? "" : " (the file has no header row)"));
    }
    coefficients.push_back(*value);
  }
  return line;
}

galois::Field make_field(const RegisterLine& line, FieldCache& fields) {
  if (!line.field) throw KeyError("field", "is missing: the order of the field, such as 2");
  try {
    return fields.get(*line.field, line.modulus);
  } catch (const core::InputError& error) {
    throw KeyError(line.modulus.empty() ? "field" : "modulus", error.what());
  }
}

fsr::Register make_register(const RegisterLine& line, FieldCache& fields) {
  if (line.coefficients && line.feedback)
    throw KeyError("feedback", "give coefficients or feedback, not both");
  if (!line.coefficients && !line.feedback)
    throw KeyError("coefficients", "is missing, and so is feedback: give one");
  const galois::Field field = make_field(line, fields);
  if (line.feedback) {
    if (!line.degree)
      throw KeyError("degree", "is missing: a feedback text does not say the number of cells");
    try {
      return fsr::Register(fsr::Feedback::parse(field, *line.degree, *line.feedback));
    } catch (const core::InputError& error) {
      throw KeyError("feedback", error.what());
    }
  }
  if (line.degree && static_cast<std::size_t>(*line.degree) != line.coefficients->size()) {
    throw KeyError("degree", fmt::format("is {}, but there are {} coefficients; the degree may be left out",
                                         *line.degree, line.coefficients->size()));
  }
  try {
    return fsr::Register(fsr::Feedback::linear(field, *line.coefficients));
  } catch (const core::InputError& error) {
    throw KeyError("coefficients", error.what());
  }
}

}  // namespace gforbit::job_cycles
