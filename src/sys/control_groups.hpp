/// The control groups of this process, as the readers of memory, processor time and thread limits walk over
/// them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gforbit::sys {

struct ControlGroup {
  std::filesystem::path folder;  ///< of its files; it need not exist
  bool unified = false;          ///< version 2
};

/// Calls `visit` for the group of this process and for each of its ancestors up to the mount, in every
/// hierarchy that may have the controller ("memory", "cpu", "pids"). In a container the path of a group may
/// be one of the host, of which only the end of the chain (the mount itself) is visible: files that are
/// missing say nothing.
void for_each_control_group(const std::filesystem::path& root, std::string_view controller,
                            const std::function<void(const ControlGroup&)>& visit);

/// The first line of a file, without white space at its ends; nullopt where there is no such file.
[[nodiscard]] std::optional<std::string> line_in(const std::filesystem::path& file);
/// The number alone in a file; nullopt where there is no such file, or for version 2's "max".
[[nodiscard]] std::optional<std::uint64_t> number_in(const std::filesystem::path& file);
/// The number behind `key` in a file of lines "key number" or "key: number kB".
[[nodiscard]] std::optional<std::uint64_t> number_of(const std::filesystem::path& file, std::string_view key);

}  // namespace gforbit::sys
