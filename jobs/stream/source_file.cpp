#include "stream/source_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_place.hpp"

namespace gforbit::job_stream {

namespace {

constexpr std::string_view kGzip = ".gz", kZstd = ".zst";

[[noreturn]] void fail_damaged(const std::string& path, std::string_view format, const std::string& why) {
  throw core::InputError(fmt::format("'{}' is damaged or no file of {}: {}", path, format, why));
}
[[noreturn]] void fail_to_open(const std::string& path, int error) {
  throw core::InputError(fmt::format("cannot read '{}': {}", path, std::strerror(error)));
}

/// @param longest_line  of LineFile
config::LineFile lines_of_gzip(const std::string& path, std::uint64_t longest_line) {
  errno = 0;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rbe"), gzclose);
  if (!file) fail_to_open(path, errno != 0 ? errno : ENOMEM);
  return {path,
          [&](std::span<char> block) {
            const int got = gzread(file.get(), block.data(), static_cast<unsigned>(block.size()));
            int error = Z_OK;
            const char* const message = gzerror(file.get(), &error);
            if (got < 0 && error == Z_ERRNO) fail_to_open(path, errno);
            if (got < 0 || error == Z_BUF_ERROR)
              fail_damaged(path, "gzip", error == Z_BUF_ERROR ? "it ends too early" : message);
            if (got > 0 && gzdirect(file.get()) != 0) fail_damaged(path, "gzip", "it does not begin as one");
            return static_cast<std::size_t>(got);
          },
          longest_line};
}

config::LineFile lines_of_zstd(const std::string& path, std::uint64_t longest_line) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_to_open(path, errno);
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  if (!stream) throw std::bad_alloc();
  std::vector<char> packed(ZSTD_DStreamInSize());
  ZSTD_inBuffer in{packed.data(), 0, 0};
  std::size_t left = 0;  // of a frame
  return {path,
          [&](std::span<char> block) {
            ZSTD_outBuffer out{block.data(), block.size(), 0};
            while (out.pos == 0) {
              if (in.pos == in.size) {
                file.read(packed.data(), static_cast<std::streamsize>(packed.size()));
                if (file.bad()) fail_to_open(path, EIO);
                in = {packed.data(), static_cast<std::size_t>(file.gcount()), 0};
              }
              const bool at_end = in.size == 0;
              if (at_end && left == 0) break;
              left = ZSTD_decompressStream(stream.get(), &out, &in);
              if (ZSTD_isError(left) != 0) fail_damaged(path, "zstd", ZSTD_getErrorName(left));
              if (at_end && out.pos == 0 && left != 0) fail_damaged(path, "zstd", "it ends too early");
            }
            return out.pos;
          },
          longest_line};
}

bool is_standard_input(const std::string& path) {
  return source_name(path) != path;
}

bool is_terminal(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  const bool is = file >= 0 && ::isatty(file) != 0;
  if (file >= 0) ::close(file);
  return is;
}

/// What is copied before it is read must end. Of devices, terminals do, and /dev/null.
void refuse_endless(const std::string& path) {
  const std::string file = path == "-" ? "/dev/stdin" : path;
  constexpr unsigned kMemoryDevices = 1, kNull = 3;
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return;
  if (status.st_rdev == makedev(kMemoryDevices, kNull) || is_terminal(file)) return;
  const std::string name = source_name(path);
  throw core::InputError(fmt::format(
      "{} is a device, which may have no end: pass as many bytes as are wanted through a pipe (`head -c "
      "1000000 {} | gforbit stream --pipeline 'bits(\"-\") ...'`)",
      name == path ? fmt::format("'{}'", path) : name, name == path ? path : "/dev/urandom"));
}

/// What was read once, as it was then.
class Spool {
 public:
  config::LineFile file(const std::string& path, bool bytes) {
    const std::lock_guard lock(mutex_);
    const auto key = std::pair(identity(path), bytes);
    auto known = files_.find(key);
    if (known == files_.end()) known = files_.emplace(key, read(path, bytes)).first;
    return known->second.again();
  }
  static Spool& instance() {
    static Spool spool;
    return spool;
  }

 private:
  static config::LineFile read(const std::string& path, bool bytes) {
    if (is_pipe(path)) {
      refuse_endless(path);
      const std::string name = is_standard_input(path) ? "-" : path;
      return bytes ? config::LineFile::of_bytes(name) : config::LineFile(name);
    }
    const std::uint64_t longest_line = bytes ? config::LineFile::kAll : config::kLongestLine;
    return path.ends_with(kGzip) ? lines_of_gzip(path, longest_line) : lines_of_zstd(path, longest_line);
  }
  static std::string identity(const std::string& path) {
    if (is_pipe(path)) return is_standard_input(path) ? "-" : path;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const auto time = std::filesystem::last_write_time(path, error);
    return fmt::format("{}|{}|{}", std::filesystem::absolute(path).string(), size,
                       time.time_since_epoch().count());
  }

  std::mutex mutex_;
  std::map<std::pair<std::string, bool>, config::LineFile> files_;
};

/// A thread of its own reads, because it waits.
class SpooledPipe final : public LivePipe {
 public:
  explicit SpooledPipe(const std::string& path) : state_(std::make_shared<State>()) {
    refuse_endless(path);
    state_->name = source_name(path);
    state_->source = is_standard_input(path) ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (state_->source < 0) fail_to_open(path, errno);
    state_->copy = config::open_unlinked(state_->name);
    std::thread([state = state_] { state->copy_all(); }).detach();  // it may wait when the process ends
  }
  [[nodiscard]] config::LineFile lines() const override {
    return config::LineFile::of_descriptor(state_->name, state_->copy);
  }
  [[nodiscard]] bool ended() const override {
    if (!state_->ended) return false;
    if (state_->error_of_copy != 0)
      throw core::EnvironmentError(fmt::format("cannot keep a copy of {} (set TMPDIR to another folder): {}",
                                               state_->name, std::strerror(state_->error_of_copy)));
    if (state_->error != 0) fail_to_open(state_->name, state_->error);
    return true;
  }

 private:
  struct State {
    std::string name;
    int source = -1, copy = -1;
    int error = 0, error_of_copy = 0;  ///< known when it has ended
    std::atomic<bool> ended = false;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
      if (source > STDIN_FILENO) ::close(source);
      if (copy >= 0) ::close(copy);
    }
    void copy_all() {
      std::vector<char> block(std::size_t{1} << 16);
      while (error_of_copy == 0) {
        const auto got = ::read(source, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) error = errno;
        if (got <= 0) break;
        write(std::string_view(block.data(), static_cast<std::size_t>(got)));
      }
      ended = true;
    }
    void write(std::string_view bytes) {
      while (!bytes.empty()) {
        const auto put = ::write(copy, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) {
          error_of_copy = errno;
          return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
      }
    }
  };
  std::shared_ptr<State> state_;
};

}  // namespace

std::shared_ptr<const LivePipe> open_live(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const LivePipe>> pipes;
  const std::lock_guard lock(mutex);
  auto& pipe = pipes[source_name(path)];
  if (!pipe) pipe = std::make_shared<SpooledPipe>(path);
  return pipe;
}

bool is_pipe(const std::string& path) {
  if (path == "-" || store::is_in_proc(store::resolved_output(path))) return true;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

bool is_compressed(const std::string& path) {
  return path.ends_with(kGzip) || path.ends_with(kZstd);
}

std::string source_name(const std::string& path) {
  return path == "-" || path == "/dev/stdin" ? "standard input" : path;
}

config::LineFile open_source(const std::string& path) {
  if (is_pipe(path) || is_compressed(path)) return Spool::instance().file(path, false);
  return config::LineFile(path);
}

config::LineFile open_bytes(const std::string& path) {
  if (is_pipe(path) || is_compressed(path)) return Spool::instance().file(path, true);
  return config::LineFile::of_bytes(path);
}

}  // namespace gforbit::job_stream
