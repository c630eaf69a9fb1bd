/// One thread that writes what the caller has prepared while the caller prepares what comes next. The caller
/// calls HDF5 itself only before the first post() and after finish(): one thread at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace gforbit::store {

class WriteBehind {
 public:
  WriteBehind();
  /// Without finish(): what was not begun is dropped.
  ~WriteBehind();
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  /// Runs `write` after everything posted before. Waits while several wait already, so that memory is
  /// bounded.
  /// @throws what an earlier `write` threw; nothing is run any more then
  void post(std::function<void()> write);
  /// Waits until all is written. @throws as post()
  void finish();

 private:
  void run();
  void rethrow();

  static constexpr std::size_t kMostWaiting = 4;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool writing_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace gforbit::store
