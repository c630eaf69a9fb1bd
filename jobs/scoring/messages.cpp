#include "scoring/messages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/grid_json.hpp"

namespace gforbit::job_scoring {

namespace {

using Json = nlohmann::json;

std::string read_candidate(const Json& json) {
  const std::string name = json.is_string() ? json.get<std::string>() : "";
  const auto refused = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (name.empty() || name.size() > 255 || std::ranges::any_of(name, refused))
    throw core::InputError("'candidate': expected a text of 1 to 255 bytes without control characters");
  return name;
}

/// Fills `output` as far as it can.
void read_output(const Json& json, Reply::Output& output) {
  if (!json.is_object()) {
    output.grid = grid_from_json(json);
    return;
  }
  if (!json.contains("candidate") || !json.contains("output"))
    throw core::InputError("expected a grid or an object with 'candidate' and 'output'");
  output.candidate = read_candidate(json["candidate"]);
  output.grid = grid_from_json(json["output"]);
}

}  // namespace

Requests::Requests(const scoring::Task& task, bool hide_demo)
    : task_(task),
      hide_demo_(hide_demo),
      name_(Json(task.id).dump(-1, ' ', true, Json::error_handler_t::replace)) {
  for (const scoring::Sample& demo : task.demos) {
    std::string& text = demos_.emplace_back(R"({"input": )");
    append_grid(text, demo.input);
    text += R"(, "output": )";
    append_grid(text, *demo.output);
    text += '}';
  }
  all_demos_ = fmt::format("{}", fmt::join(demos_, ", "));
}

std::string Requests::text(std::uint64_t id, std::size_t sample) const {
  const bool demo = task_.is_demo(sample);
  std::string shown;
  if (demo && hide_demo_) {
    for (std::size_t i = 0; i < demos_.size(); ++i) {
      if (i == sample) continue;
      if (!shown.empty()) shown += ", ";
      shown += demos_[i];
    }
  }
  std::string text = fmt::format(
      R"({{"id": {}, "task": {}, "sample": {{"kind": "{}", "index": {}}}, "demo": [{}], "input": )", id,
      name_, demo ? "demo" : "test", demo ? sample : sample - demos_.size(),
      demo && hide_demo_ ? shown : all_demos_);
  append_grid(text, task_.sample(sample).input);
  return text + '}';
}

Reply reply_from_text(const std::string& text, std::uint64_t id, bool any_id) {
  const Json json = parse_json(text);
  if (!json.is_object()) throw core::InputError("the reply is no JSON object");
  const bool has_id = json.contains("id");
  if ((has_id || !any_id) && (!has_id || json["id"] != id))
    throw core::InputError("the reply has not the id of its request");
  Reply reply;
  if (json.contains("error")) {
    reply.error = json["error"].is_string() ? json["error"].get<std::string>() : shown(json["error"]);
    return reply;
  }
  if (!json.contains("outputs") || !json["outputs"].is_array())
    throw core::InputError("the reply has neither a list 'outputs' nor an 'error'");
  std::uint64_t bad = 0;
  for (const Json& output : json["outputs"]) {
    try {
      read_output(output, reply.outputs.emplace_back());
    } catch (const core::InputError& error) {
      if (bad++ == 0) reply.fault = fmt::format("output {}: {}", reply.outputs.size(), error.what());
    }
  }
  if (bad > 1) reply.fault += fmt::format(" ({} of {} outputs are no grids)", bad, reply.outputs.size());
  return reply;
}

std::string bad_reply_text(std::string_view what, std::string_view reply) {
  constexpr std::size_t kShown = 120;
  return fmt::format("{}: {}", what, core::quoted(core::as_utf8(reply), kShown));
}

}  // namespace gforbit::job_scoring
