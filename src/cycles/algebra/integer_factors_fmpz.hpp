// FLINT's integers with the lifetime of a C++ value, and their exchange with core::Natural. Factoring and
// orders run on these, because GMP stands behind them; results leave the module as core::Natural.
#pragma once

#include <flint/fmpz.h>

#include <iterator>
#include <utility>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/galois/flint_thread.hpp"

namespace gforbit::cycles {

/// An integer of any size. Converts to `fmpz*`, so that it can be handed to every function of FLINT.
class Integer {
 public:
  Integer() { fmpz_init(value_); }
  explicit Integer(std::uint64_t n) { fmpz_init_set_ui(value_, n); }
  explicit Integer(const core::Natural& n) : Integer() {
    std::vector<mp_limb_t> limbs;
    boost::multiprecision::export_bits(n, std::back_inserter(limbs), 64, false);
    fmpz_set_ui_array(value_, limbs.data(), static_cast<slong>(limbs.size()));
  }
  Integer(const Integer& other) { fmpz_init_set(value_, other.value_); }
  Integer(Integer&& other) noexcept : Integer() { fmpz_swap(value_, other.value_); }
  Integer& operator=(Integer other) noexcept {
    fmpz_swap(value_, other.value_);
    return *this;
  }
  ~Integer() { fmpz_clear(value_); }

  /// base^exponent.
  [[nodiscard]] static Integer power(std::uint64_t base, std::uint64_t exponent) {
    Integer result(base);
    fmpz_pow_ui(result, result, exponent);
    return result;
  }

  operator fmpz*() noexcept { return value_; }              // NOLINT(google-explicit-constructor)
  operator const fmpz*() const noexcept { return value_; }  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_one() const noexcept { return fmpz_is_one(value_) != 0; }
  [[nodiscard]] std::uint64_t bits() const noexcept { return fmpz_bits(value_); }

  /// Requires a value >= 0.
  [[nodiscard]] core::Natural natural() const {
    if (fmpz_abs_fits_ui(value_) != 0) return core::Natural(fmpz_get_ui(value_));
    std::vector<mp_limb_t> limbs(bits() / 64 + 1);
    fmpz_get_ui_array(limbs.data(), static_cast<slong>(limbs.size()), value_);
    core::Natural result;
    boost::multiprecision::import_bits(result, limbs.begin(), limbs.end(), 64, false);
    return result;
  }

  friend bool operator==(const Integer& a, const Integer& b) noexcept {
    return fmpz_equal(a.value_, b.value_) != 0;
  }
  friend bool operator<(const Integer& a, const Integer& b) noexcept {
    return fmpz_cmp(a.value_, b.value_) < 0;
  }

  // The operators that the formulas of this module use.
  friend Integer operator*(const Integer& a, const Integer& b) {
    Integer result;
    fmpz_mul(result, a, b);
    return result;
  }
  friend Integer operator+(const Integer& a, const Integer& b) {
    Integer result;
    fmpz_add(result, a, b);
    return result;
  }
  friend Integer operator-(const Integer& a, const Integer& b) {
    Integer result;
    fmpz_sub(result, a, b);
    return result;
  }
  /// Requires that b divides a.
  friend Integer operator/(const Integer& a, const Integer& b) {
    Integer result;
    fmpz_divexact(result, a, b);
    return result;
  }
  friend Integer gcd(const Integer& a, const Integer& b) {
    Integer result;
    fmpz_gcd(result, a, b);
    return result;
  }

 private:
  fmpz_t value_;
};

}  // namespace gforbit::cycles
