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

/// The tasks of task_files(). The id is the file's name
/// without its ending. Keys that are not known are ignored: some published files carry more.
/// @throws core::InputError  names file, key, sample and rule; two tasks of one id; no task at all
[[nodiscard]] std::vector<scoring::Task> read_tasks(std::span<const std::string> paths);

/// @param id  of the task
[[nodiscard]] scoring::Task task_from_text(const std::string& id, const std::string& text);

/// @throws core::InputError  the file cannot be read
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace gforbit::job_scoring
