/// A few threads for the parts of one piece of work. Private to the module.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <algorithm>

namespace gforbit::index {

/// Calls `work(begin, end)` for the pieces of [0, size), each of `piece` elements but the last, by `threads`
/// threads of which the caller is one. After an exception no further piece is begun; the first one is thrown.
template <class Work>
void for_pieces(std::uint64_t size, std::uint64_t piece, int threads, const Work& work) {
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto run = [&] {
    try {
      for (;;) {
        const std::uint64_t begin = next.fetch_add(piece, std::memory_order_relaxed);
        if (begin >= size) return;
        work(begin, std::min(size, begin + piece));
      }
    } catch (...) {
      next.store(size, std::memory_order_relaxed);
      const std::scoped_lock lock(mutex);
      if (!error) error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    const std::uint64_t pieces = (size + piece - 1) / std::max<std::uint64_t>(piece, 1);
    const auto wanted = std::min(static_cast<std::uint64_t>(std::max(threads, 1)), pieces);
    for (std::uint64_t i = 1; i < wanted; ++i) others.emplace_back(run);
    run();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace gforbit::index
