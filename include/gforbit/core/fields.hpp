/// Structs as bytes by one list of their fields, which serves both directions:
///
///     struct Leaders {
///       StateRange candidates;
///       std::uint64_t max_period = 0;
///       static constexpr auto kFields = std::tuple(&Leaders::candidates, &Leaders::max_period);
///     };
///     const Bytes bytes = to_bytes(leaders);
///     const auto same = from_bytes<Leaders>(bytes);
///
/// A field is a number, a truth value, an enumeration, a text, a struct with a list or with its own write()
/// and read(), or a std::optional, std::vector or std::variant of these. Structs of integers without padding
/// are copied as they are. What else has padding does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/natural.hpp"

namespace gforbit::core {

template <class T>
concept Listed = requires {
  T::kFields;
};

/// An enumeration whose values are 0 to last_of(E{}).
template <class E>
concept Enumerated = std::is_enum_v<E> && requires(E e) {
  { last_of(e) } -> std::same_as<E>;
};

template <class T>
concept SelfWritten = requires(const T& value, ByteWriter& out, ByteReader& in) {
  value.write(out);
  { T::read(in) } -> std::same_as<T>;
};

/// Copied as it is.
template <class T>
concept Plain = std::is_arithmetic_v<T> ||
    (std::is_class_v<T>&& std::is_trivially_copyable_v<T>&& std::has_unique_object_representations_v<T> &&
     !Listed<T> && !SelfWritten<T>);

/// How a field is written and read.
template <class T>
struct Field {
  static void write(ByteWriter& out, const T& value) {
    if constexpr (Listed<T>) {
      const auto write_all = [&](auto... member) {
        (Field<std::remove_cvref_t<decltype(value.*member)>>::write(out, value.*member), ...);
      };
      std::apply(write_all, T::kFields);
    } else if constexpr (SelfWritten<T>) {
      value.write(out);
    } else if constexpr (Enumerated<T>) {
      out.put(static_cast<std::underlying_type_t<T>>(value));
    } else {
      static_assert(Plain<T>, "padding would be written, or an enumeration lacks last_of()");
      out.put(value);
    }
  }
  [[nodiscard]] static T read(ByteReader& in) {
    if constexpr (Listed<T>) {
      T value;
      const auto read_all = [&](auto... member) {
        ((value.*member = Field<std::remove_cvref_t<decltype(value.*member)>>::read(in)), ...);
      };
      std::apply(read_all, T::kFields);
      return value;
    } else if constexpr (SelfWritten<T>) {
      return T::read(in);
    } else if constexpr (Enumerated<T>) {
      using Number = std::underlying_type_t<T>;
      const auto number = in.get<Number>();
      if (number < 0 || number > static_cast<Number>(last_of(T{}))) fail_corrupt("has an unknown value");
      return static_cast<T>(number);
    } else {
      static_assert(Plain<T>, "padding would be read, or an enumeration lacks last_of()");
      return in.get<T>();
    }
  }
};

template <>
struct Field<std::string> {
  static void write(ByteWriter& out, const std::string& text) { out.put_text(text); }
  [[nodiscard]] static std::string read(ByteReader& in) { return in.get_text(); }
};

template <>
struct Field<Natural> {
  static void write(ByteWriter& out, const Natural& n) { put_natural(out, n); }
  [[nodiscard]] static Natural read(ByteReader& in) { return get_natural(in); }
};

template <class T>
struct Field<std::vector<T>> {
  static constexpr bool kAtOnce = Plain<T> || std::is_same_v<T, std::byte>;
  static void write(ByteWriter& out, const std::vector<T>& values) {
    if constexpr (kAtOnce) {
      out.put_array(values);
    } else {
      out.put(static_cast<std::uint64_t>(values.size()));
      for (const T& value : values) Field<T>::write(out, value);
    }
  }
  [[nodiscard]] static std::vector<T> read(ByteReader& in) {
    if constexpr (kAtOnce) {
      return in.get_array<T>();
    } else {
      std::vector<T> values;
      for (auto n = in.get_count(); n > 0; --n) values.push_back(Field<T>::read(in));
      return values;
    }
  }
};

/// Whether there is a value, and the value.
template <class T>
struct Field<std::optional<T>> {
  static void write(ByteWriter& out, const std::optional<T>& value) {
    out.put(value.has_value());
    if (value) Field<T>::write(out, *value);
  }
  [[nodiscard]] static std::optional<T> read(ByteReader& in) {
    if (!in.get<bool>()) return std::nullopt;
    return Field<T>::read(in);
  }
};

/// The index of the alternative in one byte, then the alternative.
template <class... Ts>
struct Field<std::variant<Ts...>> {
  using Value = std::variant<Ts...>;
  static void write(ByteWriter& out, const Value& value) {
    out.put(static_cast<std::uint8_t>(value.index()));
    std::visit([&]<class T>(const T& one) { Field<T>::write(out, one); }, value);
  }
  [[nodiscard]] static Value read(ByteReader& in) {
    using Read = Value (*)(ByteReader&);
    constexpr std::array<Read, sizeof...(Ts)> kReaders{
        [](ByteReader& from) -> Value { return Field<Ts>::read(from); }...};
    const auto index = in.get<std::uint8_t>();
    if (index >= kReaders.size()) fail_corrupt("is of an unknown kind");
    return kReaders[index](in);
  }
};

template <class T>
[[nodiscard]] Bytes to_bytes(const T& value) {
  ByteWriter out;
  Field<T>::write(out, value);
  return out.take();
}

/// @throws CorruptRecord  bytes are missing, or left over, or no value of a field
template <class T>
[[nodiscard]] T from_bytes(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  T value = Field<T>::read(in);
  if (!in.at_end()) fail_corrupt("has bytes behind its last field");
  return value;
}

}  // namespace gforbit::core
