#include "scoring/task_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/grid_json.hpp"
#include "scoring/units.hpp"

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

std::vector<scoring::Sample> read_samples(const Json& json, const char* list, bool outputs_required) {
  std::vector<scoring::Sample> samples;
  for (const Json& sample : json) {
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

const Json& list_of(const Json& task, const char* list) {
  if (!task.contains(list) || !task[list].is_array())
    throw core::InputError(fmt::format("key '{}': expected a list of samples", list));
  return task[list];
}

scoring::Task task_from_json(const std::string& id, const Json& json) {
  scoring::Task task{id, {}, {}};
  if (json.is_array()) {
    task.tests = read_samples(json, "list of samples", true);
  } else if (json.is_object() && json.empty()) {
    throw core::InputError("it is empty: expected the keys 'train' and 'test', or tasks by their ids");
  } else if (json.is_object()) {
    task.demos = read_samples(list_of(json, "train"), "train", true);
    task.tests = read_samples(list_of(json, "test"), "test", false);
  } else {
    throw core::InputError("expected an object with the keys 'train' and 'test', or a list of samples");
  }
  if (task.n_samples() == 0) throw core::InputError("no samples at all");
  return task;
}

/// {"id of a task": {"train": ..., "test": ...}, ...}
bool holds_many(const Json& json) {
  return json.is_object() && !json.empty() && !json.contains("train") && !json.contains("test") &&
         std::ranges::all_of(json, [](const Json& value) { return value.is_object(); });
}

/// @throws core::InputError  with the name of the file
Json read_json(const fs::path& file) {
  const std::string text = read_file(file);
  try {
    return parse_json(text);
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

/// The outputs of tests: {"id of a task": [grid, ...], ...}.
class Solutions {
 public:
  explicit Solutions(fs::path file) : file_(std::move(file)), json_(read_json(file_)) {
    if (!json_.is_object())
      throw core::InputError(
          fmt::format("{}: expected an object with a list of grids for each task", file_.string()));
  }

  /// Fills in the outputs that the tests lack. @return whether the task has a solution here
  bool apply(const std::string& key, scoring::Task& task) const {
    const auto found = json_.find(key);
    if (found == json_.end()) return false;
    const auto fail = [&](const std::string& what) {
      throw core::InputError(fmt::format("its solution in '{}': {}", file_.string(), what));
    };
    if (!found->is_array() || found->size() != task.tests.size())
      fail(fmt::format("expected a list of {}, one for each test, not {}",
                       core::counted(task.tests.size(), "grid"),
                       found->is_array() ? std::to_string(found->size()) : "another value"));
    for (std::size_t i = 0; i < task.tests.size(); ++i) {
      if (task.tests[i].output) continue;
      try {
        task.tests[i].output = grid_from_json((*found)[i]);
      } catch (const core::InputError& error) {
        fail(fmt::format("grid {}: {}", i + 1, error.what()));
      }
    }
    return true;
  }
  [[nodiscard]] const fs::path& file() const { return file_; }

 private:
  fs::path file_;
  Json json_;
};

constexpr std::string_view kChallenges = "challenges", kSolutions = "solutions";

/// The file of solutions beside a file of challenges; empty where there is none.
fs::path solutions_beside(const fs::path& file) {
  std::string name = file.filename().string();
  const auto at = name.rfind(kChallenges);
  if (at == std::string::npos) return {};
  name.replace(at, kChallenges.size(), kSolutions);
  const fs::path beside = file.parent_path() / name;
  return fs::is_regular_file(beside) ? beside : fs::path();
}

/// In a folder: what lies beside a file of challenges and is none.
bool belongs_to_challenges(const fs::path& file, const std::vector<fs::path>& files) {
  const std::string name = file.filename().string();
  const auto is_challenge = [&](const fs::path& other) {
    return other.parent_path() == file.parent_path() &&
           other.filename().string().find(kChallenges) != std::string::npos;
  };
  return (name.find(kSolutions) != std::string::npos || name.ends_with("submission.json")) &&
         std::ranges::any_of(files, is_challenge);
}

/// Takes in one file after the other.
class TaskReader {
 public:
  explicit TaskReader(const TaskInput& input) : input_(input) {
    if (!input.solutions.empty()) solutions_.emplace(input.solutions);
  }

  void add(const fs::path& file) {
    set_.files.push_back(file);
    try {
      add_json(file, read_json(file));
    } catch (const core::InputError& error) {
      fail(error.what());
    }
  }

  TaskSet take() {
    if (set_.tasks.empty()) {
      std::string text = "no task is left";
      for (const std::string& why : set_.left_out) text += "\n  " + why;
      throw core::InputError(text);
    }
    if (solutions_ && n_solved_ == 0)
      throw core::InputError(fmt::format("'{}' has a solution of none of the {}", solutions_->file().string(),
                                         core::counted(set_.tasks.size(), "task")));
    if (solutions_) set_.files.push_back(solutions_->file());
    return std::move(set_);
  }

 private:
  void fail(const std::string& what) {
    if (!input_.skip_errors) throw core::InputError(what);
    set_.left_out.push_back(what);
  }

  /// Calls `add`, whose errors are to begin with `where`.
  template <class Add>
  static void add_at(const std::string& where, Add add) {
    try {
      add();
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}: {}", where, error.what()));
    }
  }

  void add_json(const fs::path& file, const Json& json) {
    const fs::path named = input_.id_from_path ? file.lexically_normal() : file.filename();
    const std::string stem = (named.parent_path() / named.stem()).string();
    if (!holds_many(json))
      return add_at(file.string(),
                    [&] { add_task(file, file.stem().string(), task_from_json(stem, json), solutions_); });
    std::optional<Solutions> beside;
    if (const fs::path path = solutions_beside(file); !solutions_ && !path.empty()) {
      beside.emplace(path);
      set_.files.push_back(path);
    }
    for (const auto& [key, value] : json.items()) {
      try {
        add_at(fmt::format("{}: task {}", file.string(), core::quoted(key)), [&] {
          add_task(file, key, task_from_json(input_.id_from_path ? stem + '/' + key : key, value),
                   beside ? beside : solutions_);
        });
      } catch (const core::InputError& error) {
        fail(error.what());
      }
    }
  }

  /// @param key  of the task in a file of solutions
  void add_task(const fs::path& file, const std::string& key, scoring::Task task,
                const std::optional<Solutions>& solutions) {
    if (solutions) n_solved_ += solutions->apply(key, task) ? 1 : 0;
    const auto [first, is_new] = ids_.try_emplace(task.id, Place{file, set_.tasks.size()});
    if (is_new) {
      set_.tasks.push_back(std::move(task));
    } else if (!same_samples(task, set_.tasks[first->second.task])) {
      throw core::InputError(
          fmt::format("a task of the id {} is in '{}' already; --id-from path tells them apart",
                      core::quoted(task.id), first->second.file.string()));
    }
  }

  static bool same_samples(const scoring::Task& a, const scoring::Task& b) {
    core::ByteWriter bytes_of_a, bytes_of_b;
    write_samples(bytes_of_a, a);
    write_samples(bytes_of_b, b);
    return bytes_of_a.take() == bytes_of_b.take();
  }

  struct Place {
    fs::path file;
    std::size_t task = 0;
  };

  const TaskInput& input_;
  std::optional<Solutions> solutions_;  ///< of --solutions
  std::uint64_t n_solved_ = 0;
  TaskSet set_;
  std::map<std::string, Place> ids_;
};

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
    const std::vector<fs::path> all(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
    std::erase_if(files, [&](const fs::path& file) { return belongs_to_challenges(file, all); });
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
  return task_from_json(id, parse_json(text));
}

TaskSet read_tasks(const TaskInput& input) {
  TaskReader reader(input);
  for (const fs::path& file : task_files(input.paths)) reader.add(file);
  return reader.take();
}

}  // namespace gforbit::job_scoring
