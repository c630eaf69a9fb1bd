#include "scoring/identity.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/digest.hpp"
#include "gforbit/core/fields.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_scoring {

namespace {

namespace fs = std::filesystem;

/// A larger file, perhaps a model, is told by its size and the time of its last change.
constexpr std::uintmax_t kLargestRead = std::uintmax_t{256} << 20;

std::string digest_of(const core::Bytes& bytes) {
  core::Sha256 sha;
  sha.update(bytes);
  return sha.hex();
}

std::string read_digest(const fs::path& path) {
  core::Sha256 sha;
  std::ifstream file(path, std::ios::binary);
  std::array<char, std::size_t{1} << 16> block;
  while (file.read(block.data(), block.size()) || file.gcount() > 0)
    sha.update(std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
  return sha.hex();
}

/// Digests of files, each read once.
class FileDigests {
 public:
  const std::string& of(const fs::path& path) {
    const auto [at, is_new] = digests_.try_emplace(path);
    if (is_new) at->second = find(path);
    return at->second;
  }

 private:
  static std::string find(const fs::path& path) {
    std::error_code none;
    const std::uintmax_t size = fs::file_size(path, none);
    if (size <= kLargestRead) return read_digest(path);
    core::ByteWriter out;
    out.put(size).put(fs::last_write_time(path, none).time_since_epoch().count());
    return digest_of(out.take());
  }
  std::map<fs::path, std::string> digests_;
};

bool is_file(const fs::path& path) {
  std::error_code none;
  return fs::is_regular_file(path, none);
}

/// Where a program without a slash in its name is found.
std::optional<fs::path> in_path(const std::string& name) {
  const char* const folders = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  if (folders == nullptr) return std::nullopt;
  for (const std::string_view folder : core::split(folders, ':')) {
    if (const fs::path path = fs::path(folder) / name; is_file(path)) return path;
  }
  return std::nullopt;
}

/// The file that a word of a command names; of "FILE.py:NAME" that is the part before the colon.
std::optional<fs::path> named_file(const solvers::Program& program, std::size_t word) {
  const std::string& text = program.command[word];
  if (word == 0 && text.find('/') == std::string::npos) return in_path(text);
  for (const std::string& name : {text, text.substr(0, text.rfind(':'))}) {
    if (const fs::path path = fs::path(program.folder) / name; is_file(path)) return path;
  }
  return std::nullopt;
}

std::string digest_of(const solvers::Program& program, const Rules& rules, FileDigests& files) {
  using Texts = std::vector<std::string>;
  core::ByteWriter out;
  core::Field<Texts>::write(out, program.command);
  core::Field<Texts>::write(out, program.variables);
  out.put_text(program.folder).put(program.protocol).put(program.ready);
  out.put(rules.attempts).put(rules.hide_demo).put(rules.coalesce);
  for (std::size_t word = 0; word < program.command.size(); ++word) {
    if (const auto path = named_file(program, word)) out.put(std::uint64_t{word}).put_text(files.of(*path));
  }
  return digest_of(out.take());
}

bool is_text(const fs::path& path) {
  std::array<char, 1 << 12> begin{};
  std::ifstream file(path, std::ios::binary);
  file.read(begin.data(), begin.size());
  return std::string_view(begin.data(), static_cast<std::size_t>(file.gcount())).find('\0') ==
         std::string_view::npos;
}

/// Bytes of the texts among the files that the command names; -1: there is none.
std::int64_t source_size(const solvers::Program& program) {
  std::set<fs::path> files;
  std::error_code none;
  for (std::size_t word = 0; word < program.command.size(); ++word) {
    if (const auto path = named_file(program, word); path && is_text(*path))
      files.insert(fs::weakly_canonical(*path, none));
  }
  std::int64_t size = files.empty() ? -1 : 0;
  for (const fs::path& path : files) size += static_cast<std::int64_t>(fs::file_size(path, none));
  return size;
}

}  // namespace

std::vector<SolverIdentity> identities_of(const std::vector<Solver>& solvers, const Rules& rules) {
  FileDigests files;
  std::vector<SolverIdentity> identities;
  for (const Solver& solver : solvers) {
    SolverIdentity& identity = identities.emplace_back();
    if (is_program(solver))
      identity = {digest_of(solver.program, rules, files), source_size(solver.program),
                  solver.program.limits};
    identity.size = solver.size.value_or(identity.size);
  }
  return identities;
}

std::string identity_of(const scoring::Task& task) {
  core::ByteWriter out;
  write_samples(out, task);
  return digest_of(out.take());
}

}  // namespace gforbit::job_scoring
