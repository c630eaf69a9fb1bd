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
  static Vec not_xor3(Vec a, Vec b, Vec c) { return ~(a ^ b ^ c); }
  static Vec xor_and(Vec a, Vec b, Vec c) { return a ^ (b & c); }               ///< a ^ (b & c)
  static Vec and_xor(Vec a, Vec b, Vec c) { return a & (b ^ c); }               ///< a & (b ^ c)
  static Vec or_unless_all(Vec a, Vec b, Vec c) { return (a ^ b) | (a & ~c); }  ///< (a | b) & ~(a & b & c)
  /// t ? a & ~b : b & ~a
  static Vec choose_difference(Vec t, Vec a, Vec b) { return (a ^ b) & ((t & a) | (~t & b)); }
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
