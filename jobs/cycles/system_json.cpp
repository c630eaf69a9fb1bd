#include "cycles/system_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "gforbit/config/line_file.hpp"
#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/json_error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/galois/order.hpp"

namespace gforbit::job_cycles {

namespace {

using Json = nlohmann::json;

const std::vector<std::string> kSystemKeys{"field", "modulus", "registers", "output"};
const std::vector<std::string> kPartKeys{"name", "length", "feedback", "updates", "configuration", "taps"};

std::string shown(const Json& json) {
  if (json.is_array()) return json.empty() ? "an empty list" : "a list";
  if (json.is_object()) return "an object";
  return core::quoted(json.dump(-1, ' ', false, Json::error_handler_t::replace), 40);
}

[[noreturn]] void fail(std::string_view key, std::string_view rule) {
  throw core::InputError(fmt::format("key '{}': {}", key, rule));
}

[[noreturn]] void fail_type(std::string_view key, std::string_view expected, const Json& found) {
  fail(key, fmt::format("expected {}, found {}", expected, shown(found)));
}

/// The text as JSON, in which no object has a key twice.
Json parsed(const std::string& text) {
  std::vector<std::set<std::string>> keys;
  const auto check = [&keys](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail(value.get<std::string>(), "appears twice in one object");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception& error) {
    throw core::InputError(fmt::format("not valid JSON: {}", core::json_reason(error.what())));
  }
}

void check_keys(const Json& object, const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end())
      throw core::InputError(
          fmt::format("unknown key {}{}", core::quoted(key), config::suggestion(key, known)));
  }
}

const Json& needed(const Json& object, const char* key) {
  if (!object.contains(key)) throw core::InputError(fmt::format("key '{}' is missing", key));
  return object[key];
}

std::string text_of(const Json& object, const char* key) {
  const Json& value = needed(object, key);
  if (!value.is_string()) fail_type(key, "a text", value);
  return value.get<std::string>();
}

std::uint64_t natural_of(std::string_view key, const Json& value) {
  if (!value.is_number_unsigned()) fail_type(key, "a whole number", value);
  return value.get<std::uint64_t>();
}

std::vector<std::uint64_t> naturals_of(const Json& object, const char* key) {
  std::vector<std::uint64_t> numbers;
  const Json& list = needed(object, key);
  if (!list.is_array() || list.empty()) fail_type(key, "a list of integers", list);
  for (const Json& each : list) numbers.push_back(natural_of(key, each));
  return numbers;
}

std::uint64_t order_of(const Json& object) {
  const Json& value = needed(object, "field");
  std::optional<std::uint64_t> order;
  if (value.is_number_unsigned()) order = value.get<std::uint64_t>();
  if (value.is_string()) order = galois::parse_order(value.get<std::string>());
  if (!order || *order < 2)
    fail_type("field", "an integer of at least 2, or a text such as \"2^8\" or \"GF(256)\"", value);
  return *order;
}

using Updates = std::vector<std::pair<std::uint64_t, std::string>>;

Updates updates_of(const Json& part) {
  Updates updates;
  if (!part.contains("updates")) return updates;
  const Json& object = part["updates"];
  if (!object.is_object()) fail_type("updates", R"(an object such as {"7": "s8 + s2*s3"})", object);
  for (const auto& [key, value] : object.items()) {
    const auto cell = core::parse_u64(key);
    if (!cell || std::to_string(*cell) != key)
      fail("updates", fmt::format("{} is no number of a cell: expected one as in {{\"7\": \"s8 + s2*s3\"}}",
                                  core::quoted(key, 40)));
    if (!value.is_string())
      fail("updates", fmt::format("cell {}: expected a text, found {}", key, shown(value)));
    updates.emplace_back(*cell, value.get<std::string>());
  }
  return updates;
}

/// The taps of a register over GF(2) with its stages counted from the input: tap t of n is the cell n - t.
std::vector<std::uint64_t> taps_of(const Json& json, std::uint64_t order) {
  if (order != 2) fail("taps", "taps are those of registers over GF(2): write the expressions");
  auto taps = naturals_of(json, "taps");
  std::ranges::sort(taps);
  if (std::ranges::adjacent_find(taps) != taps.end()) fail("taps", "a tap is given twice");
  if (taps.front() < 1) fail("taps", "taps are numbers from 1 on");
  if (json.contains("length") && natural_of("length", json["length"]) != taps.back())
    fail("taps",
         fmt::format("taps are from 1 to the length, {}, which is one of them", json["length"].dump()));
  return taps;
}

/// As --galois: where the output is 1, tap t flips the cell below cell t.
void add_galois_taps(const std::vector<std::uint64_t>& taps, fsr::SystemForm::Part& part) {
  for (const std::uint64_t tap : taps) {
    if (tap == part.length) continue;
    const auto is_same = [tap](const auto& update) { return update.first == tap - 1; };
    if (std::ranges::any_of(part.updates, is_same))
      fail("updates", fmt::format("cell {} has the tap {}, too: write both in the update", tap - 1, tap));
    part.updates.emplace_back(tap - 1, fmt::format("{0}{1} + {0}0", part.name, tap));
  }
}

std::string fibonacci_feedback(const std::vector<std::uint64_t>& taps, const fsr::SystemForm::Part& part) {
  std::string feedback;
  for (const std::uint64_t tap : taps)
    feedback += fmt::format("{}{}{}", feedback.empty() ? "" : " + ", part.name, part.length - tap);
  return feedback;
}

fsr::SystemForm::Part part_of(const Json& json, std::uint64_t order) {
  check_keys(json, kPartKeys);
  fsr::SystemForm::Part part;
  part.name = text_of(json, "name");
  part.updates = updates_of(json);
  const std::string configuration =
      json.contains("configuration") ? text_of(json, "configuration") : "fibonacci";
  if (configuration != "fibonacci" && configuration != "galois")
    fail("configuration",
         fmt::format("expected \"fibonacci\" or \"galois\", found {}", core::quoted(configuration, 40)));
  const bool has_taps = json.contains("taps"), has_feedback = json.contains("feedback");
  const auto taps = has_taps ? taps_of(json, order) : std::vector<std::uint64_t>{};
  part.length = has_taps ? taps.back() : natural_of("length", needed(json, "length"));
  if (configuration == "galois") {
    if (!has_taps && !json.contains("updates"))
      fail("configuration",
           "\"galois\" says where the taps are, and there are none: give taps or updates, or leave it out");
    part.feedback = has_feedback ? text_of(json, "feedback") : part.name + "0";
    add_galois_taps(taps, part);
    return part;
  }
  if (has_taps && has_feedback) fail("taps", "the taps are the feedback: leave one of the two out");
  part.feedback = has_taps ? fibonacci_feedback(taps, part) : text_of(json, "feedback");
  return part;
}

std::string place_of(std::size_t number, const Json& part) {
  std::string place = fmt::format("registers[{}]", number);
  if (part.is_object() && part.contains("name") && part["name"].is_string())
    place += " " + core::quoted(part["name"].get<std::string>(), 40);
  return place;
}

}  // namespace

SystemText read_system(const std::string& json) {
  const Json object = parsed(json);
  if (!object.is_object())
    throw core::InputError(
        fmt::format("expected an object with the keys field and registers, found {}", shown(object)));
  check_keys(object, kSystemKeys);
  SystemText system;
  system.order = order_of(object);
  if (object.contains("modulus")) system.modulus = naturals_of(object, "modulus");
  const Json& parts = needed(object, "registers");
  if (!parts.is_array()) fail_type("registers", "a list of objects", parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    try {
      if (!parts[i].is_object())
        throw core::InputError(fmt::format("expected an object, found {}", shown(parts[i])));
      system.form.registers.push_back(part_of(parts[i], system.order));
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}: {}", place_of(i, parts[i]), error.what()));
    }
  }
  if (object.contains("output")) system.form.output = text_of(object, "output");
  return system;
}

std::string read_system_file(const std::string& path) {
  config::LineFile file(path, kLargestSystem);
  std::string text;
  for (config::Line line; file.next(line);) {
    text.append(line.text).push_back('\n');
    if (text.size() > kLargestSystem)
      throw core::InputError(
          fmt::format("{}: more than {} bytes, the limit of a system", file.name(), kLargestSystem));
  }
  return text;
}

}  // namespace gforbit::job_cycles
