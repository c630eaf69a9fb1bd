#include "index/writers.hpp"

#include "gforbit/core/natural.hpp"

namespace gforbit::job_index {

namespace {

std::string steps_text(std::string_view number) {
  return fmt::format("{} step{}", number, number == "1" ? "" : "s");
}

}  // namespace

std::string json_value(std::string_view text, bool as_bits) {
  constexpr std::size_t kMostDigits = 19;
  if (text.empty()) return "null";
  return as_bits || text.size() > kMostDigits ? fmt::format("\"{}\"", text) : std::string(text);
}

PlaceWriter::PlaceWriter(const IndexOptions& options, bool nonsingular, std::ostream& out)
    : options_(options), nonsingular_(nonsingular), out_(out) {
  if (options.format == Format::csv)
    out << "state,representative,period,position" << (nonsingular ? "" : ",distance,entry") << '\n';
}

void PlaceWriter::write(const PlaceTexts& place) {
  text_.clear();
  switch (options_.format) {
    case Format::text:
      write_text(place);
      break;
    case Format::csv:
      write_csv(place);
      break;
    default:
      write_json(place);
  }
  out_ << text_;
}

void PlaceWriter::write_text(const PlaceTexts& place) {
  append(text_, "{}: ", place.state);
  if (!place.distance.empty())
    append(text_, "transient, {} before {}: ", steps_text(place.distance), place.entry);
  append(text_, "{}, period {}, position {}\n",
         place.representative.empty() ? "on a cycle whose smallest state is not known"
                                      : "cycle of " + place.representative,
         place.period, place.position.empty() ? "not known" : place.position);
}

void PlaceWriter::write_csv(const PlaceTexts& place) {
  append(text_, "{},{},{},{}", place.state, place.representative, place.period, place.position);
  if (!nonsingular_) {
    const bool on_cycle = place.distance.empty();
    append(text_, ",{},{}", on_cycle ? "0" : place.distance, on_cycle ? place.state : place.entry);
  }
  text_ += '\n';
}

void PlaceWriter::write_json(const PlaceTexts& place) {
  const auto state = [&](const std::string& text) { return json_value(text, options_.as_bits); };
  append(text_, R"({{"state": {}, "representative": {}, "period": {}, "position": {})", state(place.state),
         state(place.representative), json_value(place.period), json_value(place.position));
  if (!place.distance.empty())
    append(text_, R"(, "distance": {}, "entry": {})", json_value(place.distance), state(place.entry));
  text_ += "}\n";
}

void write_distance(const IndexOptions& options, const std::string& from, const std::string& to,
                    const std::string& steps, std::ostream& out) {
  switch (options.format) {
    case Format::text:
      out << (steps.empty() ? fmt::format("never: {} does not lead to {}", from, to) : steps_text(steps))
          << '\n';
      break;
    case Format::csv:
      out << "from,to,distance\n" << from << ',' << to << ',' << steps << '\n';
      break;
    default:
      out << fmt::format(R"({{"from": {}, "to": {}, "distance": {}}})", json_value(from, options.as_bits),
                         json_value(to, options.as_bits), json_value(steps))
          << '\n';
  }
}

void write_jump(const IndexOptions& options, const std::string& from, const std::string& to,
                std::ostream& out) {
  const std::string steps = core::decimal(options.steps);
  switch (options.format) {
    case Format::text:
      out << to << '\n';
      break;
    case Format::csv:
      out << "from,steps,to\n" << from << ',' << steps << ',' << to << '\n';
      break;
    default:
      out << fmt::format(R"({{"from": {}, "steps": "{}", "to": {}}})", json_value(from, options.as_bits),
                         steps, json_value(to, options.as_bits))
          << '\n';
  }
}

}  // namespace gforbit::job_index
