/// What tells whether an input file is the one that a stopped run has read.
#pragma once

#include <string>

namespace gforbit::job_stream {

struct FileFacts {
  std::string
      contents;  ///< size and SHA-256; of a file above 64 MiB that of 64 parts of a MiB, evenly spread
  std::string modified;  ///< time of the last change
};

/// @throws core::InputError  it cannot be read
[[nodiscard]] FileFacts facts_of(const std::string& path);

}  // namespace gforbit::job_stream
