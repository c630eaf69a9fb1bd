// CSV rows, and the step from what a line says to a register.
#include "cycles/register_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cycles/system_json.hpp"
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
  auto& coefficients = line.form.coefficients.emplace();
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
  const auto order = line.field ? line.field : fsr::implied_order(line.form);
  if (!order) throw KeyError("field", "is missing: the order of the field, such as 2");
  try {
    return fields.get(*order, line.modulus);
  } catch (const core::InputError& error) {
    throw KeyError(line.modulus.empty() ? "field" : "modulus", error.what());
  }
}

namespace {

/// A system of one register without updates is that register, with its kernels and its results.
fsr::Register make_system(const std::string& json, FieldCache& fields) {
  try {
    const SystemText text = read_system(json);
    fsr::System system(fields.get(text.order, text.modulus), text.form);
    if (system.updates().size() == 1 && !system.output())
      return fsr::Register(system.updates().front().value);
    return fsr::Register(std::move(system));
  } catch (const core::InputError& error) {
    throw KeyError("system", error.what());
  }
}

}  // namespace

fsr::Register make_register(const RegisterLine& line, FieldCache& fields) {
  if (line.system) return make_system(*line.system, fields);
  const galois::Field field = make_field(line, fields);
  try {
    return fsr::Register(fsr::make_feedback(field, line.form));
  } catch (const fsr::FormError& error) {
    throw KeyError(error.part(), error.rule());
  }
}

}  // namespace gforbit::job_cycles
