/// Memory of columns: blocks that batches leave behind are used again by the next ones, which the processor
/// still has in its caches. The general allocator gives blocks of this size back to the system, and fetching
/// them again page by page takes longer than filling them; or it takes them from its heaps, where the gaps
/// between them add up while a stream runs.
#pragma once

#include <cstddef>
#include <memory>

namespace gforbit::stream {

/// A block of at least `bytes`, not initialized. Any thread. @throws std::bad_alloc
[[nodiscard]] void* take_block(std::size_t bytes);
/// `bytes` as for take_block(). 16 MiB at most are kept in the process; blocks of a size that
/// has not been asked for in a while go back to the system.
void give_block(void* block, std::size_t bytes) noexcept;

template <class T>
struct BlockAllocator {
  using value_type = T;
  BlockAllocator() = default;
  template <class U>
  explicit BlockAllocator(const BlockAllocator<U>&) noexcept {}
  [[nodiscard]] T* allocate(std::size_t n) { return static_cast<T*>(take_block(n * sizeof(T))); }
  void deallocate(T* block, std::size_t n) noexcept { give_block(block, n * sizeof(T)); }
  friend bool operator==(const BlockAllocator&, const BlockAllocator&) = default;
};

/// Memory for `n` values, not initialized.
template <class T>
[[nodiscard]] std::shared_ptr<T[]> make_block(std::size_t n) {
  static_assert(std::is_trivially_default_constructible_v<T>);
  return std::allocate_shared_for_overwrite<T[]>(BlockAllocator<T>{}, n);
}

}  // namespace gforbit::stream
