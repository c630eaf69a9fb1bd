// Commands that answer questions about registers without a run: describe, convert and synthesize.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <ostream>

#include "commands/tool.hpp"
#include "cycles/convert.hpp"
#include "cycles/describe.hpp"
#include "cycles/understood.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/galois/field.hpp"
#include "gforbit/galois/order.hpp"
#include "gforbit/stream/berlekamp_massey.hpp"

namespace gforbit::commands {
namespace {

config::Command describe_describe() {
  job_cycles::CyclesOptions none;
  return job_cycles::describe_command(none);
}

ExitStatus run_describe(Arguments arguments, std::ostream& out) {
  job_cycles::describe(job_cycles::parse_describe_options(arguments), out);
  return ExitStatus::done;
}

config::Command describe_convert() {
  job_cycles::ConvertOptions none;
  return job_cycles::convert_command(none);
}

ExitStatus run_convert(Arguments arguments, std::ostream& out) {
  job_cycles::convert(job_cycles::parse_convert_options(arguments), out);
  return ExitStatus::done;
}

// ---- synthesize -------------------------------------------------------------------------------------------

struct SynthesizeValues {
  std::uint64_t field = 2;
  std::vector<std::uint64_t> sequence;
  std::string bits;  ///< file
};

config::Command describe_synthesize(SynthesizeValues& v) {
  const auto order = [](std::string_view text) {
    const auto q = galois::parse_order(text);
    if (!q || *q < 2) throw config::ValueError("expected the order of a field, such as 256, 2^8 or GF(256)");
    return *q;
  };
  return {
      .name = "synthesize",
      .summary = "find the shortest linear register that puts out a sequence",
      .details =
          "Finds the shortest linear register whose output (its oldest cell) begins with the given "
          "sequence, by the algorithm of Berlekamp and Massey, and says whether it is the only one: it is "
          "if the sequence has at least two elements for each cell.",
      .sections =
          {{"Options (exactly one of --sequence, --bits)",
            {{"sequence", "S0,S1,...", "elements, the first one put out first",
              config::into(v.sequence, config::parse_naturals)},
             {"bits", "FILE",
              "text file of elements: digits 0 and 1 of GF(2), or integers separated by blanks, commas or "
              "line ends; - is standard input",
              config::into(v.bits, config::text())},
             {"field", "Q", "order of the field: 256, 2^8 or GF(256)", config::into(v.field, order), "2"}}}},
      .examples = {{"gforbit synthesize --sequence 0,0,0,1,0,0,1,1,0,1,0,1", "x^4 + x + 1"},
                   {"gforbit synthesize --field 3 --bits output.txt", "a sequence over GF(3)"}}};
}

std::string text_of_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) throw core::InputError(fmt::format("cannot open '{}' for reading", path));
  }
  std::istream& in = path == "-" ? std::cin : file;
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_separator(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/// Over GF(2) every digit is an element.
std::vector<std::uint64_t> elements_of(std::string_view text, std::uint64_t q, const std::string& name) {
  std::vector<std::uint64_t> elements;
  for (std::size_t at = 0; at < text.size();) {
    if (is_separator(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (q > 2 && end < text.size() && !is_separator(text[end])) ++end;
    const auto value = core::parse_u64(text.substr(at, end - at));
    if (!value || *value >= q) {
      throw core::InputError(
          fmt::format("'{}', byte {}: {} is not an element of GF({}), an integer from 0 to {}", name, at + 1,
                      core::quoted(text.substr(at, end - at), 20), q, q - 1));
    }
    elements.push_back(*value);
    at = end;
  }
  return elements;
}

/// x^L C(1/x): the characteristic polynomial of the register, so c_i = -C_{L-i}.
std::vector<std::uint64_t> coefficients_of(const stream::ShortestRegister& shortest,
                                           const galois::Field& field) {
  std::vector<std::uint64_t> coefficients;
  for (std::uint64_t i = shortest.length; i > 0; --i)
    coefficients.push_back(field.negate(shortest.connection[i]));
  return coefficients;
}

void write_register(const stream::ShortestRegister& shortest, const std::vector<std::uint64_t>& sequence,
                    const galois::Field& field, std::ostream& out) {
  const auto line = [&](std::string_view name, std::string_view value) {
    out << fmt::format("{:18}{}\n", name, value);
  };
  const std::uint64_t length = shortest.length;
  line("sequence", fmt::format("{} over GF({})", core::counted(sequence.size(), "element"), field.order()));
  line("cells", std::to_string(length));
  const bool unique = 2 * length <= sequence.size();
  line("unique", unique ? "yes" : fmt::format("no: {} elements would decide it", 2 * length));
  if (length == 0) {
    out << "all elements are 0\n";
    return;
  }
  const auto feedback = fsr::Feedback::linear(field, coefficients_of(shortest, field));
  line("coefficients", fmt::format("{}", fmt::join(coefficients_of(shortest, field), ",")));
  for (const auto& [name, value] : job_cycles::linear_forms(feedback)) line(name, value);
  line("state", fmt::format("{}", fmt::join(sequence.begin(),
                                            sequence.begin() + static_cast<std::ptrdiff_t>(length), ",")));
}

ExitStatus run_synthesize(Arguments arguments, std::ostream& out) {
  SynthesizeValues v;
  const auto settings = config::read_settings(describe_synthesize(v), arguments);
  if (settings.given("sequence") == settings.given("bits"))
    config::fail_usage("synthesize", "give exactly one of --sequence and --bits");
  const galois::Field field = [&] {
    try {
      return galois::Field::of_order(v.field);
    } catch (const core::InputError& error) {
      config::fail_usage("synthesize", fmt::format("{}: {}", settings.origin("field"), error.what()));
    }
  }();
  if (settings.given("bits")) {
    v.sequence = elements_of(text_of_file(v.bits), v.field, v.bits);
  } else if (const auto bad = std::ranges::find_if(v.sequence, [&](auto e) { return !field.contains(e); });
             bad != v.sequence.end()) {
    config::fail_usage("synthesize", fmt::format("{}: {} is not an element of GF({})",
                                                 settings.origin("sequence"), *bad, v.field));
  }
  if (v.sequence.empty()) throw core::InputError(fmt::format("'{}' holds no elements", v.bits));
  stream::ElementsBuilder builder(v.field == 2);
  for (const std::uint64_t element : v.sequence) builder.push(element);
  const auto shortest = stream::shortest_register(builder.take(), field);
  write_register(shortest.value(), v.sequence, field, out);
  return ExitStatus::done;
}

config::Command describe_synthesize_page() {
  SynthesizeValues none;
  return describe_synthesize(none);
}

}  // namespace

std::vector<Tool> register_tools() {
  return {
      {"describe", "say what is known of a register before it is mapped", describe_describe, run_describe},
      {"convert", "write a register in another form or configuration", describe_convert, run_convert},
      {"synthesize", "find the shortest linear register that puts out a sequence", describe_synthesize_page,
       run_synthesize}};
}

}  // namespace gforbit::commands
