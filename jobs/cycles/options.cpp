// The option table of the cycles job and the rules between its options.
#include "cycles/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "gforbit/fsr/feedback.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::string_view kName = "cycles";

int degree(std::string_view text) {
  return static_cast<int>(config::parse_natural(text, 1, fsr::kMaxDegree));
}

config::Section register_section(CyclesOptions& o) {
  using config::into;
  return {
      "Registers (exactly one of --coefficients, --feedback, --registers, --batch)",
      {
          {"field", "Q", "order of the field GF(Q), a power of a prime", into(o.field, config::natural(2))},
          {"modulus", "C0,C1,...",
           "the monic irreducible polynomial that defines GF(p^m), coefficients low to high: 1,1,1 for GF(4)",
           into(o.modulus, config::parse_naturals), "", "the Conway polynomial"},
          {"coefficients", "C0,...,C{d-1}", "linear register: the new cell is the sum of Ci * x_i",
           into(o.coefficients, config::parse_naturals)},
          {"feedback", "TEXT",
           "polynomial in x0..x{d-1}, such as 'x0 + x3 + x5*x9 + 1' or '2*x0 + x1^2*x3'; needs --degree",
           into(o.feedback, config::text()), "", "", false, true},
          {"degree", "D", "number of cells", into(o.degree, degree)},
          {"registers", "FILE.csv", "one coefficient vector a row, all over --field",
           into(o.registers, config::text()), "", "", true},
          {"batch", "FILE.jsonl",
           "one JSON object a line with the keys field, degree, coefficients or feedback, and optionally id, "
           "modulus, priority (critical, high, normal, low, idle), timeout, method; - is standard input",
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
          {"store-cycles", "all|none|N",
           "rows of the cycle table: all, none, or the N smallest representatives of each register",
           into(o.store_cycles, rows), "1000000"},
          {"simd", "auto|scalar|sse2|avx2|avx512",
           "vector level of the kernels; auto: the fastest that each rank's processor has",
           into(o.simd, simd), "auto", "", true},
      }};
}

[[noreturn]] void fail(const std::string& message) {
  config::fail_usage(kName, message);
}

// `a` needs `b`.
void require(const config::Settings& s, const std::string& a, const std::string& b, const std::string& why) {
  if (s.given(a) && !s.given(b)) fail(fmt::format("{} needs '--{}' ({})", s.origin(a), b, why));
}

void exclude(const config::Settings& s, const std::string& a, const std::string& b, const std::string& why) {
  if (s.given(a) && s.given(b))
    fail(fmt::format("{} and {} exclude each other ({})", s.origin(a), s.origin(b), why));
}

void check_source(const config::Settings& s) {
  static const std::array<std::string, 4> kSources{"coefficients", "feedback", "registers", "batch"};
  std::vector<std::string> given;
  for (const auto& source : kSources) {
    if (s.given(source)) given.push_back(s.origin(source));
  }
  if (given.size() == 1) return;
  fail(fmt::format("give exactly one of --coefficients, --feedback, --registers and --batch; {}",
                   given.empty() ? "none is given" : fmt::format("{} are given", fmt::join(given, " and "))));
}

void check_relations(const CyclesOptions& o) {
  const auto& s = o.settings;
  check_source(s);
  config::check_common(kName, o.common, s);
  constexpr std::uint64_t kLeastMemory = std::uint64_t{16} << 20;
  if (o.common.memory && *o.common.memory < kLeastMemory)
    fail(fmt::format("{} is less than a mapping works with: give at least 16M", s.origin("memory")));
  for (const std::string option : {"field", "modulus", "degree"}) {
    exclude(s, option, "batch", "each line of a batch carries its own");
  }
  exclude(s, "degree", "registers", "the number of cells in a row is the degree");
  require(s, "feedback", "degree", "the number of cells is not in the text");
  for (const std::string source : {"coefficients", "feedback", "registers"}) {
    require(s, source, "field", "the order of the field, such as 2");
  }
  if (o.common.coalesce == config::Coalesce::equivalent && o.store_cycles != 0) {
    fail(fmt::format(
        "{} needs '--store-cycles none' (equivalent registers share period distributions, not the "
        "smallest states of their cycles)",
        s.origin("coalesce")));
  }
  if (o.coefficients && o.degree && o.coefficients->size() != static_cast<std::size_t>(*o.degree)) {
    fail(fmt::format("{} is {}, but {} has {} elements; the degree may be left out", s.origin("degree"),
                     *o.degree, s.origin("coefficients"), o.coefficients->size()));
  }
}

}  // namespace

config::Command cycles_command(CyclesOptions& options) {
  return {
      .name = std::string(kName),
      .summary = "map the cycle structure of one register or of a batch",
      .details =
          "Maps the cycles of shift registers over GF(q): their number, periods and smallest states, for one "
          "register or for a batch, into an HDF5 file. A step takes the state (s_0, ..., s_{d-1}) to "
          "(s_1, ..., s_{d-1}, f(s_0, ..., s_{d-1})).",
      .sections = {register_section(options), mapping_section(options),
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

}  // namespace gforbit::job_cycles
