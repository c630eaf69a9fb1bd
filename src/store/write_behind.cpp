#include "gforbit/store/write_behind.hpp"

#include <utility>

namespace gforbit::store {

WriteBehind::WriteBehind() : thread_([this] { run(); }) {}

WriteBehind::~WriteBehind() {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.clear();
    ended_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void WriteBehind::post(std::function<void()> write) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || waiting_.size() < kMostWaiting; });
  rethrow();
  waiting_.push_back(std::move(write));
  changed_.notify_all();
}

void WriteBehind::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || (waiting_.empty() && !writing_); });
  rethrow();
}

void WriteBehind::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (ended_) return;
    const std::function<void()> write = std::move(waiting_.front());
    waiting_.pop_front();
    writing_ = true;
    lock.unlock();
    std::exception_ptr error;
    try {
      write();
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    writing_ = false;
    if (error) {
      error_ = error;
      waiting_.clear();
    }
    changed_.notify_all();
  }
}

void WriteBehind::rethrow() {
  if (error_) std::rethrow_exception(error_);
}

}  // namespace gforbit::store
