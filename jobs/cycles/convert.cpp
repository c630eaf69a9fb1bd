#include "cycles/convert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cycles/describe.hpp"
#include "cycles/input.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/fsr/configuration.hpp"
#include "gforbit/fsr/forms.hpp"

namespace gforbit::job_cycles {

namespace {

using Json = nlohmann::ordered_json;
using fsr::CellMap;
using fsr::Feedback;
using fsr::System;

constexpr std::size_t kMostTableInputs = 20;  ///< of a truth table in an expression
constexpr const char* kNonlinear = "the register is nonlinear: its forms are feedback, table and galois";

bool is_galois(TargetForm form) {
  return form >= TargetForm::galois;
}

/// A register in one of the two configurations; the cells of a system have the names it gives them.
struct Side {
  std::optional<Feedback> feedback;
  std::optional<System> system;
};

/// What is known of the source: the register with one feedback that puts out the same, and how to get there.
struct Source {
  Side side;
  Feedback fibonacci;
  std::optional<fsr::LinearWindow> linear;  ///< of a system that is not in Galois configuration
};

[[noreturn]] void refuse(const std::string& why) {
  throw core::InputError(why);
}

Source linear_source(const System& system) {
  const auto known = cycles::characteristic_factors(fsr::Register(system), {});
  const auto& factors = known->factors;
  const auto same = std::ranges::adjacent_find(factors, {}, &cycles::PolynomialFactor::coefficients);
  if (same != factors.end()) {
    refuse(fmt::format(
        "the system is similar to no register with one feedback: the factor {} of its polynomial has "
        "several powers among the elementary divisors",
        cycles::polynomial_text(same->coefficients)));
  }
  auto linear = fsr::linear_window(system);
  if (!linear)
    refuse(
        "no sum of cells was found that says all of the state, among 200 random ones: there are too many "
        "factors");
  Feedback feedback = linear->feedback;
  return {{{}, system}, std::move(feedback), std::move(linear)};
}

Source source_of_system(const System& system) {
  const bool may_be_linear =
      system.kind() == fsr::FeedbackKind::linear && system.degree() <= fsr::kMaxLinearSystem;
  try {
    return {{{}, system}, fsr::to_fibonacci(system), {}};
  } catch (const core::InputError&) {
    if (!may_be_linear) throw;
  }
  return linear_source(system);
}

Source source_of(const CyclesOptions& options) {
  BatchInput input = BatchInput::from_options(options);
  const fsr::Register reg = input.at(0).reg;
  if (reg.system() != nullptr) return source_of_system(*reg.system());
  const Feedback& feedback = reg.feedback();
  if (options.form.galois) return {{{}, fsr::to_galois(feedback)}, feedback, {}};
  return {{feedback, {}}, feedback, {}};
}

Side target_of(const Feedback& fibonacci, const ConvertOptions& options) {
  if (!is_galois(options.to)) return {fibonacci, {}};
  if (options.to != TargetForm::galois && fibonacci.kind() == fsr::FeedbackKind::nonlinear)
    refuse(kNonlinear);
  std::optional<int> terminal;
  if (options.terminal) terminal = static_cast<int>(*options.terminal);
  return {{}, fsr::to_galois(fibonacci, terminal)};
}

CellMap identity(const Feedback& feedback) {
  CellMap map;
  for (int cell = 0; cell < feedback.degree(); ++cell)
    map.push_back(Feedback::from_terms(feedback.field(), feedback.degree(), {{1, {{cell, 1}}}}));
  return map;
}

/// From the cells of the source to those of the target, or back.
class StateMap {
 public:
  StateMap(const Source& source, const Side& target) : source_(source), target_(target) {}

  [[nodiscard]] CellMap forward() const {
    if (!target_.system) return window_of_source();
    const CellMap cells = fsr::cells_from_window(*target_.system);
    return source_.side.system ? fsr::composed(cells, window_of_source()) : cells;
  }
  [[nodiscard]] CellMap inverse() const {
    if (!target_.system) return cells_of_source();
    const CellMap window = fsr::window_of_cells(*target_.system);
    return source_.side.system ? fsr::composed(cells_of_source(), window) : window;
  }

 private:
  [[nodiscard]] CellMap window_of_source() const {
    if (source_.linear) return source_.linear->window;
    return source_.side.system ? fsr::window_of_cells(*source_.side.system) : identity(source_.fibonacci);
  }
  [[nodiscard]] CellMap cells_of_source() const {
    if (source_.linear) return source_.linear->cells;
    return source_.side.system ? fsr::cells_from_window(*source_.side.system) : identity(source_.fibonacci);
  }

  const Source& source_;
  const Side& target_;
};

// ---- names of cells ---------------------------------------------------------------------------------------

std::vector<std::string> names_of(const Side& side) {
  std::vector<std::string> names;
  if (!side.system) {
    for (int cell = 0; cell < side.feedback->degree(); ++cell) names.push_back(fmt::format("x{}", cell));
    return names;
  }
  for (const System::Part& part : side.system->parts()) {
    for (int cell = 0; cell < part.length; ++cell) names.push_back(fmt::format("{}{}", part.name, cell));
  }
  return names;
}

/// A function of the cells of this side.
std::string text_on(const Side& side, const Feedback& function) {
  return side.system ? side.system->text_of(function) : function.text();
}

// ---- forms ------------------------------------------------------------------------------------------------

std::set<int> cells_read(const Feedback& feedback) {
  std::set<int> cells;
  if (!feedback.has_terms()) {
    for (const fsr::SignedProduct& product : feedback.products()) {
      for (int cell = 0; cell < feedback.degree(); ++cell) {
        if ((product.cells >> cell & 1) != 0) cells.insert(cell);
      }
    }
    return cells;
  }
  for (const fsr::Term& term : feedback.terms()) {
    for (const fsr::Factor& factor : term.factors) cells.insert(factor.cell);
  }
  return cells;
}

/// table(0x..., cells): bit k of the table is the value where the first cell is bit 0 of k.
std::string table_text(const Feedback& feedback) {
  if (feedback.field().order() != 2) refuse("a truth table is a form of registers over GF(2)");
  auto read = cells_read(feedback);
  if (read.empty()) read.insert(0);
  if (read.size() > kMostTableInputs) {
    refuse(fmt::format("the feedback reads {} cells, and a truth table has {} inputs at most", read.size(),
                       kMostTableInputs));
  }
  const std::vector<int> inputs(read.begin(), read.end());
  std::vector<galois::Element> cells(static_cast<std::size_t>(feedback.degree()), 0);
  std::string digits;  // the lowest one first
  const std::uint64_t rows = std::uint64_t{1} << inputs.size();
  for (std::uint64_t first = 0; first < rows; first += 4) {
    unsigned digit = 0;
    for (std::uint64_t row = first; row < std::min(first + 4, rows); ++row) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        cells[static_cast<std::size_t>(inputs[i])] = row >> i & 1;
      digit |= static_cast<unsigned>(feedback.evaluate(cells)) << (row - first);
    }
    digits += "0123456789ABCDEF"[digit];
  }
  std::ranges::reverse(digits);
  return fmt::format("table(0x{}, x{})", digits, fmt::join(inputs, ", x"));
}

/// The keys of a line of a batch that is this register.
class Writer {
 public:
  Writer(const Feedback& feedback, TargetForm form) : feedback_(feedback), form_(form) {}

  [[nodiscard]] Json line() const {
    Json line;
    add_field(line);
    switch (form_) {
      case TargetForm::feedback:
      case TargetForm::galois:
        return with_text(line, feedback_.text());
      case TargetForm::table:
        return with_text(line, table_text(feedback_));
      case TargetForm::coefficients:
        line["coefficients"] = coefficients();
        break;
      case TargetForm::polynomial:
        static_cast<void>(coefficients());
        line["polynomial"] = cycles::polynomial_text(cycles::characteristic_polynomial(feedback_));
        break;
      case TargetForm::taps:
        line["taps"] = taps();
        break;
      case TargetForm::mask:
      case TargetForm::left_mask:
        add_mask(line);
        break;
    }
    if (feedback_.kind() == fsr::FeedbackKind::affine) line["xnor"] = true;
    return line;
  }

 private:
  void add_field(Json& line) const {
    const galois::Field& field = feedback_.field();
    line["field"] = field.order();
    if (!field.modulus().empty()) line["modulus"] = field.modulus();
  }

  Json with_text(Json& line, std::string text) const {
    line["degree"] = feedback_.degree();
    line["feedback"] = std::move(text);
    return line;
  }

  /// Of a linear register, over GF(2) of an affine one, too.
  [[nodiscard]] std::vector<galois::Element> coefficients() const {
    if (feedback_.kind() == fsr::FeedbackKind::nonlinear) refuse(kNonlinear);
    if (feedback_.kind() == fsr::FeedbackKind::affine && feedback_.field().order() != 2)
      refuse("the feedback has a constant, which this form cannot say over this field: convert to feedback");
    return feedback_.coefficients();
  }

  [[nodiscard]] std::vector<std::size_t> taps() const {
    const auto list = coefficients();
    if (feedback_.field().order() != 2)
      refuse("taps are a form of registers over GF(2): convert to polynomial");
    if (list[0] == 0)
      refuse("x0 is not in the feedback, and the largest tap stands for it: convert to polynomial");
    std::vector<std::size_t> taps;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i] != 0) taps.push_back(list.size() - i);
    }
    return taps;
  }

  void add_mask(Json& line) const {
    static_cast<void>(coefficients());
    if (feedback_.kind() == fsr::FeedbackKind::affine)
      refuse("the feedback has a constant, which a mask cannot say: convert to galois");
    const bool right = form_ == TargetForm::mask;
    const std::string mask = fsr::mask_text(feedback_, right ? fsr::Shift::right : fsr::Shift::left);
    if (mask.empty())
      refuse("a mask is a form of registers over GF(2) whose feedback has x0: convert to galois");
    line["galois"] = true;
    line["mask"] = mask;
    if (right) return;
    line["shift"] = "left";
    line["degree"] = feedback_.degree();
  }

  const Feedback& feedback_;
  TargetForm form_;
};

/// A value as one word of a shell.
std::string in_quotes(const std::string& text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ',';
  });
  return is_plain ? text : "'" + text + "'";
}

std::string option_value(const Json& value) {
  if (value.is_string()) return in_quotes(value.get<std::string>());
  if (!value.is_array()) return value.dump();
  return fmt::format("{}", fmt::join(value.get<std::vector<std::uint64_t>>(), ","));
}

/// The options that say the same as a line of a batch.
std::string as_options(const Json& line) {
  if (line.contains("system")) return line["system"].dump();
  std::string text;
  for (const auto& [key, value] : line.items()) {
    text += fmt::format("{}--{}", text.empty() ? "" : " ", key);
    if (!value.is_boolean()) text += " " + option_value(value);
  }
  return text;
}

/// The register with one feedback as a system, which can have an output.
System as_system(const Feedback& feedback, const std::string& output) {
  fsr::SystemForm form{{{"x", static_cast<std::uint64_t>(feedback.degree()), feedback.text(), {}}}, output};
  return {feedback.field(), form};
}

Json line_of(const System& system) {
  return {{"system", Json::parse(system.text())}};
}

/// With the output of the source, if it has one.
Json target_line(const Source& source, const Side& target, const StateMap& map, TargetForm form) {
  const bool has_output = source.side.system && source.side.system->output();
  if (!has_output) {
    if (form == TargetForm::galois) return line_of(*target.system);
    return Writer(source.fibonacci, form).line();
  }
  if (form != TargetForm::galois && form != TargetForm::feedback)
    refuse("the system has an output, which only a system can have: convert to feedback or galois");
  const Feedback output = fsr::composed(*source.side.system->output(), map.inverse());
  if (target.feedback) return line_of(as_system(*target.feedback, output.text()));
  Json line = line_of(*target.system);
  line["system"]["output"] = target.system->text_of(output);
  return line;
}

Json functions_of(const Side& side, const CellMap& map, const Side& of) {
  Json object = Json::object();
  const auto names = names_of(side);
  for (std::size_t cell = 0; cell < map.size(); ++cell) object[names[cell]] = text_on(of, map[cell]);
  return object;
}

/// A row for each cell of the target; nullopt: the map is not linear.
std::optional<Json> matrix_of(const CellMap& map) {
  Json rows = Json::array();
  for (const Feedback& function : map) {
    if (function.kind() != fsr::FeedbackKind::linear) return std::nullopt;
    rows.push_back(function.coefficients());
  }
  return rows;
}

Json everything(const Source& source, const Side& target, const StateMap& map, Json line) {
  const CellMap forward = map.forward();
  Json all{{"register", std::move(line)},
           {"map", functions_of(target, forward, source.side)},
           {"inverse", functions_of(source.side, map.inverse(), target)}};
  if (auto matrix = matrix_of(forward)) all["matrix"] = *std::move(matrix);
  return all;
}

}  // namespace

config::Command convert_command(ConvertOptions& o) {
  using config::into;
  const auto target = config::one_of<TargetForm>({{"feedback", TargetForm::feedback},
                                                  {"fibonacci", TargetForm::feedback},
                                                  {"coefficients", TargetForm::coefficients},
                                                  {"polynomial", TargetForm::polynomial},
                                                  {"taps", TargetForm::taps},
                                                  {"table", TargetForm::table},
                                                  {"galois", TargetForm::galois},
                                                  {"mask", TargetForm::mask},
                                                  {"left-mask", TargetForm::left_mask}});
  const auto format = config::one_of<ConvertFormat>({{"options", ConvertFormat::options},
                                                     {"batch", ConvertFormat::batch},
                                                     {"map", ConvertFormat::map},
                                                     {"json", ConvertFormat::json}});
  return {
      .name = "convert",
      .summary = "write a register in another form or configuration",
      .details =
          "Writes a register in another form that gforbit reads, or the register in the other configuration: "
          "Fibonacci (one feedback) or Galois (updates of several cells). The state graphs of the two are "
          "isomorphic, and their cells 0 put out the same sequences.",
      .sections =
          {form_section(o.source),
           system_section(o.source),
           {"Conversion",
            {{"to", "FORM",
              "feedback (or fibonacci): the algebraic normal form; coefficients; polynomial; taps; table: "
              "the "
              "truth table; galois: a system in Galois configuration; mask, left-mask: the mask of one that "
              "shifts right or left",
              into(o.to, target)},
             {"terminal", "T", "lowest cell with an update of a Galois configuration",
              [&o](std::string_view text) { o.terminal = config::parse_natural(text, 0, fsr::kMaxDegree); },
              "", "the lowest one that is possible"},
             {"format", "options|batch|map|json",
              "options, or the file of --system; a line of --batch; the map of states: what each cell of the "
              "result is, in cells of the source; or both as JSON, with the inverse map",
              into(o.format, format), "options"}}}},
      .examples = {
          {"gforbit convert --taps 16,14,13,11 --to polynomial", "another form"},
          {"gforbit convert --taps 16,14,13,11 --to galois", "the Galois configuration, for --system"},
          {"gforbit convert --system g.json --to fibonacci --format map", "where each state goes"}}};
}

ConvertOptions parse_convert_options(std::span<const std::string> arguments) {
  ConvertOptions options;
  const config::Command command = convert_command(options);
  read_form_options(options.source, command, arguments);
  const config::Settings& settings = options.source.settings;
  if (!settings.given("to"))
    config::fail_usage(command.name, "give '--to' (the form, such as polynomial or galois)");
  if (options.terminal && options.to != TargetForm::galois)
    config::fail_usage(command.name, fmt::format("{} needs '--to galois'", settings.origin("terminal")));
  return options;
}

void convert(const ConvertOptions& options, std::ostream& out) {
  const Source source = source_of(options.source);
  const Side target = target_of(source.fibonacci, options);
  const StateMap map(source, target);
  if (options.format == ConvertFormat::map) {
    const auto names = names_of(target);
    const CellMap forward = map.forward();
    for (std::size_t cell = 0; cell < forward.size(); ++cell)
      out << fmt::format("{} = {}\n", names[cell], text_on(source.side, forward[cell]));
    return;
  }
  Json line = target_line(source, target, map, options.to);
  if (options.format == ConvertFormat::options) {
    out << as_options(line) << '\n';
  } else if (options.format == ConvertFormat::batch) {
    out << line.dump() << '\n';
  } else {
    out << everything(source, target, map, std::move(line)).dump() << '\n';
  }
}

}  // namespace gforbit::job_cycles
