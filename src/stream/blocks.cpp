#include "gforbit/stream/blocks.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <mutex>
#include <new>
#include <vector>

namespace gforbit::stream {

namespace {

constexpr int kSmallest = 10, kLargest = 24;  // powers of two of bytes; others are not kept
/// Blocks from this power on are mapped, each by itself: between the small things that live for long they
/// would leave gaps in the heaps, more of them the longer a stream runs.
constexpr int kMapped = 16;
constexpr std::size_t kMostKept = std::size_t{16} << 20;
constexpr std::size_t kMostOfOneSize = 64;
constexpr std::uint32_t kSweep = 256;  // returned blocks between two sweeps for unused ones

std::atomic<std::size_t> kept{0};  // bytes on all shelves

int power_of(std::size_t bytes) noexcept {
  return static_cast<int>(std::bit_width(bytes - 1));
}

bool is_kept(std::size_t bytes) noexcept {
  return bytes > std::size_t{1} << kSmallest && bytes <= std::size_t{1} << kLargest;
}

void* new_block(int power) {
  const std::size_t size = std::size_t{1} << power;
  if (power < kMapped) return ::operator new(size);
  void* const block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
  return block;
}

void delete_block(void* block, int power) noexcept {
  if (power < kMapped) return ::operator delete(block);
  ::munmap(block, std::size_t{1} << power);
}

/// Blocks of one size, the last one given back on top.
struct Shelf {
  std::mutex mutex;
  std::array<void*, kMostOfOneSize> blocks{};
  std::size_t n = 0;
  std::size_t least = 0;    ///< smallest n since the last sweep: so many at the bottom were not used
  std::uint32_t given = 0;  ///< back since it last asked for a sweep
};

/// Never destroyed: batches may outlive whatever is destroyed at exit.
std::array<Shelf, kLargest + 1>& shelves() {
  static auto* const kShelves = new std::array<Shelf, kLargest + 1>;
  return *kShelves;
}

/// Batches change their sizes: what was kept for those of before goes back to the system.
void sweep() noexcept {
  for (int power = kSmallest; power <= kLargest; ++power) {
    Shelf& shelf = shelves()[static_cast<std::size_t>(power)];
    const std::lock_guard lock(shelf.mutex);
    for (std::size_t i = 0; i < shelf.least; ++i) delete_block(shelf.blocks[i], power);
    kept.fetch_sub(shelf.least << power, std::memory_order_relaxed);
    std::copy(shelf.blocks.begin() + static_cast<std::ptrdiff_t>(shelf.least),
              shelf.blocks.begin() + static_cast<std::ptrdiff_t>(shelf.n), shelf.blocks.begin());
    shelf.n -= shelf.least;
    shelf.least = shelf.n;
  }
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (!is_kept(bytes)) return ::operator new(bytes);
  const int power = power_of(bytes);
  Shelf& from = shelves()[static_cast<std::size_t>(power)];
  {
    const std::lock_guard lock(from.mutex);
    if (from.n > 0) {
      void* const block = from.blocks[--from.n];
      from.least = std::min(from.least, from.n);
      kept.fetch_sub(std::size_t{1} << power, std::memory_order_relaxed);
      return block;
    }
  }
  return new_block(power);
}

void give_block(void* block, std::size_t bytes) noexcept {
  if (!is_kept(bytes)) return ::operator delete(block);
  const int power = power_of(bytes);
  const std::size_t size = std::size_t{1} << power;
  Shelf& to = shelves()[static_cast<std::size_t>(power)];
  bool is_time = false, is_kept_now = false;
  {
    const std::lock_guard lock(to.mutex);
    is_time = ++to.given % kSweep == 0;
    is_kept_now = to.n < to.blocks.size() && kept.load(std::memory_order_relaxed) + size <= kMostKept;
    if (is_kept_now) {
      kept.fetch_add(size, std::memory_order_relaxed);
      to.blocks[to.n++] = block;
    }
  }
  if (!is_kept_now) delete_block(block, power);
  if (is_time) sweep();
}

}  // namespace gforbit::stream
