#include "stream/file_facts.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "gforbit/core/digest.hpp"
#include "gforbit/core/error.hpp"
#include "stream/source_file.hpp"

namespace gforbit::job_stream {

FileFacts facts_of(const std::string& path) {
  if (is_pipe(path)) return {fmt::format("sha256 {}", open_source(path).digest()), "none"};
  constexpr std::uint64_t kPart = std::uint64_t{1} << 20, kParts = 64;
  const auto fail = [&](int error) {
    throw core::InputError(fmt::format("cannot read '{}': {}", path, std::strerror(error)));
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail(errno);
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const bool whole = size <= kParts * kPart;
  core::Sha256 sha;
  std::vector<char> block(kPart);
  for (std::uint64_t part = 0; part < kParts; ++part) {
    const std::uint64_t at = whole ? part * kPart : (size - kPart) / (kParts - 1) * part;
    if (at >= size) break;
    const std::uint64_t n = std::min(kPart, size - at);
    file.seekg(static_cast<std::streamoff>(at));
    if (!file.read(block.data(), static_cast<std::streamsize>(n))) fail(EIO);
    sha.update(std::string_view(block.data(), n));
  }
  return {fmt::format("{} bytes, sha256 {}{}", size, whole ? "" : "of parts ", sha.hex()),
          fmt::format("{}.{:09}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec)};
}

}  // namespace gforbit::job_stream
