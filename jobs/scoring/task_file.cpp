#include "scoring/task_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/grid_json.hpp"

namespace gforbit::job_scoring {

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

scoring::Grid read_grid(const Json& sample, const char* list, std::size_t number, const char* key) {
  const auto fail = [&](std::string_view what) {
    throw core::InputError(fmt::format("'{}', sample {}, '{}': {}", list, number, key, what));
  };
  if (!sample.contains(key)) fail("missing");
  try {
    return grid_from_json(sample[key]);
  } catch (const core::InputError& error) {
    fail(error.what());
    throw;
  }
}

std::vector<scoring::Sample> read_samples(const Json& task, const char* list, bool outputs_required) {
  if (!task.contains(list) || !task[list].is_array())
    throw core::InputError(fmt::format("key '{}': expected a list of samples", list));
  std::vector<scoring::Sample> samples;
  for (const Json& sample : task[list]) {
    const std::size_t number = samples.size() + 1;
    if (!sample.is_object())
      throw core::InputError(fmt::format("'{}', sample {}: expected an object", list, number));
    scoring::Sample& added = samples.emplace_back();
    added.input = read_grid(sample, list, number, "input");
    const bool given = sample.contains("output") && !sample["output"].is_null();
    if (outputs_required || given) added.output = read_grid(sample, list, number, "output");
  }
  return samples;
}

}  // namespace

std::vector<fs::path> task_files(std::span<const std::string> paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.emplace_back(path);
      continue;
    }
    const std::size_t before = files.size();
    for (fs::recursive_directory_iterator item(path, error), end; !error && item != end;
         item.increment(error)) {
      if (item->path().extension() != ".json" || item->is_directory()) continue;
      if (item->is_fifo() || item->is_socket() || item->is_character_file())
        throw core::InputError(
            fmt::format("'{}' is a pipe or a device, no task file: remove it or give the files one by one",
                        item->path().string()));
      files.push_back(item->path());
    }
    if (error) throw core::InputError(fmt::format("cannot read folder '{}': {}", path, error.message()));
    if (files.size() == before) throw core::InputError(fmt::format("folder '{}' holds no *.json file", path));
    std::ranges::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
  }
  return files;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || fs::is_directory(path))
    throw core::InputError(fmt::format("cannot read '{}': {}", path.string(),
                                       fs::is_directory(path) ? "a folder" : std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

scoring::Task task_from_text(const std::string& id, const std::string& text) {
  const Json json = parse_json(text);
  if (!json.is_object()) throw core::InputError("expected an object with the keys 'train' and 'test'");
  scoring::Task task{id, read_samples(json, "train", true), read_samples(json, "test", false)};
  if (task.n_samples() == 0) throw core::InputError("no samples at all");
  return task;
}

std::vector<scoring::Task> read_tasks(std::span<const std::string> paths) {
  std::vector<scoring::Task> tasks;
  std::map<std::string, fs::path> files;
  for (const fs::path& file : task_files(paths)) {
    const auto [first, is_new] = files.try_emplace(file.stem().string(), file);
    if (!is_new)
      throw core::InputError(fmt::format("'{}': a task of the id {} is in '{}' already", file.string(),
                                         core::quoted(first->first), first->second.string()));
    try {
      tasks.push_back(task_from_text(first->first, read_file(file)));
    } catch (const core::InputError& error) {
      const std::string_view what = error.what();
      if (what.starts_with("cannot read")) throw;
      throw core::InputError(fmt::format("{}: {}", file.string(), what));
    }
  }
  return tasks;
}

}  // namespace gforbit::job_scoring
