// locate, distance and jump.
#include <string>
#include <vector>

#include "gforbit/index/locate.hpp"
#include "index/commands.hpp"
#include "index/opened.hpp"
#include "index/states.hpp"
#include "index/writers.hpp"

namespace gforbit::job_index {

namespace {

PlaceTexts texts_of(std::uint64_t state, const index::Place& place, const StateTexts& texts) {
  PlaceTexts result{texts.text(state), texts.text(place.representative), std::to_string(place.period),
                    std::to_string(place.position)};
  if (place.distance == 0) return result;
  result.distance = std::to_string(place.distance);
  result.entry = texts.text(place.entry);
  return result;
}

}  // namespace

void locate(const IndexOptions& options, std::ostream& out) {
  constexpr std::size_t kBlock = 1 << 18;
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const index::Locator locator(opened.reg.reg, opened.view);
  std::vector<std::uint64_t> states;
  for (const std::string& text : options.states) states.push_back(texts.read_argument(text));
  PlaceWriter writer(options, opened.view.nonsingular(), out);
  const auto answer = [&] {
    const auto places = locator.locate_all(states, options.threads);
    for (std::size_t i = 0; i < states.size(); ++i) writer.write(texts_of(states[i], places[i], texts));
    states.clear();
  };
  answer();
  if (!options.inputs) return;
  for_each_state(*options.inputs, [&](std::string_view text) {
    states.push_back(texts.read(text));
    if (states.size() >= kBlock) answer();
  });
  answer();
}

void distance(const IndexOptions& options, std::ostream& out) {
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const std::uint64_t from = texts.read_argument(options.from), to = texts.read_argument(options.to);
  const index::Locator locator(opened.reg.reg, opened.view);
  const auto steps = locator.distance(from, to);
  write_distance(options, texts.text(from), texts.text(to), steps ? std::to_string(*steps) : "", out);
}

void jump(const IndexOptions& options, std::ostream& out) {
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const std::uint64_t from = texts.read_argument(options.from);
  const index::Locator locator(opened.reg.reg, opened.view);
  write_jump(options, texts.text(from), texts.text(locator.jump(from, options.steps)), out);
}

}  // namespace gforbit::job_index
