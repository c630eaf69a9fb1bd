#include "gforbit/store/input_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_place.hpp"

namespace gforbit::store {

namespace fs = std::filesystem;

InputFiles::InputFiles() {
  constexpr std::array<std::pair<int, std::string_view>, 3> kStandard{
      {{STDIN_FILENO, "the standard input of this run"},
       {STDOUT_FILENO, "the standard output of this run"},
       {STDERR_FILENO, "the standard error of this run"}}};
  for (const auto& [descriptor, name] : kStandard) {
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
      names_.try_emplace({status.st_dev, status.st_ino}, name);
  }
  struct stat program {};
  if (::stat("/proc/self/exe", &program) == 0)
    names_.try_emplace({program.st_dev, program.st_ino}, "this program");
}

void InputFiles::add(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
    names_.try_emplace({status.st_dev, status.st_ino},
                       fmt::format("'{}', which this run reads", path.string()));
}

void InputFiles::refuse_result(const fs::path& output) const {
  static const std::string kOfCheckpoint = fmt::format("{}{}", kCheckpointEnding, kTemporaryEnding);
  std::vector<std::string_view> endings{"", kOfCheckpoint};
  endings.insert(endings.end(), kEndingsBeside.begin(), kEndingsBeside.end());
  refuse(output, endings);
}

void InputFiles::refuse_text(const fs::path& output) const {
  constexpr std::array<std::string_view, 2> kEndings{"", kTemporaryEnding};
  refuse(output, kEndings);
}

void InputFiles::refuse(const fs::path& output, std::span<const std::string_view> endings) const {
  const fs::path resolved = resolved_output(output);
  for (const std::string_view ending : endings) {
    const std::string written = resolved.string() + std::string(ending);
    struct stat status {};
    if (::stat(written.c_str(), &status) != 0) continue;
    const auto found = names_.find({status.st_dev, status.st_ino});
    if (found == names_.end()) continue;
    throw core::UsageError(fmt::format("cannot write '{}': it is {}; choose another output, with --force too",
                                       ending.empty() ? output.string() : written, found->second));
  }
}

}  // namespace gforbit::store
