// The option table of the cycles job and the rules between its options.
#include "cycles/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cycles/describe.hpp"
#include "gforbit/galois/order.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::string_view kName = "cycles";

/// The options that describe one register, exactly one of them.
const std::vector<std::string> kForms{"coefficients", "feedback", "polynomial", "taps", "mask"};

/// What says more of a register that one of them describes.
const std::vector<std::string> kOfOneRegister{"field", "modulus", "degree", "reciprocal",
                                              "xnor",  "galois",  "shift"};

void read_degree(fsr::Form& form, std::string_view text) {
  form.any_degree = text == "auto";
  if (!form.any_degree) form.degree = static_cast<int>(config::parse_natural(text, 1, fsr::kMaxDegree));
}

std::uint64_t field_order(std::string_view text) {
  const auto order = galois::parse_order(text);
  if (order && *order >= 2) return *order;
  if (text.find_first_of("^(") == std::string_view::npos) return config::parse_natural(text, 2);
  throw config::ValueError("expected the order of a field, such as 256, 2^8 or GF(256)");
}

}  // namespace

config::Section system_section(CyclesOptions& o) {
  return {"Or a system of registers",
          {{"system", "FILE.json",
            "several registers fed by all their cells, or updates of single cells, as one JSON object "
            R"({"field": 2, "registers": [{"name": "s", "length": 20, "feedback": "s0 + s3"}, ...]}; )"
            "- is standard input",
            config::into(o.system, config::text()), "", "", true}}};
}

namespace {

config::Section file_section(CyclesOptions& o) {
  using config::into;
  const auto format = config::one_of<FileFormat>({{"auto", FileFormat::automatic},
                                                  {"csv", FileFormat::coefficients},
                                                  {"taps", FileFormat::taps},
                                                  {"dubrova", FileFormat::monomials},
                                                  {"expressions", FileFormat::expressions},
                                                  {"waifi", FileFormat::data_set}});
  return {
      "Or many registers",
      {
          {"registers", "FILE",
           "one register a line, all over --field: coefficients as lfsr-seq reads them, or another --format; "
           "- is "
           "standard input",
           into(o.registers, config::text()), "", "", true},
          {"format", "auto|csv|taps|dubrova|expressions|waifi",
           "of --registers: coefficients; taps; monomials as lists of cells such as 0,1,6,(2,4), with "
           "--degree; "
           "expressions; the JSON data set of amundas/NLFSR. auto: as the first line looks",
           into(o.format, format), "", "auto"},
          {"batch", "FILE.jsonl",
           "one JSON object a line with a form of a register as above (keys field, degree, coefficients, "
           "feedback, "
           "polynomial, taps, ...), and optionally id, priority (critical, high, normal, low, idle), "
           "timeout, method; "
           "or a text alone, an expression over GF(2); - is standard input",
           into(o.batch, config::text()), "", "", true},
      }};
}

config::Section mapping_section(CyclesOptions& o) {
  using config::into;
  const auto method = config::one_of<Method>(
      {{"auto", Method::automatic}, {"algebraic", Method::algebraic}, {"enumerate", Method::enumerate}});
  const auto rows = config::word_or<std::uint64_t>(
      "all", config::kNoLimit, config::word_or<std::uint64_t>("none", 0, config::natural()));
  std::vector<std::pair<std::string, std::optional<cycles::SimdLevel>>> levels{{"auto", std::nullopt}};
  for (const auto level : cycles::simd_levels()) levels.emplace_back(cycles::simd_name(level), level);
  const auto simd = config::one_of(std::move(levels));
  return {
      "Mapping",
      {
          {"method", "auto|algebraic|enumerate",
           "algebraic: linear and affine registers only. auto: algebraic where it applies, else enumerate",
           into(o.method, method), "auto"},
          {"verify", "", "run both methods where both apply; any difference is an error (exit status 1)",
           into(o.verify, config::parse_switch), "false"},
          {"double-check", "",
           "map every enumerated register twice, with another vector level, other distinguished states and "
           "other ranks where it is possible; any difference is an error (exit status 1)",
           into(o.double_check, config::parse_switch), "false"},
          {"store-cycles", "all|none|N",
           "rows of the cycle table: all, none, or the N smallest representatives of each register",
           into(o.store_cycles, rows), "1000000"},
          {"basins", "",
           "of singular registers, count the states that lead to each cycle, and all transient states by "
           "their "
           "distance to a cycle (/results/transient_lengths)",
           into(o.basins, config::parse_switch), "false"},
          {"sequences", "",
           "of each stored cycle of an enumerated register, count the elements other than 0 that it puts out "
           "(the output of a system, "
           "else "
           "cell 0), and compute the linear complexity of this sequence; for periods up to 65536 and the "
           "first cycles, "
           "with 2^24 (linear complexity: 2^22) states together",
           into(o.sequences, config::parse_switch), "false"},
          {"index", "FILE.gfi",
           "write the orbit index of the registers that are completed: it answers where a state is (gforbit "
           "locate, "
           "distance, jump) and can be checked by others (gforbit verify); linear registers are enumerated "
           "for it",
           into(o.index, config::text())},
          {"index-states", "N",
           "distinguished states of each register in the index at most, 16 bytes each; fewer make look-ups "
           "slower",
           into(o.index_states, config::natural(1)), "", "as the mapping has them, at most 4194304"},
          {"simd", "auto|scalar|sse2|avx2|avx512",
           "vector level of the kernels; auto: the fastest that each rank's processor has",
           into(o.simd, simd), "auto", "", true},
      }};
}

[[noreturn]] void fail(const std::string& message) {
  config::fail_usage(kName, message);
}

void exclude(const config::Settings& s, const std::string& a, const std::string& b, const std::string& why) {
  if (s.given(a) && s.given(b))
    fail(fmt::format("{} and {} exclude each other ({})", s.origin(a), s.origin(b), why));
}

std::string as_options(const std::vector<std::string>& names) {
  std::vector<std::string> options;
  for (const auto& name : names) options.push_back("--" + name);
  const std::string last = options.back();
  options.pop_back();
  return fmt::format("{} and {}", fmt::join(options, ", "), last);
}

/// The file of a system says its field and its functions.
void exclude_beside_system(std::string_view command, const config::Settings& s) {
  if (!s.given("system")) return;
  for (const std::string& option : kOfOneRegister) {
    if (s.given(option))
      config::fail_usage(command, fmt::format("{} and {} exclude each other (the file of a system says it)",
                                              s.origin(option), s.origin("system")));
  }
}

/// Exactly one of these options says what the register is, and goes with a field and a degree.
void check_forms(std::string_view command, const std::vector<std::string>& sources, const CyclesOptions& o) {
  const config::Settings& s = o.settings;
  std::vector<std::string> given;
  for (const auto& source : sources) {
    if (s.given(source)) given.push_back(s.origin(source));
  }
  if (given.size() != 1) {
    config::fail_usage(command,
                       fmt::format("give exactly one of {}; {}", as_options(sources),
                                   given.empty() ? "none is given"
                                                 : fmt::format("{} are given", fmt::join(given, " and "))));
  }
  const auto need = [&](const char* option, const char* of, const char* why) {
    if (!s.given(of) || s.given(option)) return;
    config::fail_usage(command, fmt::format("{} needs '--{}' ({})", s.origin(of), option, why));
  };
  need("degree", "feedback", "the number of cells is not in the text; auto takes its highest cell");
  const bool of_bits = o.format == FileFormat::taps || o.format == FileFormat::monomials ||
                       o.format == FileFormat::data_set || fsr::implied_order(o.form);
  if (of_bits) return;
  for (const char* const source : {"coefficients", "feedback", "polynomial", "registers"})
    need("field", source, "the order of the field, such as 2");
}

void check_relations(const CyclesOptions& o) {
  const auto& s = o.settings;
  std::vector<std::string> sources = kForms;
  sources.insert(sources.end(), {"system", "registers", "batch"});
  check_forms(kName, sources, o);
  config::check_common(kName, o.common, s);
  constexpr std::uint64_t kLeastMemory = std::uint64_t{16} << 20;
  if (o.common.memory && *o.common.memory < kLeastMemory)
    fail(fmt::format("{} is less than a mapping works with: give at least 16M", s.origin("memory")));
  for (const std::string& option : kOfOneRegister) {
    exclude(s, option, "batch", "each line of a batch carries its own");
  }
  if (s.given("index-states") && o.index.empty())
    fail(fmt::format("{} needs '--index'", s.origin("index-states")));
  if (!o.index.empty() && o.method == Method::algebraic)
    fail(fmt::format("{} needs enumeration, not {} algebraic", s.origin("index"), s.origin("method")));
  if (o.double_check && o.method == Method::algebraic)
    fail(fmt::format("{} needs enumeration, not {} algebraic", s.origin("double-check"), s.origin("method")));
  if (!o.index.empty() && o.common.coalesce == config::Coalesce::equivalent)
    fail(fmt::format(
        "{} and {} equivalent exclude each other (equivalent registers have other states on their "
        "cycles)",
        s.origin("index"), s.origin("coalesce")));
  if (o.sequences && o.store_cycles == 0)
    fail(fmt::format("{} is about stored cycles, of which {} has none", s.origin("sequences"),
                     s.origin("store-cycles")));
  exclude_beside_system(kName, s);
  if (s.given("format") && !o.registers) fail(fmt::format("{} needs '--registers'", s.origin("format")));
  if (o.common.coalesce == config::Coalesce::equivalent && o.store_cycles != 0) {
    fail(fmt::format(
        "{} needs '--store-cycles none' (equivalent registers share period distributions, not the "
        "smallest states of their cycles)",
        s.origin("coalesce")));
  }
}

}  // namespace

config::Section form_section(CyclesOptions& o) {
  using config::into;
  const auto shift = config::one_of<fsr::Shift>({{"right", fsr::Shift::right}, {"left", fsr::Shift::left}});
  return {
      "A register (exactly one of --coefficients, --feedback, --polynomial, --taps, --mask)",
      {
          {"field", "Q", "order of the field GF(Q), a power of a prime: 256, 2^8 or GF(256)",
           into(o.field, field_order)},
          {"modulus", "C0,C1,...",
           "the monic irreducible polynomial that defines GF(p^m), coefficients low to high: 1,1,1 for GF(4)",
           into(o.modulus, config::parse_naturals), "", "the Conway polynomial"},
          {"coefficients", "C0,...,C{d-1}", "linear register: the new cell is the sum of Ci * x_i",
           into(o.form.coefficients, config::parse_naturals)},
          {"feedback", "TEXT",
           "expression in x0..x{d-1}, such as 'x0 + x3 + x5*x9 + 1', 'x0 + (1+x1)*(2-x3)^2' or over GF(2) "
           "'x0 xor "
           "maj(x1, x2, x7)'; needs --degree",
           into(o.form.feedback, config::text()), "", "", false, true},
          {"degree", "D|auto", "number of cells; auto: as the highest cell of --feedback says",
           [&o](std::string_view text) { read_degree(o.form, text); }},
          {"polynomial", "TEXT",
           "characteristic polynomial, monic, such as 'x^16 + x^5 + x^3 + x^2 + 1'; over GF(2) also 0x1002D "
           "(bit i is "
           "the coefficient of x^i)",
           into(o.form.polynomial, config::text())},
          {"taps", "T1,T2,...",
           "register over GF(2) by its taps, stages counted from the input: 16,14,13,11; the largest is the "
           "degree",
           into(o.form.taps, config::parse_naturals)},
          {"reciprocal", "", "the polynomial (taps, mask) that is given is the reciprocal one",
           into(o.form.reciprocal, config::parse_switch)},
          {"xnor", "", "complemented feedback over GF(2)", into(o.form.xnor, config::parse_switch)},
          {"galois", "", "Galois configuration of the register with this --polynomial, --taps or --mask",
           into(o.form.galois, config::parse_switch)},
          {"mask", "0x...", "what the Galois configuration adds to its cells where the output is 1",
           into(o.form.mask, config::text())},
          {"shift", "right|left", "direction in which the register of --mask shifts",
           into(o.form.shift, shift), "", "right"},
      }};
}

config::Command cycles_command(CyclesOptions& options) {
  return {
      .name = std::string(kName),
      .summary = "map the cycle structure of one register or of a batch",
      .details =
          "Maps the cycles of shift registers over GF(q): their number, periods and smallest states, for one "
          "register or for a batch, into an HDF5 file. A step takes the state (s_0, ..., s_{d-1}) to "
          "(s_1, ..., s_{d-1}, f(s_0, ..., s_{d-1})).",
      .sections = {form_section(options), system_section(options), file_section(options),
                   mapping_section(options),
                   config::common_section(options.common, "gforbit-cycles.h5", "maximal period")},
      .examples = {{"gforbit cycles --field 2 --coefficients 1,1,0,0", "a linear register of four cells"},
                   {"gforbit cycles --field 2 --degree 22 --feedback 'x0 + x5 + x3*x9' --output a.h5",
                    "a nonlinear register; gforbit summary a.h5 shows the result"},
                   {"gforbit cycles --field 3 --registers vectors.csv --method enumerate",
                    "all coefficient vectors of a file"},
                   {"mpirun -n 4 gforbit cycles --config run.ini --batch many.jsonl --force",
                    "a batch on four ranks; these options override run.ini"}},
      .notes = config::exit_status_notes(),
      .reads_config = true,
  };
}

CyclesOptions parse_cycles_options(std::span<const std::string> arguments) {
  CyclesOptions options;
  options.settings = config::read_settings(cycles_command(options), arguments);
  check_relations(options);
  return options;
}

void read_form_options(CyclesOptions& options, const config::Command& command,
                       std::span<const std::string> arguments) {
  options.settings = config::read_settings(command, arguments);
  std::vector<std::string> sources = kForms;
  sources.emplace_back("system");
  check_forms(command.name, sources, options);
  exclude_beside_system(command.name, options.settings);
}

CyclesOptions parse_describe_options(std::span<const std::string> arguments) {
  CyclesOptions options;
  read_form_options(options, describe_command(options), arguments);
  return options;
}

}  // namespace gforbit::job_cycles
