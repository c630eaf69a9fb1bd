#include "gforbit/stream/blocks.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <new>
#include <vector>

namespace gforbit::stream {

namespace {

constexpr int kSmallest = 10, kLargest = 24;  // powers of two of bytes; others are not kept
constexpr std::size_t kMostKept = std::size_t{16} << 20;

std::atomic<std::size_t> kept{0};  // bytes on all shelves

/// Blocks of one size, the last one given back on top.
struct Shelf {
  std::mutex mutex;
  std::vector<void*> blocks;
};

int power_of(std::size_t bytes) noexcept {
  return static_cast<int>(std::bit_width(bytes - 1));
}

bool is_kept(std::size_t bytes) noexcept {
  return bytes > std::size_t{1} << kSmallest && bytes <= std::size_t{1} << kLargest;
}

/// Never destroyed: batches may outlive whatever is destroyed at exit.
Shelf& shelf(std::size_t bytes) {
  static auto* const kShelves = new std::array<Shelf, kLargest + 1>;
  return (*kShelves)[static_cast<std::size_t>(power_of(bytes))];
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (!is_kept(bytes)) return ::operator new(bytes);
  Shelf& from = shelf(bytes);
  {
    const std::lock_guard lock(from.mutex);
    if (!from.blocks.empty()) {
      void* const block = from.blocks.back();
      from.blocks.pop_back();
      kept.fetch_sub(std::size_t{1} << power_of(bytes), std::memory_order_relaxed);
      return block;
    }
  }
  return ::operator new (std::size_t{1} << power_of(bytes));
}

void give_block(void* block, std::size_t bytes) noexcept {
  if (is_kept(bytes)) {
    Shelf& to = shelf(bytes);
    const std::lock_guard lock(to.mutex);
    if (to.blocks.capacity() == 0)
      to.blocks.reserve(64);  // without memory for that the program is at its end
    const std::size_t size = std::size_t{1} << power_of(bytes);
    if (to.blocks.size() < to.blocks.capacity() && kept.load(std::memory_order_relaxed) + size <= kMostKept) {
      kept.fetch_add(size, std::memory_order_relaxed);
      to.blocks.push_back(block);
      return;
    }
  }
  ::operator delete(block);
}

}  // namespace gforbit::stream
