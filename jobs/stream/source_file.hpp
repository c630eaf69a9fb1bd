/// The lines that a source reads. Standard input, pipes, and files of gzip (.gz) and zstd (.zst) are read to
/// their end once in a process and kept in an unlinked temporary file, so that threads can read parts of
/// them, and all of it again.
#pragma once

#include <memory>
#include <string>

#include "gforbit/config/line_file.hpp"

namespace gforbit::job_stream {

/// Whether it can be read once only: `-`, a FIFO, a device, /dev/fd/3.
[[nodiscard]] bool is_pipe(const std::string& path);
/// Whether the name ends as that of a compressed file.
[[nodiscard]] bool is_compressed(const std::string& path);
/// The path as messages name it.
[[nodiscard]] std::string source_name(const std::string& path);

/// Any thread. @throws core::InputError  it cannot be read, or is no file of the format that its name says
///                 core::EnvironmentError  the temporary file cannot be written
[[nodiscard]] config::LineFile open_source(const std::string& path);
/// The same of its bytes, which need no line ends.
[[nodiscard]] config::LineFile open_bytes(const std::string& path);

/// A pipe that is read while it is written: what came so far is in a temporary file.
class LivePipe {
 public:
  virtual ~LivePipe() = default;
  [[nodiscard]] virtual config::LineFile lines() const = 0;
  /// Nothing will be added to the file. @throws core::InputError, core::EnvironmentError  it could not be
  /// read or kept
  [[nodiscard]] virtual bool ended() const = 0;
};
/// The one of this path in the process. Any thread. @throws core::InputError  it cannot be read
[[nodiscard]] std::shared_ptr<const LivePipe> open_live(const std::string& path);

}  // namespace gforbit::job_stream
