/// The field GF(q), q = p^m.
///
/// An element is an integer 0..q-1 whose base-p digits, least significant first, are the coefficients of 1,
/// a, a^2, ... where a is a root of the modulus: the monic irreducible polynomial of degree m over GF(p) that
/// defines the field. a need not generate the multiplicative group (0x11B does not), so nothing here builds a
/// logarithm table on it.
///
/// Example, GF(4) with the modulus 1,1,1: a^2 + a + 1 = 0, the elements 0, 1, 2, 3 are 0, 1, a, a + 1; so 2 *
/// 2 = 3, 2 * 3 = 1, 2 + 3 = 1.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gforbit::galois {

using Element = std::uint64_t;

/// Immutable and cheap to copy (shared tables); all members are thread-safe. Construction takes up to a
/// millisecond or two (tables of an extension field near 2^16), so a batch makes each of its fields once and
/// copies it.
class Field {
 public:
  /// The field of order q with its default modulus, the Conway polynomial (F. Luebeck's tables, as shipped in
  /// FLINT).
  /// @throws core::InputError  q is no prime power or above kMaxOrder; no Conway polynomial is known for it
  static Field of_order(std::uint64_t q);

  /// The field of order q defined by `modulus` (coefficients low to high, length m + 1). The modulus is
  /// proven irreducible over GF(p) before it is used. For m = 1 only an empty modulus is accepted.
  /// @throws core::InputError  names the rule that was broken: degree, range of a coefficient, monic,
  /// irreducible
  static Field with_modulus(std::uint64_t q, std::span<const std::uint64_t> modulus);

  /// Largest order: elements fit 32 bits, products of residues 64.
  static constexpr std::uint64_t kMaxOrder = std::uint64_t{1} << 32;

  [[nodiscard]] std::uint64_t order() const noexcept;           ///< q
  [[nodiscard]] std::uint64_t characteristic() const noexcept;  ///< p
  [[nodiscard]] int extension_degree() const noexcept;          ///< m
  /// Coefficients low to high, length m + 1; empty for m = 1.
  [[nodiscard]] std::span<const std::uint64_t> modulus() const noexcept;
  /// `1,1,1`; empty for m = 1: the form of the option --modulus and of the result column.
  [[nodiscard]] std::string modulus_text() const;

  [[nodiscard]] bool contains(std::uint64_t value) const noexcept { return value < order(); }

  // Arithmetic. Arguments must be elements (asserted).
  [[nodiscard]] Element add(Element a, Element b) const noexcept;
  [[nodiscard]] Element subtract(Element a, Element b) const noexcept;
  [[nodiscard]] Element negate(Element a) const noexcept;
  [[nodiscard]] Element multiply(Element a, Element b) const noexcept;
  /// a != 0 (asserted).
  [[nodiscard]] Element inverse(Element a) const noexcept;
  /// a^n; 0^0 = 1.
  [[nodiscard]] Element power(Element a, std::uint64_t n) const noexcept;

  /// Same order and same modulus.
  friend bool operator==(const Field& a, const Field& b) noexcept;

 private:
  struct Impl;
  explicit Field(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gforbit::galois
