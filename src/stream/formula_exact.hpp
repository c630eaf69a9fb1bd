// Nodes of formulas that calculate with integers exactly: what does not fit its type is marked, without a
// branch for each value.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "formula_nodes.hpp"

namespace gforbit::stream::formula {

/// Sum, difference, product of integers. `apply` calculates modulo 2^64 and sets a bit of `doubt` above all
/// that are clear where the true result may not fit; `exactly` decides it.
struct Add {
  template <class T>
  static T apply(T x, T y, std::uint64_t& doubt) noexcept {
    const std::uint64_t a = bits(x), b = bits(y), r = a + b;
    if constexpr (std::is_signed_v<T>) {
      doubt |= ((a ^ r) & (b ^ r)) >> 63;
    } else {
      doubt |= r < a ? 1 : 0;
    }
    return static_cast<T>(r);
  }
  template <class R, class A, class B>
  static bool exactly(A x, B y, R& result) noexcept {
    return !__builtin_add_overflow(x, y, &result);
  }
  template <class T>
  static std::uint64_t bits(T x) noexcept {
    return static_cast<std::uint64_t>(x);
  }
};
struct Subtract {
  template <class T>
  static T apply(T x, T y, std::uint64_t& doubt) noexcept {
    const std::uint64_t a = Add::bits(x), b = Add::bits(y), r = a - b;
    if constexpr (std::is_signed_v<T>) {
      doubt |= ((a ^ b) & (a ^ r)) >> 63;
    } else {
      doubt |= a < b ? 1 : 0;
    }
    return static_cast<T>(r);
  }
  template <class R, class A, class B>
  static bool exactly(A x, B y, R& result) noexcept {
    return !__builtin_sub_overflow(x, y, &result);
  }
};
struct Multiply {
  /// Factors below 2^31 never overflow.
  template <class T>
  static T apply(T x, T y, std::uint64_t& doubt) noexcept {
    const std::uint64_t a = Add::bits(x), b = Add::bits(y);
    if constexpr (std::is_signed_v<T>) {
      doubt |= (Add::bits(x ^ (x >> 63)) | Add::bits(y ^ (y >> 63))) >> 31;
    } else {
      doubt |= (a | b) >> 32;
    }
    return static_cast<T>(a * b);
  }
  template <class R, class A, class B>
  static bool exactly(A x, B y, R& result) noexcept {
    return !__builtin_mul_overflow(x, y, &result);
  }
};

/// Op of two integers of one type; an item whose result does not fit the type is marked.
template <class T, class Op>
class Exact final : public Values<T> {
 public:
  Exact(Ptr<T> left, Ptr<T> right)
      : left_(std::move(left)), right_(std::move(right)), right_constant_(right_->constant()) {}
  [[nodiscard]] const T* read(const Stretch& s, T* out, std::size_t slot) const override {
    const T* const x = left_->read(s, s.template slot<T>(slot), slot + 1);
    if (right_constant_) {
      const T y = *right_constant_;
      const auto value = [x, y](std::size_t i, std::uint64_t& doubt) { return Op::apply(x[i], y, doubt); };
      if (fill_doubting(out, s.n, value) != 0) decide(s, x, [y](std::size_t) { return y; });
    } else {
      const T* const y = right_->read(s, s.template slot<T>(slot + 1), slot + 2);
      const auto value = [x, y](std::size_t i, std::uint64_t& doubt) { return Op::apply(x[i], y[i], doubt); };
      if (fill_doubting(out, s.n, value) != 0) decide(s, x, [y](std::size_t i) { return y[i]; });
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(left_->slots() + 1, right_->slots() + 2);
  }
  [[nodiscard]] std::optional<T> constant() const override {
    const auto x = left_->constant();
    T result{};
    if (!x || !right_constant_ || !Op::exactly(*x, *right_constant_, result)) return std::nullopt;
    return result;
  }

 private:
  template <class Y>
  static void decide(const Stretch& s, const T* x, Y y) {
    T result{};
    for (std::size_t i = 0; i < s.n; ++i) {
      if (!Op::exactly(x[i], y(i), result)) s.marks->set(i, Mark::overflow);
    }
  }

  Ptr<T> left_, right_;
  std::optional<T> right_constant_;
};

/// factor * x + addend, and the x for which this fits 64 bits as well as all that led to it.
struct Line {
  std::int64_t factor = 1, addend = 0;
  std::int64_t least = INT64_MIN, most = INT64_MAX;  ///< of x

  /// by * (this line) + plus. nullopt: its numbers do not fit, or not even x = -1 and x = 0 do.
  [[nodiscard]] std::optional<Line> then(std::int64_t by, std::int64_t plus) const noexcept {
    __extension__ using Wide = __int128;
    Line next;
    if (by == 0 || __builtin_mul_overflow(factor, by, &next.factor) ||
        __builtin_mul_overflow(addend, by, &next.addend) ||
        __builtin_add_overflow(next.addend, plus, &next.addend))
      return std::nullopt;
    // factor * x lies in [low, high]; both are negative or 0 and positive or 0, or x = 0 does not fit.
    Wide low = Wide{INT64_MIN} - next.addend, high = Wide{INT64_MAX} - next.addend;
    if (low > 0 || high < 0) return std::nullopt;
    if (next.factor < 0) std::swap(low, high);
    next.least = static_cast<std::int64_t>(std::max<Wide>(low / next.factor, least));
    next.most = static_cast<std::int64_t>(std::min<Wide>(high / next.factor, most));
    return next.least <= -1 ? std::optional(next) : std::nullopt;
  }
  /// Of integers of this number of bits and a sign all fit.
  [[nodiscard]] int safe_bits() const noexcept {
    const std::int64_t reach = std::min(-(least + 1), most);
    return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(reach) + 1)) - 1;
  }
};

/// A line of integers in one pass; an item that does not fit is marked. Only where an x is larger than a
/// power of two is each x compared with the bounds.
class Linear final : public Values<std::int64_t> {
 public:
  Linear(std::shared_ptr<const Values<std::int64_t>> of, const Line& line)
      : of_(std::move(of)), line_(line), bits_(std::min(line.safe_bits(), 62)) {}
  [[nodiscard]] const std::int64_t* read(const Stretch& s, std::int64_t* out,
                                         std::size_t slot) const override {
    const std::int64_t* const x = of_->read(s, s.slot<std::int64_t>(slot), slot + 1);
    const auto factor = static_cast<std::uint64_t>(line_.factor);
    const auto addend = static_cast<std::uint64_t>(line_.addend);
    const std::uint64_t offset = std::uint64_t{1} << bits_;
    const auto value = [=](std::size_t i, std::uint64_t& doubt) {
      const auto n = static_cast<std::uint64_t>(x[i]);
      doubt |= n + offset;  // below 2 * offset for those from -offset to offset - 1
      return static_cast<std::int64_t>(factor * n + addend);
    };
    if (fill_doubting(out, s.n, value) >> (bits_ + 1) != 0) decide(s, x);
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots() + 1; }
  [[nodiscard]] const std::shared_ptr<const Values<std::int64_t>>& of() const noexcept { return of_; }
  [[nodiscard]] const Line& line() const noexcept { return line_; }

 private:
  void decide(const Stretch& s, const std::int64_t* x) const {
    for (std::size_t i = 0; i < s.n; ++i) {
      if (x[i] < line_.least || x[i] > line_.most) s.marks->set(i, Mark::overflow);
    }
  }

  std::shared_ptr<const Values<std::int64_t>> of_;
  Line line_;
  int bits_;
};

}  // namespace gforbit::stream::formula
