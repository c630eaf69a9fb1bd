/// How a person ends single items of a run that works, from any node that sees its output: requests and the
/// answers of the run are lines of the file `OUTPUT.cancel`, which both sides append to. The run removes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gforbit::store {

struct CancelRequest {
  std::string token;  ///< of this request alone
  std::string item;   ///< id, as the job knows it
};

struct CancelAnswer {
  bool cancelled = false;
  std::string text;  ///< a sentence about the item
};

/// The side of the run. Whatever is wrong with the file, the run goes on.
class CancelInbox {
 public:
  /// @param output  without symbolic links; its claim is held
  explicit CancelInbox(const std::filesystem::path& output);

  /// What was asked since the last call. At first, of what an earlier run of this output has left, all that
  /// was not refused.
  /// @note  O(1) system calls where nothing is new
  [[nodiscard]] std::vector<CancelRequest> take();
  void answer(const CancelRequest& request, const CancelAnswer& answer) const;
  void remove() const noexcept;

 private:
  std::filesystem::path path_, folder_;
  std::uint64_t inode_ = 0, read_ = 0;  ///< the file, and how much of it has been read
};

/// The side of the person: one request.
class CancelCall {
 public:
  /// Makes the request.
  /// @param output  the result file of a run, which need not exist yet
  /// @throws core::InputError   no run has a claim on this output
  ///         core::OutputError  the file cannot be written
  CancelCall(const std::filesystem::path& output, const std::string& item);
  ~CancelCall();
  CancelCall(const CancelCall&) = delete;
  CancelCall& operator=(const CancelCall&) = delete;

  /// nullopt: there is none yet.
  [[nodiscard]] std::optional<CancelAnswer> answer() const;
  /// The run has not ended.
  [[nodiscard]] bool is_running() const;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path output_, path_;
  std::string token_;
  int fd_ = -1;  ///< of the file, which the run removes at its end
};

}  // namespace gforbit::store
