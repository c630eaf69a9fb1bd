#include "index/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "gforbit/config/settings.hpp"
#include "gforbit/config/value.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/core/threads.hpp"
#include "gforbit/sys/placement.hpp"

namespace gforbit::job_index {

namespace {

using config::into;

config::Positional file_argument(IndexOptions& o) {
  return {"FILE.gfi", "the index that 'gforbit cycles --index' wrote", into(o.file, config::text())};
}

config::Option register_option(IndexOptions& o) {
  return {"register", "ID", "id of the register, where the file has several", into(o.reg, config::text())};
}

config::Option threads_option(IndexOptions& o) {
  return {"threads",
          "N",
          "threads",
          [&o](std::string_view text) {
            o.threads = static_cast<int>(config::parse_natural(text, 1, core::kMostThreads));
          },
          "",
          "the cores that this process may use"};
}

config::Option format_option(IndexOptions& o) {
  return {"format", "text|csv|jsonl", "format of the answers",
          into(o.format, config::one_of<Format>(
                             {{"text", Format::text}, {"csv", Format::csv}, {"jsonl", Format::jsonl}})),
          "text"};
}

config::Option bits_option(IndexOptions& o) {
  return {"as-bits", "", "states over GF(2) are strings of bits, cell x0 first, in questions and answers",
          into(o.as_bits, config::parse_switch), "false"};
}

core::Natural decimal(std::string_view text) {
  const bool is_digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_digits) throw config::ValueError("expected a number of steps, an integer from 0 on");
  return core::natural(text);
}

double share(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 1)
    throw config::ValueError("expected a probability above 0 and at most 1");
  return value;
}

constexpr const char* kStates =
    "A state is given as its index (decimal or 0x...), or as its cells from x0 on, separated by commas. ";

}  // namespace

config::Command locate_command(IndexOptions& o) {
  const auto add = [&o](std::string_view text) {
    for (const auto word : core::split(text, ' ')) {
      if (!word.empty()) o.states.emplace_back(word);
    }
  };
  return {
      .name = "locate",
      .summary = "say on which cycle a state is, and where on it",
      .details =
          std::string("Answers from an orbit index: the cycle of a state (its representative, which is the "
                      "smallest state on it, and its period) and the position, the number of steps from the "
                      "representative. For transient states of singular registers also the distance to the "
                      "cycle and the state where they enter it, which the position belongs to. A linear or "
                      "affine register may take the place of the file: then algebra answers. ") +
          kStates,
      .positionals = {file_argument(o)},
      .sections = {{"Options (at least one of --state, --states)",
                    {{"state", "S", "a state; may be repeated", add, "", "", false, false, true},
                     {"states", "FILE", "a state a line; - is standard input",
                      into(o.inputs, config::text())},
                     format_option(o),
                     bits_option(o),
                     register_option(o),
                     threads_option(o)}}},
      .examples = {{"gforbit locate a.gfi --state 0x1f --state 1,0,1,1", "two states"},
                   {"gforbit locate a.gfi --states states.txt --format csv", "a state a line"},
                   {"gforbit locate --taps 40,38,21,19 --state 12345",
                    "a linear register, without an index"}},
  };
}

config::Command distance_command(IndexOptions& o) {
  return {
      .name = "distance",
      .summary = "count the steps from one state to another",
      .details =
          std::string("Answers from an orbit index: the least number of steps after which the register is in "
                      "state T, from state S on; or that it never is. A linear or affine register may take "
                      "the place of the file: then discrete logarithms answer. ") +
          kStates,
      .positionals = {file_argument(o),
                      {"S", "the first state", into(o.from, config::text())},
                      {"T", "the other state", into(o.to, config::text())}},
      .sections = {{"Options", {format_option(o), bits_option(o), register_option(o)}}},
      .examples = {{"gforbit distance a.gfi 1 0x8000", "steps from state 1 to state 32768"},
                   {"gforbit distance --taps 40,38,21,19 1 12345", "a linear register, without an index"}},
  };
}

config::Command jump_command(IndexOptions& o) {
  return {
      .name = "jump",
      .summary = "say in which state a register is after N steps",
      .details =
          std::string(
              "Answers from an orbit index: the state N steps after state S. A linear or affine register may "
              "take the place of the file: then powers of x answer. N may have any number of "
              "digits. ") +
          kStates,
      .positionals = {file_argument(o),
                      {"S", "the first state", into(o.from, config::text())},
                      {"N", "steps", into(o.steps, decimal)}},
      .sections = {{"Options", {format_option(o), bits_option(o), register_option(o)}}},
      .examples = {{"gforbit jump a.gfi 1 1000000000000", "the state after 10^12 steps"},
                   {"gforbit jump --taps 16,14,13,11 0xACE1 1000000", "a linear register, without an index"}},
  };
}

config::Command orbit_command(IndexOptions& o) {
  return {
      .name = "orbit",
      .summary = "put out the states, or the elements, of a walk",
      .details =
          std::string(
              "Walks from state S on, by default until it repeats a state (on a cycle: once around), and "
              "puts out each state, or with --elements its oldest cell x0, which is the output sequence "
              "of the register. The index makes any --from as quick as 0. ") +
          kStates,
      .positionals = {file_argument(o), {"S", "the first state", into(o.from, config::text())}},
      .sections = {{"Options",
                    {{"from", "A", "begin A steps after S", into(o.steps, decimal), "0"},
                     {"to", "B", "end before the state B steps after S", into(o.to_step, decimal), "",
                      "where the walk repeats"},
                     {"elements", "", "elements of the field, not states",
                      into(o.elements, config::parse_switch), "false"},
                     {"format", "text|csv|jsonl|bits",
                      "text: a state or an element a line, of GF(2) 64 elements a line; bits: with "
                      "--elements over GF(2), eight "
                      "a byte, the first one highest",
                      into(o.format, config::one_of<Format>({{"text", Format::text},
                                                             {"csv", Format::csv},
                                                             {"jsonl", Format::jsonl},
                                                             {"bits", Format::bits}})),
                      "text"},
                     bits_option(o),
                     register_option(o)}}},
      .examples = {{"gforbit orbit a.gfi 1 --to 10", "the first ten states from state 1 on"},
                   {"gforbit orbit a.gfi 1 --elements --format bits > sequence.bin", "a whole period"}},
  };
}

config::Command verify_command(IndexOptions& o) {
  std::vector<std::pair<std::string, std::optional<cycles::SimdLevel>>> levels{{"auto", std::nullopt}};
  for (const auto level : cycles::simd_levels()) levels.emplace_back(cycles::simd_name(level), level);
  return {
      .name = "verify",
      .summary = "check an orbit index against its register",
      .details =
          "Reads all tables of an orbit index and walks its segments again, at another vector level than the "
          "one "
          "that wrote them where the processor has one. All segments together prove that the index of a "
          "nonsingular "
          "register is right and that no state is missing; a sample finds a wrong segment with the "
          "probability that "
          "is printed. A singular register is mapped again, which takes as long as a run; a sample proves "
          "nothing "
          "about missing cycles there. Exit status 0: nothing is wrong; 3: the output says what is wrong.",
      .positionals = {file_argument(o)},
      .sections = {{"Options",
                    {{"all", "", "walk all segments (the default)",
                      [&o](std::string_view text) {
                        if (config::parse_switch(text)) o.sample = 1;
                      }},
                     {"sample", "P", "walk each segment with probability P, one state at a time",
                      into(o.sample, share)},
                     {"seed", "N", "another sample", into(o.seed, config::natural()), "0"},
                     {"simd", "auto|scalar|sse2|avx2|avx512",
                      "vector level; auto: another one than wrote the file",
                      into(o.simd, config::one_of(std::move(levels))), "auto"},
                     register_option(o),
                     threads_option(o)}}},
      .examples = {{"gforbit verify a.gfi", "walks all states once"},
                   {"gforbit verify a.gfi --sample 0.01", "one segment in a hundred"}},
  };
}

void check_states(const config::Command& command, const IndexOptions& options) {
  if (command.name == "locate" && options.states.empty() && !options.inputs)
    config::fail_usage("locate", "which state? Give --state or --states");
}

IndexOptions parse_index_options(DescribeCommand describe, std::span<const std::string> arguments) {
  IndexOptions options;
  options.threads = static_cast<int>(sys::affinity_cores().size());
  const config::Command command = describe(options);
  const config::Settings settings = config::read_settings(command, arguments);
  check_states(command, options);
  if (settings.given("all") && settings.given("sample"))
    config::fail_usage("verify", "'--all' and '--sample' exclude each other");
  if (settings.given("seed") && !settings.given("sample"))
    config::fail_usage("verify", "'--seed' has no use without '--sample'");
  return options;
}

}  // namespace gforbit::job_index
