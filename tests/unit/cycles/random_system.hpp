// Random systems of registers, and their step by its definition: from the texts, cell by cell.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/expression/parser.hpp"
#include "gforbit/fsr/state.hpp"
#include "gforbit/fsr/system.hpp"

namespace gforbit::testing_support {

class RandomSystem {
 public:
  RandomSystem(std::mt19937_64& random, std::uint64_t q) : random_(random), q_(q) {}

  /// Of `cells` cells in 1 to 4 registers, up to a third of the cells with updates. Three in four are
  /// nonsingular.
  fsr::SystemForm make(int cells) {
    const auto count = 1 + below(std::min<std::uint64_t>(4, static_cast<std::uint64_t>(cells)));
    fsr::SystemForm form;
    auto left = static_cast<std::uint64_t>(cells);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t others = count - 1 - i;
      const std::uint64_t length = others == 0 ? left : 1 + below(left - others);
      form.registers.push_back({std::string(1, "rsvw"[i]), length, "", {}});
      left -= length;
    }
    return with_functions(std::move(form));
  }

  /// The same for given lengths of registers, with at most so many updates in each.
  fsr::SystemForm make(const std::vector<std::uint64_t>& lengths, std::uint64_t most_updates) {
    fsr::SystemForm form;
    for (std::size_t i = 0; i < lengths.size(); ++i)
      form.registers.push_back({std::string(1, "rsvw"[i]), lengths[i], "", {}});
    return with_functions(std::move(form), most_updates);
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  fsr::SystemForm with_functions(fsr::SystemForm form, std::uint64_t most_updates = ~std::uint64_t{0}) {
    names_.clear();
    for (const auto& part : form.registers) {
      for (std::uint64_t cell = 0; cell < part.length; ++cell)
        names_.push_back(part.name + std::to_string(cell));
    }
    // A function may read what comes before its own dropped cell in this order; all cells now and then.
    const bool is_free = below(3) == 0;
    std::vector<std::string> dropped;
    for (auto& part : form.registers) {
      std::vector<std::uint64_t> updated;
      for (std::uint64_t cell = 0; cell + 1 < part.length; ++cell) {
        if (below(3) == 0 && below(2) == 0 && updated.size() < most_updates) updated.push_back(cell);
      }
      for (const std::uint64_t cell : updated) dropped.push_back(part.name + std::to_string(cell + 1));
      dropped.push_back(part.name + "0");
      for (const std::uint64_t cell : updated) part.updates.emplace_back(cell, "");
    }
    std::shuffle(dropped.begin(), dropped.end(), random_);
    const auto function = [&](const std::string& own) {
      if (is_free && below(3) == 0) return polynomial(names_);
      std::vector<std::string> readable = names_;
      if (!is_free) {
        const auto first = std::find(dropped.begin(), dropped.end(), own);
        std::erase_if(readable, [&](const auto& name) {
          return std::find(first, dropped.end(), name) != dropped.end();
        });
      }
      return fmt::format("{}*{} + {}", 1 + below(q_ - 1), own, polynomial(readable));
    };
    for (auto& part : form.registers) {
      for (auto& [cell, text] : part.updates) text = function(part.name + std::to_string(cell + 1));
      part.feedback = function(part.name + "0");
    }
    return form;
  }

  std::string polynomial(const std::vector<std::string>& names) {
    std::string text = fmt::format("{}", below(q_));
    for (std::uint64_t t = below(4); t > 0 && !names.empty(); --t) {
      text += fmt::format(" + {}", 1 + below(q_ - 1));
      for (std::uint64_t f = 1 + below(3); f > 0; --f) {
        const std::uint64_t exponent = 1 + (below(2) == 0 ? below(q_ - 1) : 0);
        text += "*" + names[below(names.size())] + (exponent == 1 ? "" : fmt::format("^{}", exponent));
      }
    }
    return text;
  }

  std::mt19937_64& random_;
  std::uint64_t q_;
  std::vector<std::string> names_;
};

/// Next states, by state, from the texts of the form. Time and memory q^d.
inline std::vector<std::uint64_t> next_states(const galois::Field& field, const fsr::SystemForm& form) {
  std::vector<expression::Cells> names;
  std::uint64_t degree = 0, states = 1;
  for (const auto& part : form.registers) {
    names.push_back({.name = part.name, .count = part.length, .first = degree});
    degree += part.length;
  }
  std::vector<std::pair<std::uint64_t, expression::Expression>> values;
  std::uint64_t first = 0;
  for (const auto& part : form.registers) {
    for (const auto& [cell, text] : part.updates)
      values.emplace_back(first + cell, expression::parse_expression(text, field, names));
    first += part.length;
    values.emplace_back(first - 1, expression::parse_expression(part.feedback, field, names));
  }
  for (std::uint64_t i = 0; i < degree; ++i) states *= field.order();
  std::vector<std::uint64_t> next;
  for (std::uint64_t state = 0; state < states; ++state) {
    const auto cells = fsr::cells_of(state, field.order(), static_cast<int>(degree));
    std::vector<galois::Element> after(cells.begin() + 1, cells.end());
    after.push_back(0);
    for (const auto& [cell, value] : values) after[cell] = value.evaluate(cells);
    next.push_back(fsr::index_of(after, field.order()));
  }
  return next;
}

/// A number of a test: `usual`, or what the environment says.
inline std::uint64_t from_environment(const char* name, std::uint64_t usual) {
  const char* const given = std::getenv(name);
  return given == nullptr ? usual : std::stoull(given);
}

/// How many random systems.
inline std::uint64_t random_systems(std::uint64_t usual) {
  return from_environment("GFORBIT_RANDOM_SYSTEMS", usual);
}

}  // namespace gforbit::testing_support
