/// Tasks from JSON files: {"train": [{"input": grid, "output": grid}, ...], "test": [...]}.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "gforbit/scoring/task.hpp"

namespace gforbit::job_scoring {

/// Files and folders (all *.json in them, by name) in the order given. @throws core::InputError
[[nodiscard]] std::vector<std::filesystem::path> task_files(std::span<const std::string> paths);

/// What --tasks names, and how it is read.
struct TaskInput {
  std::vector<std::string> paths;
  std::string
      solutions{};  ///< file of the outputs of tests; empty: beside the file of tasks, if there is one
  bool id_from_path = false;  ///< ids are paths without ending, not names
  bool skip_errors = false;   ///< what cannot be read is left out
};

struct TaskSet {
  std::vector<scoring::Task> tasks;
  std::vector<std::filesystem::path> files;  ///< that were read
  std::vector<std::string> left_out;         ///< why, with the file
};

/// The tasks of task_files(). A file is one task, whose id is the name of the file without its ending; a bare
/// list of samples, which are tests; or an object of tasks by id. Keys that are not known are ignored: some
/// published files carry more. A task that is there twice, with the same samples, is read once.
/// @throws core::InputError  names file, key, sample and rule; two tasks of one id; no task at all
[[nodiscard]] TaskSet read_tasks(const TaskInput& input);

/// @param id  of the task
[[nodiscard]] scoring::Task task_from_text(const std::string& id, const std::string& text);

/// @throws core::InputError  the file cannot be read
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace gforbit::job_scoring
