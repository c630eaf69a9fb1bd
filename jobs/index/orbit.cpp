// orbit: the states or the elements of a walk, as a stream.
#include <fmt/format.h>

#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/index/locate.hpp"
#include "index/commands.hpp"
#include "index/opened.hpp"
#include "index/states.hpp"
#include "index/writers.hpp"

namespace gforbit::job_index {

namespace {

/// Collects a block of text before it goes out.
class OrbitWriter {
 public:
  OrbitWriter(const IndexOptions& options, const StateTexts& texts, std::uint64_t q, std::ostream& out)
      : options_(options), texts_(texts), q_(q), out_(out) {
    const char* const name = options.elements ? "element" : "state";
    if (options.format == Format::csv) text_ = fmt::format("step,{}\n", name);
  }

  void write(const core::Natural& from, std::uint64_t number, std::uint64_t state) {
    switch (options_.format) {
      case Format::bits:
        put_bit(state % 2 != 0);
        break;
      case Format::text:
        put_text(number, state);
        break;
      case Format::csv:
        append(text_, "{},{}\n", core::decimal(from + number), value(state));
        break;
      case Format::jsonl:
        append(text_, "{{\"step\": {}, \"{}\": {}}}\n", core::decimal(from + number),
               options_.elements ? "element" : "state",
               json_value(value(state), options_.as_bits && !options_.elements));
    }
    if (text_.size() >= kBlock) flush();
  }

  void end() {
    if (in_byte_ > 0) text_ += static_cast<char>(byte_ << (8 - in_byte_));
    if (is_in_line_) text_ += '\n';
    flush();
  }

 private:
  static constexpr std::size_t kBlock = 1 << 16;
  static constexpr std::uint64_t kDigitsOfALine = 64;

  [[nodiscard]] std::string value(std::uint64_t state) const {
    return options_.elements ? std::to_string(state % q_) : texts_.text(state);
  }

  /// Elements of GF(2) are digits, 64 of them a line.
  void put_text(std::uint64_t number, std::uint64_t state) {
    if (!options_.elements || q_ != 2) return append(text_, "{}\n", value(state));
    text_ += state % 2 == 0 ? '0' : '1';
    is_in_line_ = (number + 1) % kDigitsOfALine != 0;
    if (!is_in_line_) text_ += '\n';
  }

  void put_bit(bool bit) {
    byte_ = static_cast<unsigned char>(2 * byte_ + (bit ? 1 : 0));
    if (++in_byte_ < 8) return;
    text_ += static_cast<char>(byte_);
    in_byte_ = 0;
  }

  void flush() {
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

  const IndexOptions& options_;
  const StateTexts& texts_;
  std::uint64_t q_;
  std::ostream& out_;
  std::string text_;
  unsigned char byte_ = 0;
  int in_byte_ = 0;
  bool is_in_line_ = false;
};

}  // namespace

void orbit(const IndexOptions& options, std::ostream& out) {
  const Opened opened(options);
  const StateTexts texts(opened.reg.reg, options.as_bits);
  const std::uint64_t q = opened.reg.reg.field().order(), start = texts.read_argument(options.from);
  if (options.format == Format::bits && (q != 2 || !options.elements))
    throw core::UsageError("'--format bits' is for the elements of registers over GF(2): give --elements");
  const index::Locator locator(opened.reg.reg, opened.view);
  const index::Place place = locator.locate(start);
  const core::Natural repeats = core::Natural(place.distance) + place.period;
  if (!options.to_step && options.steps >= repeats) {
    throw core::UsageError(
        fmt::format("'--from': the walk repeats a state after {} steps, and nothing new follows: give '--to'",
                    core::decimal(repeats)));
  }
  const core::Natural to = options.to_step.value_or(repeats);
  if (to < options.steps) throw core::UsageError("'--to' is less than '--from'");
  const core::Natural count = to - options.steps;
  if (count > ~std::uint64_t{0}) throw core::UsageError("'--to' and '--from' are 2^64 steps apart or more");
  const fsr::Stepper step(opened.reg.reg);
  OrbitWriter writer(options, texts, q, out);
  std::uint64_t state = locator.jump(start, options.steps);
  for (std::uint64_t number = 0; number < count; ++number, state = step.next(state))
    writer.write(options.steps, number, state);
  writer.end();
}

}  // namespace gforbit::job_index
