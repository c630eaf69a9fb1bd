/// Operations on vectors in plain operators, for levels whose processor has nothing better. The vector type
/// comes wrapped because a template argument loses its attributes, among them the leave to alias other types.
#pragma once

#include <cstdint>

namespace gforbit::cycles::qary {

/// Bits in words of 64.
template <class Vectors>
struct PlainBits {
  using Vec = typename Vectors::Vec;
  static Vec all(bool bit) { return bit ? ~Vec{} : Vec{}; }

  /// The function of three bits with this truth table: bit 4 a + 2 b + c is its value.
  template <int kTruth>
  static Vec function(Vec a, Vec b, Vec c) {
    constexpr int kWithout = kTruth & 15, kWith = kTruth >> 4;
    return of_two<kWithout>(b, c) ^ (a & of_two<kWithout ^ kWith>(b, c));
  }

 private:
  template <int kTruth>
  static Vec of_two(Vec b, Vec c) {
    constexpr int kWithout = kTruth & 3, kWith = kTruth >> 2;
    return of_one<kWithout>(c) ^ (b & of_one<kWithout ^ kWith>(c));
  }
  template <int kTruth>
  static Vec of_one(Vec c) {
    return kTruth == 0 ? Vec{} : kTruth == 1 ? ~c : kTruth == 2 ? c : ~Vec{};
  }
};

/// Unsigned elements of any size.
template <class Vectors>
struct PlainElements {
  using Vec = typename Vectors::Vec;
  static Vec min(Vec a, Vec b) { return a < b ? a : b; }
};

/// Bytes that are looked up 16 at a time: tables of 16 entries by a shuffle, larger ones in rows of 16, each
/// of which gives 0 where the byte belongs to another row. `Isa` has shuffle(table, bytes), 0 where bit 7 is
/// set, and add_saturated().
template <class Isa, class Vectors>
struct ShuffledTables {
  using Vec = typename Vectors::Vec;
  struct Table {
    const std::uint8_t* entries;
  };
  static Vec table16(const std::uint8_t* table) { return Isa::repeat16(table); }
  static Table table128(const std::uint8_t* table) { return {table}; }
  static Table table256(const std::uint8_t* table) { return {table}; }
  static Vec lookup16(Vec table, Vec v) { return Isa::shuffle(table, v); }
  static Vec lookup128(Table table, Vec v) { return lookup_rows(table, v, 8); }
  static Vec lookup256(Table table, Vec v) { return lookup_rows(table, v, 16); }

 private:
  static Vec lookup_rows(Table table, Vec v, int rows) {
    Vec found{};
    for (int row = 0; row < rows; ++row) {
      const Vec place = v ^ static_cast<std::uint8_t>(16 * row);  // below 16 in this row only
      found |= Isa::shuffle(Isa::repeat16(table.entries + 16 * row), Isa::add_saturated(place, Vec{} + 0x70));
    }
    return found;
  }
};

}  // namespace gforbit::cycles::qary
