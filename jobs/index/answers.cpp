// locate, distance and jump.
#include <fmt/format.h>

#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "gforbit/config/line_file.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/index/locate.hpp"
#include "index/commands.hpp"
#include "index/opened.hpp"
#include "index/states.hpp"

namespace gforbit::job_index {

namespace {

/// States in JSON are numbers, or texts of bits.
std::string json(const std::string& state, bool as_bits) {
  return as_bits ? '"' + state + '"' : state;
}

class PlaceWriter {
 public:
  PlaceWriter(const IndexOptions& options, const StateTexts& texts, bool nonsingular, std::ostream& out)
      : options_(options), texts_(texts), nonsingular_(nonsingular), out_(out) {
    if (options.format == Format::csv)
      out << "state,representative,period,position" << (nonsingular ? "" : ",distance,entry") << '\n';
  }

  void write(std::uint64_t state, const index::Place& place) {
    text_.clear();
    switch (options_.format) {
      case Format::text:
        write_text(state, place);
        break;
      case Format::csv:
        write_csv(state, place);
        break;
      default:
        write_json(state, place);
    }
    out_ << text_;
  }

 private:
  template <class... Parts>
  void put(fmt::format_string<Parts...> form, Parts&&... parts) {
    fmt::format_to(std::back_inserter(text_), form, std::forward<Parts>(parts)...);
  }

  void write_text(std::uint64_t state, const index::Place& place) {
    put("{}: ", texts_.text(state));
    if (place.distance > 0)
      put("transient, {} before {}: ", core::counted(place.distance, "step"), texts_.text(place.entry));
    put("cycle of {}, period {}, position {}\n", texts_.text(place.representative), place.period,
        place.position);
  }

  void write_csv(std::uint64_t state, const index::Place& place) {
    put("{},{},{},{}", texts_.text(state), texts_.text(place.representative), place.period, place.position);
    if (!nonsingular_) put(",{},{}", place.distance, texts_.text(place.entry));
    text_ += '\n';
  }

  void write_json(std::uint64_t state, const index::Place& place) {
    const auto number = [&](std::uint64_t s) { return json(texts_.text(s), options_.as_bits); };
    put(R"({{"state": {}, "representative": {}, "period": {}, "position": {})", number(state),
        number(place.representative), place.period, place.position);
    if (place.distance > 0) put(R"(, "distance": {}, "entry": {})", place.distance, number(place.entry));
    text_ += "}\n";
  }

  const IndexOptions& options_;
  const StateTexts& texts_;
  bool nonsingular_;
  std::ostream& out_;
  std::string text_;
};

/// Calls `take` for blocks of the states of a file.
void read_states(const std::string& path, const StateTexts& texts,
                 const std::function<void(const std::vector<std::uint64_t>&)>& take) {
  constexpr std::size_t kBlock = 1 << 18;
  config::LineFile file(path);
  std::vector<std::uint64_t> states;
  for (config::Line line; file.next(line);) {
    if (core::trimmed(line.text).empty()) continue;
    try {
      states.push_back(texts.read(std::string(line.text)));
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}:{}: {}", file.name(), line.number, error.what()));
    }
    if (states.size() < kBlock) continue;
    take(states);
    states.clear();
  }
  take(states);
}

}  // namespace

void locate(const IndexOptions& options, std::ostream& out) {
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const index::Locator locator(opened.reg.reg, opened.view);
  std::vector<std::uint64_t> states;
  for (const std::string& text : options.states) states.push_back(texts.read_argument(text));
  PlaceWriter writer(options, texts, opened.view.nonsingular(), out);
  const auto answer = [&](const std::vector<std::uint64_t>& block) {
    const auto places = locator.locate_all(block, options.threads);
    for (std::size_t i = 0; i < block.size(); ++i) writer.write(block[i], places[i]);
  };
  answer(states);
  if (options.inputs) read_states(*options.inputs, texts, answer);
}

void distance(const IndexOptions& options, std::ostream& out) {
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const std::uint64_t from = texts.read_argument(options.from), to = texts.read_argument(options.to);
  const index::Locator locator(opened.reg.reg, opened.view);
  const auto steps = locator.distance(from, to);
  const std::string first = texts.text(from), last = texts.text(to);
  const std::string number = steps ? std::to_string(*steps) : "";
  switch (options.format) {
    case Format::text:
      out << (steps ? core::counted(*steps, "step")
                    : fmt::format("never: {} does not lead to {}", first, last))
          << '\n';
      break;
    case Format::csv:
      out << "from,to,distance\n" << first << ',' << last << ',' << number << '\n';
      break;
    default:
      out << fmt::format(R"({{"from": {}, "to": {}, "distance": {}}})", json(first, options.as_bits),
                         json(last, options.as_bits), steps ? number : "null")
          << '\n';
  }
}

void jump(const IndexOptions& options, std::ostream& out) {
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const std::uint64_t from = texts.read_argument(options.from);
  const index::Locator locator(opened.reg.reg, opened.view);
  write_jump(options, texts.text(from), texts.text(locator.jump(from, options.steps)), out);
}

void write_jump(const IndexOptions& options, const std::string& from, const std::string& to,
                std::ostream& out) {
  const std::string steps = core::decimal(options.steps);
  // JSON has no numbers beyond 64 bits for most readers.
  constexpr std::size_t kMostDigits = 19;
  const auto number = [&](const std::string& state) {
    return json(state, options.as_bits || state.size() > kMostDigits);
  };
  switch (options.format) {
    case Format::text:
      out << to << '\n';
      break;
    case Format::csv:
      out << "from,steps,to\n" << from << ',' << steps << ',' << to << '\n';
      break;
    default:
      out << fmt::format(R"({{"from": {}, "steps": "{}", "to": {}}})", number(from), steps, number(to))
          << '\n';
  }
}

}  // namespace gforbit::job_index
