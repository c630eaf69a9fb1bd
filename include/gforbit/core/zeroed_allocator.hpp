/// Large tables that begin as zeros and are filled little by little.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

namespace gforbit::core {

/// For vectors that are made with their size and keep it: their elements are zero bytes without having been
/// written. The system gives pages as they are touched, so gigabytes are there at once, and a page lies near
/// the thread that fills it. (An element that is added after one was taken away would keep the old value.)
template <class T>
struct ZeroedAllocator {
  static_assert(std::is_trivially_copyable_v<T>);
  using value_type = T;

  ZeroedAllocator() = default;
  template <class U>
  ZeroedAllocator(const ZeroedAllocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor)

  /// @throws std::bad_alloc
  [[nodiscard]] T* allocate(std::size_t n) {
    void* const memory = std::calloc(n, sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    ask_for_huge_pages(memory, n * sizeof(T));
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }

  template <class U>
  void construct(U*) noexcept {}
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
  bool operator==(const ZeroedAllocator&) const = default;

 private:
  /// Random reads of a large table also pay for the page lookup unless pages are large. Where the system has
  /// no large pages, this does nothing.
  static void ask_for_huge_pages(void* memory, std::size_t bytes) noexcept {
    constexpr std::uintptr_t kHugePage = std::uintptr_t{1} << 21;
    const auto begin = reinterpret_cast<std::uintptr_t>(memory);
    const std::uintptr_t first = (begin + kHugePage - 1) & ~(kHugePage - 1);
    const std::uintptr_t last = (begin + bytes) & ~(kHugePage - 1);
    if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
  }
};

}  // namespace gforbit::core
