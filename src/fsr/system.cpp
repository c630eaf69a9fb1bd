#include "gforbit/fsr/system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "feedback_text.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::fsr {
namespace {

constexpr std::size_t kLongestName = 32;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string place_of(std::size_t number, const SystemForm::Part& part) {
  return fmt::format("registers[{}] {}", number, core::quoted(part.name, kLongestName));
}

void check_name(const galois::Field& field, const std::string& name) {
  const bool is_name = !name.empty() && name.size() <= kLongestName && is_letter(name.front()) &&
                       std::ranges::all_of(name, [](char c) { return is_letter(c) || c == '_'; });
  if (!is_name) {
    throw core::InputError(
        fmt::format("name: expected 1 to {} letters or _, a letter first, as in \"s\" or "
                    "\"lfsr\": the cells are then s0, s1, ...",
                    kLongestName));
  }
  if (expression::is_word(name))
    throw core::InputError(fmt::format("name: '{}' is a word of expressions: choose another", name));
  if (name == "a" && field.extension_degree() > 1)
    throw core::InputError("name: 'a' is the root of the modulus in expressions: choose another");
}

/// The texts of one system, read with the names of its cells.
class Reader {
 public:
  Reader(const galois::Field& field, const SystemForm& form) : field_(field) {
    for (const SystemForm::Part& part : form.registers) {
      cells_.push_back({.name = part.name, .count = part.length, .first = degree_});
      degree_ += part.length;
    }
  }

  [[nodiscard]] Feedback read(std::string_view what, std::string_view text) const {
    return parse_function(field_, static_cast<int>(degree_), cells_, what, text);
  }

 private:
  const galois::Field& field_;
  std::vector<expression::Cells> cells_;
  std::uint64_t degree_ = 0;
};

void check_part(const galois::Field& field, const SystemForm& form, std::size_t number,
                std::uint64_t cells_before) {
  const SystemForm::Part& part = form.registers[number];
  check_name(field, part.name);
  for (std::size_t other = 0; other < number; ++other) {
    if (form.registers[other].name == part.name)
      throw core::InputError(fmt::format("name: registers[{}] has it already: choose another", other));
  }
  if (part.length < 1 || part.length > static_cast<std::uint64_t>(kMaxDegree) - cells_before) {
    throw core::InputError(fmt::format("length: {} is not in 1..{}, the cells that are left of {} in all",
                                       part.length, static_cast<std::uint64_t>(kMaxDegree) - cells_before,
                                       kMaxDegree));
  }
  for (const auto& [cell, text] : part.updates) {
    if (std::ranges::count(part.updates, cell, [](const auto& update) { return update.first; }) > 1)
      throw core::InputError(fmt::format("updates: {}{} is given twice: leave one out", part.name, cell));
    if (cell + 1 == part.length) {
      throw core::InputError(
          fmt::format("updates: {0}{1} is the top cell, whose update is the key feedback", part.name, cell));
    }
    if (cell >= part.length) {
      throw core::InputError(fmt::format("updates: there is no cell {0}{1}: the register has {0}0..{0}{2}",
                                         part.name, cell, part.length - 1));
    }
  }
}

}  // namespace

System::System(const galois::Field& field, const SystemForm& form) : field_(field) {
  if (form.registers.empty()) throw core::InputError("registers: the list is empty: give one at least");
  for (std::size_t i = 0; i < form.registers.size(); ++i) {
    const SystemForm::Part& part = form.registers[i];
    try {
      check_part(field, form, i, static_cast<std::uint64_t>(degree_));
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}: {}", place_of(i, part), error.what()));
    }
    parts_.push_back({part.name, degree_, static_cast<int>(part.length)});
    degree_ += static_cast<int>(part.length);
  }
  const Reader reader(field, form);
  for (std::size_t i = 0; i < form.registers.size(); ++i) {
    const SystemForm::Part& given = form.registers[i];
    const Part& part = parts_[i];
    const std::string place = place_of(i, given);
    for (const auto& [cell, text] : given.updates)
      updates_.push_back({part.first + static_cast<int>(cell),
                          reader.read(fmt::format("{}: update of {}{}", place, part.name, cell), text)});
    updates_.push_back(
        {part.first + part.length - 1, reader.read(fmt::format("{}: feedback", place), given.feedback)});
  }
  std::ranges::sort(updates_, {}, &Update::cell);
  if (form.output) output_ = reader.read("output", *form.output);
}

std::vector<int> System::dropped_cells() const {
  // Above the top cell of a register is the first one of the next; the last update is that of the last top
  // cell.
  std::vector<int> dropped{0};
  for (const Update& update : std::span(updates_).first(updates_.size() - 1))
    dropped.push_back(update.cell + 1);
  return dropped;
}

FeedbackKind System::kind() const noexcept {
  FeedbackKind kind = FeedbackKind::linear;
  for (const Update& update : updates_) kind = std::max(kind, update.value.kind());
  return kind;
}

std::size_t System::length() const noexcept {
  std::size_t length = 0;
  for (const Update& update : updates_) length += update.value.length();
  return length;
}

std::string System::text_of(const Feedback& value) const {
  // Cells are the only words of a canonical text.
  const std::string numbered = value.text();
  std::string text;
  for (std::size_t at = 0; at < numbered.size();) {
    if (numbered[at] != 'x') {
      text += numbered[at++];
      continue;
    }
    std::size_t end = ++at;
    int cell = 0;
    for (; end < numbered.size() && numbered[end] >= '0' && numbered[end] <= '9'; ++end)
      cell = 10 * cell + (numbered[end] - '0');
    const auto above = std::ranges::upper_bound(parts_, cell, {}, &Part::first);
    const Part& part = *std::prev(above);
    fmt::format_to(std::back_inserter(text), "{}{}", part.name, cell - part.first);
    at = end;
  }
  return text;
}

std::string System::text() const {
  std::string text = fmt::format(R"({{"field": {}, )", field_.order());
  if (!field_.modulus().empty()) text += fmt::format(R"("modulus": [{}], )", field_.modulus_text());
  text += R"("registers": [)";
  for (const Part& part : parts_) {
    std::string feedback, others;
    for (const Update& update : updates_) {
      const int cell = update.cell - part.first;
      if (cell < 0 || cell >= part.length) continue;
      const std::string value = text_of(update.value);
      if (cell == part.length - 1) {
        feedback = value;
      } else {
        others += fmt::format(R"({}"{}": "{}")", others.empty() ? "" : ", ", cell, value);
      }
    }
    text += fmt::format(R"({}{{"name": "{}", "length": {}, "feedback": "{}")", part.first == 0 ? "" : ", ",
                        part.name, part.length, feedback);
    if (!others.empty()) text += fmt::format(R"(, "updates": {{{}}})", others);
    text += '}';
  }
  text += ']';
  if (output_) text += fmt::format(R"(, "output": "{}")", text_of(*output_));
  return text + '}';
}

}  // namespace gforbit::fsr
