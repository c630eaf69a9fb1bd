#include "gforbit/stream/blocks.hpp"

#include <array>
#include <bit>
#include <mutex>
#include <new>
#include <vector>

namespace gforbit::stream {

namespace {

constexpr int kSmallest = 10, kLargest = 24;  // powers of two of bytes; others are not kept
constexpr std::size_t kMostKept = std::size_t{64} << 20;

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
      return block;
    }
  }
  return ::operator new (std::size_t{1} << power_of(bytes));
}

void give_block(void* block, std::size_t bytes) noexcept {
  if (is_kept(bytes)) {
    Shelf& to = shelf(bytes);
    const std::lock_guard lock(to.mutex);
    constexpr std::size_t kShare = kMostKept / (kLargest - kSmallest);
    if (to.blocks.capacity() == 0)
      to.blocks.reserve(64);  // without memory for that the program is at its end
    if (to.blocks.size() < to.blocks.capacity() && to.blocks.size() < kShare >> power_of(bytes)) {
      to.blocks.push_back(block);
      return;
    }
  }
  ::operator delete(block);
}

}  // namespace gforbit::stream
