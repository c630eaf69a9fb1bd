/// Writing and reading of plain values as bytes: messages between ranks and checkpoint records. Little-endian
/// machines only (checked at compile time). What a reader gets may be truncated or corrupt: every read that
/// runs past the end, or that finds no value of its type, throws CorruptRecord, before anything is allocated
/// for it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gforbit::core {

static_assert(std::endian::native == std::endian::little, "messages and files are little-endian");

using Bytes = std::vector<std::byte>;

/// @throws CorruptRecord  "a byte record " and what is wrong with it
[[noreturn]] void fail_corrupt(const char* what);

class ByteWriter {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T> ByteWriter& put(const T& value) {
    return append(&value, sizeof value);
  }

  /// Length as uint64, then the elements.
  template <class T>
  requires std::is_trivially_copyable_v<T> ByteWriter& put_array(std::span<const T> values) {
    put(static_cast<std::uint64_t>(values.size()));
    return append(values.data(), values.size_bytes());
  }
  template <class T>
  ByteWriter& put_array(const std::vector<T>& values) {
    return put_array(std::span<const T>(values));
  }
  ByteWriter& put_text(std::string_view text) {
    return put_array(std::span<const char>(text.data(), text.size()));
  }

  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  ByteWriter& append(const void* data, std::size_t size);
  Bytes bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] T get() {
    if constexpr (std::is_same_v<T, bool>) {
      const auto value = get<std::uint8_t>();
      if (value > 1) fail_corrupt("has a truth value that is neither 0 nor 1");
      return value == 1;
    } else {
      T value;
      std::memcpy(&value, take(sizeof value), sizeof value);
      return value;
    }
  }

  /// How many elements follow.
  /// @param least_bytes  that every element takes at least
  [[nodiscard]] std::uint64_t get_count(std::size_t least_bytes = 1) {
    const auto n = get<std::uint64_t>();
    expect(n, least_bytes);
    return n;
  }
  /// @throws CorruptRecord  n elements of at least so many bytes do not fit in what is left
  void expect(std::uint64_t n, std::size_t least_bytes) const {
    if (n > rest_.size() / least_bytes) fail_corrupt("ends inside an array");
  }

  template <class T, class Allocator = std::allocator<T>>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::vector<T, Allocator> get_array() {
    const auto n = get_count(sizeof(T));
    std::vector<T, Allocator> values(n);
    if (n > 0) std::memcpy(values.data(), take(n * sizeof(T)), n * sizeof(T));
    return values;
  }
  /// The bytes of an array of elements of `element_size` bytes, where they are.
  [[nodiscard]] std::span<const std::byte> get_bytes(std::size_t element_size = 1) {
    const auto n = get_count(element_size);
    return {take(n * element_size), n * element_size};
  }
  [[nodiscard]] std::string get_text() {
    const auto chars = get_array<char>();
    return {chars.begin(), chars.end()};
  }

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  const std::byte* take(std::size_t n) {
    if (n > rest_.size()) fail_corrupt("ends inside a value");
    const auto* first = rest_.data();
    rest_ = rest_.subspan(n);
    return first;
  }
  std::span<const std::byte> rest_;
};

}  // namespace gforbit::core
