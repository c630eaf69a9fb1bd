#include "gforbit/store/cancel_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "failure.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/store/output_target.hpp"

namespace gforbit::store {

namespace fs = std::filesystem;

namespace {

// A line has fields between tabs: "cancel", token and item, or "answer", token, "yes" or "no", and text.
constexpr std::string_view kRequest = "cancel", kAnswer = "answer", kYes = "yes", kNo = "no";

/// More than people ask for; what lies behind is read the next time.
constexpr std::size_t kReadAtOnce = 1 << 20;

std::string escaped(std::string_view text) {
  std::string field;
  for (const char c : text) {
    switch (c) {
      case '\\':
        field += "\\\\";
        break;
      case '\n':
        field += "\\n";
        break;
      case '\t':
        field += "\\t";
        break;
      default:
        field += c;
    }
  }
  return field;
}

std::string unescaped(std::string_view field) {
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      text += field[i];
      continue;
    }
    const char c = field[++i];
    text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return text;
}

/// The whole lines of a text. @return the bytes of these
template <class Action>
std::size_t for_each_line(std::string_view text, Action action) {
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', begin)) {
    action(core::split(text.substr(begin, end - begin), '\t'));
    begin = end + 1;
  }
  return begin;
}

class File {
 public:
  File(const fs::path& path, int flags)
      : File(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644)) {}
  /// Closes the descriptor at the end.
  explicit File(int fd) : fd_(fd) {
    struct stat status {};
    is_regular_ = fd_ >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
    inode_ = status.st_ino;
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] bool is_regular() const noexcept { return is_regular_; }
  [[nodiscard]] std::uint64_t inode() const noexcept { return inode_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] int duplicate() const { return ::fcntl(fd_, F_DUPFD_CLOEXEC, 0); }
  [[nodiscard]] std::string read(std::uint64_t from) const {
    std::string text(std::min<std::uint64_t>(kReadAtOnce, size_ - std::min(size_, from)), '\0');
    const auto n = ::pread(fd_, text.data(), text.size(), static_cast<off_t>(from));
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }
  /// A line in one piece, also where others append at the same time. False: errno says why.
  [[nodiscard]] bool append(const std::string& line) const {
    // O_APPEND alone is not atomic between the nodes of a network file system. A run must not wait for long.
    for (int tries = 0; tries < 20 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return ::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd_) == 0;
  }

 private:
  int fd_;
  bool is_regular_ = false;
  std::uint64_t inode_ = 0, size_ = 0;
};

fs::path cancel_path(const fs::path& output) {
  return output.string() + std::string(kCancelEnding);
}

fs::path directory_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Network file systems keep what they know of a folder for up to a minute; opening it makes them ask again.
void look_anew(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
}

std::optional<CancelAnswer> answer_in(const File& file, const std::string& token) {
  if (!file.is_regular()) return std::nullopt;
  std::optional<CancelAnswer> answer;
  for (std::uint64_t from = 0; from < file.size() && !answer;) {
    const std::size_t whole = for_each_line(file.read(from), [&](const auto& fields) {
      if (fields.size() == 4 && fields[0] == kAnswer && fields[1] == token)
        answer = {fields[2] == kYes, unescaped(fields[3])};
    });
    if (whole == 0) break;
    from += whole;
  }
  return answer;
}

std::string new_token() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return fmt::format("{}-{}-{}", host.data(), ::getpid(),
                     std::chrono::system_clock::now().time_since_epoch().count());
}

}  // namespace

// ---- the run ----------------------------------------------------------------------------------------------

CancelInbox::CancelInbox(const fs::path& output) : path_(cancel_path(output)), folder_(directory_of(path_)) {}

std::vector<CancelRequest> CancelInbox::take() {
  look_anew(folder_);
  const File file(path_, O_RDONLY);
  if (!file.is_regular()) {
    inode_ = read_ = 0;
    return {};
  }
  if (file.inode() != std::exchange(inode_, file.inode()) || file.size() < read_) read_ = 0;
  if (file.size() == read_) return {};
  std::vector<CancelRequest> requests;
  const std::string text = file.read(read_);
  const std::size_t whole = for_each_line(text, [&](const auto& fields) {
    if (fields.size() == 3 && fields[0] == kRequest)
      requests.push_back({std::string(fields[1]), unescaped(fields[2])});
    if (fields.size() == 4 && fields[0] == kAnswer && fields[2] == kNo)
      std::erase_if(requests, [&](const CancelRequest& request) { return request.token == fields[1]; });
  });
  // A piece this long without an end is no request.
  read_ += whole == 0 && text.size() == kReadAtOnce ? text.size() : whole;
  return requests;
}

void CancelInbox::answer(const CancelRequest& request, const CancelAnswer& answer) const {
  const File file(path_, O_WRONLY | O_APPEND);
  if (!file.is_regular()) return;
  static_cast<void>(file.append(fmt::format("{}\t{}\t{}\t{}\n", kAnswer, request.token,
                                            answer.cancelled ? kYes : kNo, escaped(answer.text))));
}

void CancelInbox::remove() const noexcept {
  std::error_code error;
  if (fs::is_regular_file(fs::symlink_status(path_, error))) ::unlink(path_.c_str());
}

// ---- the person -------------------------------------------------------------------------------------------

CancelCall::CancelCall(const fs::path& output, const std::string& item)
    : output_(resolved_output(output)), path_(cancel_path(output_)), token_(new_token()) {
  if (!is_running()) {
    throw core::InputError(
        fmt::format("{}: no run is writing this file, so there is nothing to cancel (a run that works keeps "
                    "'{}{}')",
                    named(output, output_), output_.string(), kLockEnding));
  }
  const File file(path_, O_RDWR | O_APPEND | O_CREAT);
  const int error = errno;
  if (!file.is_regular() || !file.append(fmt::format("{}\t{}\t{}\n", kRequest, token_, escaped(item)))) {
    throw core::OutputError(fmt::format("cannot write '{}', where the run looks for requests: {}",
                                        path_.string(),
                                        file.is_regular()   ? reason(errno)
                                        : fs::exists(path_) ? "it is not a regular file"
                                                            : reason(error)));
  }
  fd_ = file.duplicate();
}

CancelCall::~CancelCall() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<CancelAnswer> CancelCall::answer() const {
  // Network file systems tell of what others have written when a file is opened.
  if (auto answer = answer_in(File(path_, O_RDONLY), token_)) return answer;
  return answer_in(File(::dup(fd_)), token_);  // of a run that ended with its answer
}

bool CancelCall::is_running() const {
  return claim_holder(output_).has_value();
}

}  // namespace gforbit::store
