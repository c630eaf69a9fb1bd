/// What long computations ask between pieces of some milliseconds: whether to stop.
#pragma once

#include <functional>
#include <stop_token>
#include <utility>

namespace gforbit::core {

/// A stop token that may do something else when it is asked: the thread of a rank that answers messages
/// computes too, and looks after them whenever its computation asks. Cheap to copy. A signal with a look
/// belongs to one thread.
class StopSignal {
 public:
  using Look = std::function<void()>;

  /// Never stops.
  StopSignal() = default;
  /// Implicit, so that a token serves wherever nothing else is to be done.
  /// @param look  called at each question, must outlive the signal and not throw; nullptr: nothing
  StopSignal(std::stop_token token, const Look* look = nullptr)  // NOLINT(google-explicit-constructor)
      : token_(std::move(token)), look_(look) {}

  [[nodiscard]] bool stop_requested() const {
    if (look_ != nullptr) (*look_)();
    return token_.stop_requested();
  }

  [[nodiscard]] const std::stop_token& token() const noexcept { return token_; }
  /// Another token, the same look.
  [[nodiscard]] StopSignal with(std::stop_token token) const { return {std::move(token), look_}; }

 private:
  std::stop_token token_;
  const Look* look_ = nullptr;
};

}  // namespace gforbit::core
