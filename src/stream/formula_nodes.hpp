// What a formula is made of: each node works out its values for a stretch of the items of a batch at a time,
// so short that what lies between two nodes stays in the nearest cache. Values that are there already (a
// column) or the same for all items (a constant) are not copied.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "gforbit/core/divider.hpp"
#include "gforbit/stream/batch.hpp"

namespace gforbit::stream::formula {

inline constexpr std::size_t kLongest = 1024;  ///< items of a stretch

/// Why an item has no value.
enum class Mark : std::uint8_t { none, null, overflow, division, exponent, conversion, date };

/// Marks of the items of a stretch. The first mark of an item stays.
class Marks {
 public:
  [[nodiscard]] bool any() const noexcept { return any_; }
  [[nodiscard]] Mark operator[](std::size_t i) const noexcept { return any_ ? marks_[i] : Mark::none; }
  void set(std::size_t i, Mark mark) noexcept {
    if (!any_) marks_.fill(Mark::none);
    any_ = true;
    if (marks_[i] == Mark::none) marks_[i] = mark;
  }

 private:
  bool any_ = false;
  std::array<Mark, kLongest> marks_;  ///< set where any_ is
};

/// Items [first, first + n) of a batch, and memory for intermediate values.
struct Stretch {
  const Batch& batch;
  std::size_t first, n;
  std::byte* slots;  ///< kLongest values each
  Marks* marks;      ///< what a node has no value for

  /// The same items with marks of their own.
  [[nodiscard]] Stretch with(Marks& own) const noexcept { return {batch, first, n, slots, &own}; }

  template <class T>
  [[nodiscard]] T* slot(std::size_t number) const noexcept {
    static_assert(sizeof(T) == 8);
    return reinterpret_cast<T*>(slots + number * kLongest * sizeof(T));
  }
};

/// A node with values of type T: std::int64_t, std::uint64_t or double. Where it marks an item, the value is
/// anything. Immutable, thread-safe.
template <class T>
class Values {
 public:
  Values() = default;
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  virtual ~Values() = default;
  /// @param out   memory for n values
  /// @param slot  this one and those after it are free
  /// @return      the values: out, or where they lie anyway
  [[nodiscard]] virtual const T* read(const Stretch& s, T* out, std::size_t slot) const = 0;
  /// How many slots read() needs.
  [[nodiscard]] virtual std::size_t slots() const { return 0; }
  [[nodiscard]] virtual std::optional<T> constant() const { return std::nullopt; }
  /// The values are this column as it is.
  [[nodiscard]] virtual std::optional<std::size_t> column() const { return std::nullopt; }
};

template <class T>
using Ptr = std::unique_ptr<const Values<T>>;

template <class T>
class Constant final : public Values<T> {
 public:
  explicit Constant(T value) : value_(value) {}
  [[nodiscard]] const T* read(const Stretch& s, T* out, std::size_t) const override {
    std::fill_n(out, s.n, value_);
    return out;
  }
  [[nodiscard]] std::optional<T> constant() const override { return value_; }

 private:
  T value_;
};

/// Marks the items for which the column has no value.
inline void mark_nulls(const Stretch& s, std::size_t column) {
  const Column& values = s.batch.columns[column];
  if (!values.has_nulls()) return;
  for (std::size_t i = 0; i < s.n; ++i) {
    if (values.is_null(s.first + i)) s.marks->set(i, Mark::null);
  }
}

template <class T>
class ColumnValues final : public Values<T> {
 public:
  explicit ColumnValues(std::size_t column) : column_(column) {}
  [[nodiscard]] const T* read(const Stretch& s, T*, std::size_t) const override {
    mark_nulls(s, column_);
    return &std::get<Slice<T>>(s.batch.columns[column_])[s.first];
  }
  [[nodiscard]] std::optional<std::size_t> column() const override { return column_; }

 private:
  std::size_t column_;
};

/// f(batch, item) of every item.
template <class F>
class ItemValues final : public Values<std::int64_t> {
 public:
  explicit ItemValues(F f) : f_(std::move(f)) {}
  [[nodiscard]] const std::int64_t* read(const Stretch& s, std::int64_t* out, std::size_t) const override {
    for (std::size_t i = 0; i < s.n; ++i) out[i] = static_cast<std::int64_t>(f_(s.batch, s.first + i));
    return out;
  }

 private:
  F f_;
};

/// out[i] = f(i). What f needs is copied first: the compiler cannot know that writing to `out` leaves it
/// alone.
template <class T, class F>
void fill_plainly(T* out, std::size_t n, const F f) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<T>(f(i));
}

#if defined(__x86_64__)
/// The same with vectors of eight, which can multiply and compare 64 bits at once.
template <class T, class F>
__attribute__((target("avx512f,avx512dq,prefer-vector-width=512"))) void fill_widely(T* out, std::size_t n,
                                                                                     const F f) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<T>(f(i));
}

/// Writes first + i wherever values[i] is not 0, and up to seven numbers more. @return how many count
__attribute__((target("avx512f,avx512vl"))) inline std::size_t compress_widely(const std::int64_t* values,
                                                                               std::size_t n,
                                                                               std::uint32_t first,
                                                                               std::uint32_t* out) {
  std::uint32_t* next = out;
  __m256i numbers =
      _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  for (std::size_t i = 0; i < n; i += 8) {
    const auto there = static_cast<__mmask8>(n - i < 8 ? (1U << (n - i)) - 1 : 0xff);
    const __m512i eight = _mm512_maskz_loadu_epi64(there, values + i);
    const __mmask8 stay = _mm512_test_epi64_mask(eight, eight);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(next), _mm256_maskz_compress_epi32(stay, numbers));
    next += std::popcount(static_cast<unsigned>(stay));
    numbers = _mm256_add_epi32(numbers, _mm256_set1_epi32(8));
  }
  return static_cast<std::size_t>(next - out);
}

[[nodiscard]] inline bool has_wide_vectors() {
  static const bool kHas = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                           __builtin_cpu_supports("avx512vl");
  return kHas;
}
#endif

/// Writes first + i wherever values[i] is not 0. `out` holds n + 7 values. @return how many
template <class T>
[[nodiscard]] std::size_t compress(const T* values, std::size_t n, std::uint32_t first, std::uint32_t* out) {
#if defined(__x86_64__)
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (has_wide_vectors()) return compress_widely(values, n, first, out);
  }
#endif
  std::uint32_t* next = out;
  for (std::size_t i = 0; i < n; ++i) {  // no branch: which items stay is not predictable
    *next = first + static_cast<std::uint32_t>(i);
    next += values[i] != 0;
  }
  return static_cast<std::size_t>(next - out);
}

/// Integers take the widest vectors; doubles do not, for with these the compiler may join a product and a sum
/// to one rounding, and results would depend on the processor.
template <class T, class F>
void fill(T* out, std::size_t n, const F f) {
#if defined(__x86_64__)
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (has_wide_vectors()) return fill_widely(out, n, f);
  }
#endif
  fill_plainly(out, n, f);
}

/// out[i] = f(i, doubt). @return all doubts
template <class T, class F>
std::uint64_t fill_doubting_plainly(T* out, std::size_t n, const F f) {
  std::uint64_t doubt = 0;
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) out[i] = f(i, doubt);
  return doubt;
}
#if defined(__x86_64__)
template <class T, class F>
__attribute__((target("avx512f,avx512dq,prefer-vector-width=512"))) std::uint64_t fill_doubting_widely(
    T* out, std::size_t n, const F f) {
  std::uint64_t doubt = 0;
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) out[i] = f(i, doubt);
  return doubt;
}
#endif
template <class T, class F>
std::uint64_t fill_doubting(T* out, std::size_t n, const F f) {
#if defined(__x86_64__)
  if (has_wide_vectors()) return fill_doubting_widely(out, n, f);
#endif
  return fill_doubting_plainly(out, n, f);
}

/// f(x) of every value.
template <class To, class From, class F>
class Mapped final : public Values<To> {
 public:
  Mapped(Ptr<From> of, F f) : of_(std::move(of)), f_(f) {}
  [[nodiscard]] const To* read(const Stretch& s, To* out, std::size_t slot) const override {
    const From* const x = of_->read(s, s.template slot<From>(slot), slot + 1);
    fill(out, s.n, [x, f = f_](std::size_t i) { return f(x[i]); });
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots() + 1; }
  [[nodiscard]] std::optional<To> constant() const override {
    const auto x = of_->constant();
    return x ? std::optional<To>(static_cast<To>(f_(*x))) : std::nullopt;
  }

 private:
  Ptr<From> of_;
  F f_;
};

/// f(x, y) of every two values.
template <class To, class From, class F>
class Paired final : public Values<To> {
 public:
  Paired(Ptr<From> left, Ptr<From> right, F f)
      : left_(std::move(left)),
        right_(std::move(right)),
        f_(f),
        left_constant_(left_->constant()),
        right_constant_(right_->constant()) {}
  [[nodiscard]] const To* read(const Stretch& s, To* out, std::size_t slot) const override {
    if (right_constant_) {
      const From* const x = left_->read(s, s.template slot<From>(slot), slot + 1);
      const From y = *right_constant_;
      fill(out, s.n, [x, y, f = f_](std::size_t i) { return f(x[i], y); });
    } else if (left_constant_) {
      const From x = *left_constant_;
      const From* const y = right_->read(s, s.template slot<From>(slot), slot + 1);
      fill(out, s.n, [x, y, f = f_](std::size_t i) { return f(x, y[i]); });
    } else {
      const From* const x = left_->read(s, s.template slot<From>(slot), slot + 1);
      const From* const y = right_->read(s, s.template slot<From>(slot + 1), slot + 2);
      fill(out, s.n, [x, y, f = f_](std::size_t i) { return f(x[i], y[i]); });
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(left_->slots() + 1, right_->slots() + 2);
  }
  [[nodiscard]] std::optional<To> constant() const override {
    if (!left_constant_ || !right_constant_) return std::nullopt;
    return static_cast<To>(f_(*left_constant_, *right_constant_));
  }

 private:
  Ptr<From> left_, right_;
  F f_;
  std::optional<From> left_constant_, right_constant_;
};

/// x mod d, which has the sign of d, for a d > 0 that is known beforehand.
class Remainder {
 public:
  explicit Remainder(std::int64_t divisor)
      : divisor_(divisor), divider_(static_cast<std::uint64_t>(divisor)) {}
  [[nodiscard]] std::int64_t operator()(std::int64_t x) const noexcept {
    const std::int64_t sign = x >> 63, at_least_0 = x ^ sign;  // -1 - x for negative ones
    const auto n = static_cast<std::uint64_t>(at_least_0);
    const std::int64_t rest = at_least_0 - static_cast<std::int64_t>(divider_.quotient(n)) * divisor_;
    return (sign & (divisor_ - 1)) + ((rest ^ sign) - sign);
  }

 private:
  std::int64_t divisor_;
  core::Divider divider_;
};

/// Whether d > 0, known beforehand, divides x: x times the inverse of d's odd part modulo 2^64 is the
/// quotient if it does, else beyond all quotients (Warren, Hacker's Delight, 2nd edition, 10-17).
class Divides {
 public:
  explicit Divides(std::int64_t divisor) : twos_(std::countr_zero(static_cast<std::uint64_t>(divisor))) {
    const std::uint64_t odd = static_cast<std::uint64_t>(divisor) >> twos_;
    inverse_ = odd;  // right in its last three bits; every step doubles their number
    for (int i = 0; i < 5; ++i) inverse_ *= 2 - odd * inverse_;
    const std::uint64_t largest = (std::uint64_t{1} << 63) / odd;  // |x / odd|
    offset_ = largest >> twos_ << twos_;
    bound_ = odd == 1 ? ~std::uint64_t{0} >> twos_ : (offset_ >> twos_) * 2;
  }
  [[nodiscard]] bool operator()(std::int64_t x) const noexcept {
    const std::uint64_t shifted = static_cast<std::uint64_t>(x) * inverse_ + offset_;
    return std::rotr(shifted, twos_) <= bound_;
  }

 private:
  int twos_;
  std::uint64_t inverse_, offset_, bound_;
};

/// f(x, y, mark) item by item, of any two types: where f sets `mark`, the item has no value.
template <class To, class A, class B, class F>
class MarkedPair final : public Values<To> {
 public:
  MarkedPair(Ptr<A> left, Ptr<B> right, F f) : left_(std::move(left)), right_(std::move(right)), f_(f) {}
  [[nodiscard]] const To* read(const Stretch& s, To* out, std::size_t slot) const override {
    const A* const x = left_->read(s, s.template slot<A>(slot), slot + 1);
    const B* const y = right_->read(s, s.template slot<B>(slot + 1), slot + 2);
    for (std::size_t i = 0; i < s.n; ++i) {
      Mark mark = Mark::none;
      out[i] = f_(x[i], y[i], mark);
      if (mark != Mark::none) s.marks->set(i, mark);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(left_->slots() + 1, right_->slots() + 2);
  }

 private:
  Ptr<A> left_;
  Ptr<B> right_;
  F f_;
};

/// f(x, mark) item by item.
template <class To, class From, class F>
class MarkedMap final : public Values<To> {
 public:
  MarkedMap(Ptr<From> of, F f) : of_(std::move(of)), f_(f) {}
  [[nodiscard]] const To* read(const Stretch& s, To* out, std::size_t slot) const override {
    const From* const x = of_->read(s, s.template slot<From>(slot), slot + 1);
    for (std::size_t i = 0; i < s.n; ++i) {
      Mark mark = Mark::none;
      out[i] = f_(x[i], mark);
      if (mark != Mark::none) s.marks->set(i, mark);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots() + 1; }
  [[nodiscard]] std::optional<To> constant() const override {
    const auto x = of_->constant();
    Mark mark = Mark::none;
    const std::optional<To> value = x ? std::optional<To>(f_(*x, mark)) : std::nullopt;
    return mark == Mark::none ? value : std::nullopt;
  }

 private:
  Ptr<From> of_;
  F f_;
};

/// x / y of integers as doubles. By 0 there is no value.
class Quotient final : public Values<double> {
 public:
  Quotient(Ptr<double> left, Ptr<double> right) : left_(std::move(left)), right_(std::move(right)) {}
  [[nodiscard]] const double* read(const Stretch& s, double* out, std::size_t slot) const override {
    const double* const x = left_->read(s, s.slot<double>(slot), slot + 1);
    const double* const y = right_->read(s, s.slot<double>(slot + 1), slot + 2);
    const auto value = [x, y](std::size_t i, std::uint64_t& doubt) {
      doubt |= y[i] == 0 ? 1 : 0;
      return x[i] / y[i];
    };
    if (fill_doubting_plainly(out, s.n, value) == 0) return out;
    for (std::size_t i = 0; i < s.n; ++i) {
      if (y[i] == 0) s.marks->set(i, Mark::division);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(left_->slots() + 1, right_->slots() + 2);
  }

 private:
  Ptr<double> left_, right_;
};

/// `and`, `or`: the right side counts only where the left one does not decide. A missing value decides
/// nothing.
class Logic final : public Values<std::int64_t> {
 public:
  Logic(Ptr<std::int64_t> left, Ptr<std::int64_t> right, bool is_or)
      : left_(std::move(left)), right_(std::move(right)), is_or_(is_or) {}
  [[nodiscard]] const std::int64_t* read(const Stretch& s, std::int64_t* out,
                                         std::size_t slot) const override {
    Marks left, right;
    const std::int64_t* const x = left_->read(s.with(left), s.slot<std::int64_t>(slot), slot + 1);
    const std::int64_t* const y = right_->read(s.with(right), s.slot<std::int64_t>(slot + 1), slot + 2);
    if (is_or_) {
      fill(out, s.n, [x, y](std::size_t i) { return (x[i] != 0) | (y[i] != 0); });
    } else {
      fill(out, s.n, [x, y](std::size_t i) { return (x[i] != 0) & (y[i] != 0); });
    }
    if (!left.any() && !right.any()) return out;
    for (std::size_t i = 0; i < s.n; ++i) {
      const bool left_decides = left[i] == Mark::none && (x[i] != 0) == is_or_;
      const bool right_decides = left[i] == Mark::null && right[i] == Mark::none && (y[i] != 0) == is_or_;
      if (left_decides || right_decides) {
        out[i] = is_or_ ? 1 : 0;
        continue;
      }
      const Mark mark = left[i] > Mark::null ? left[i] : std::max(left[i], right[i]);
      if (mark != Mark::none) s.marks->set(i, mark);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(left_->slots() + 1, right_->slots() + 2);
  }

 private:
  Ptr<std::int64_t> left_, right_;
  bool is_or_;
};

/// if(condition, yes, no): errors of the branch that is not taken do not count.
template <class T>
class Choice final : public Values<T> {
 public:
  Choice(Ptr<std::int64_t> condition, Ptr<T> yes, Ptr<T> no)
      : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)) {}
  [[nodiscard]] const T* read(const Stretch& s, T* out, std::size_t slot) const override {
    Marks of_condition, of_yes, of_no;
    const std::int64_t* const c =
        condition_->read(s.with(of_condition), s.template slot<std::int64_t>(slot), slot + 1);
    const T* const yes = yes_->read(s.with(of_yes), s.template slot<T>(slot + 1), slot + 2);
    const T* const no = no_->read(s.with(of_no), s.template slot<T>(slot + 2), slot + 3);
    for (std::size_t i = 0; i < s.n; ++i) {
      const bool is_yes = c[i] != 0;
      Mark mark = of_condition[i];
      if (mark == Mark::none) mark = is_yes ? of_yes[i] : of_no[i];
      out[i] = is_yes ? yes[i] : no[i];
      if (mark != Mark::none) s.marks->set(i, mark);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max({condition_->slots() + 1, yes_->slots() + 2, no_->slots() + 3});
  }

 private:
  Ptr<std::int64_t> condition_;
  Ptr<T> yes_, no_;
};

/// A missing value: null, and of doubles NaN.
template <class T>
[[nodiscard]] bool is_missing(Mark mark, T value) noexcept {
  if constexpr (std::is_same_v<T, double>) {
    if (mark == Mark::none) return std::isnan(value);
  }
  return mark == Mark::null;
}

/// What f(x, y) makes of two values, where one is missing the other one: minimum, maximum.
template <class T, class F>
class SkippingPair final : public Values<T> {
 public:
  SkippingPair(Ptr<T> left, Ptr<T> right, F f)
      : left_(std::move(left)), right_(std::move(right)), f_(std::move(f)) {}
  [[nodiscard]] const T* read(const Stretch& s, T* out, std::size_t slot) const override {
    Marks left, right;
    const T* const x = left_->read(s.with(left), s.template slot<T>(slot), slot + 1);
    const T* const y = right_->read(s.with(right), s.template slot<T>(slot + 1), slot + 2);
    if (!std::is_same_v<T, double> && !left.any() && !right.any()) {
      fill(out, s.n, [x, y, f = f_](std::size_t i) { return f(x[i], y[i]); });
      return out;
    }
    for (std::size_t i = 0; i < s.n; ++i) {
      const Mark mark = left[i] > Mark::null ? left[i] : right[i] > Mark::null ? right[i] : Mark::none;
      const bool no_x = is_missing(left[i], x[i]), no_y = is_missing(right[i], y[i]);
      out[i] = no_x ? y[i] : no_y ? x[i] : f_(x[i], y[i]);
      if (mark != Mark::none) {
        s.marks->set(i, mark);
      } else if (no_x && right[i] == Mark::null) {
        s.marks->set(i, Mark::null);
      }
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(left_->slots() + 1, right_->slots() + 2);
  }
  [[nodiscard]] std::optional<T> constant() const override {
    const auto x = left_->constant(), y = right_->constant();
    return x && y && *x == *x && *y == *y ? std::optional<T>(f_(*x, *y)) : std::nullopt;
  }

 private:
  Ptr<T> left_, right_;
  F f_;
};

/// coalesce(x, y): y where x is missing.
template <class T>
class Coalesced final : public Values<T> {
 public:
  Coalesced(Ptr<T> first, Ptr<T> second) : first_(std::move(first)), second_(std::move(second)) {}
  [[nodiscard]] const T* read(const Stretch& s, T* out, std::size_t slot) const override {
    Marks first, second;
    const T* const x = first_->read(s.with(first), s.template slot<T>(slot), slot + 1);
    const T* const y = second_->read(s.with(second), s.template slot<T>(slot + 1), slot + 2);
    for (std::size_t i = 0; i < s.n; ++i) {
      const bool missing = is_missing(first[i], x[i]);
      const Mark mark = missing ? second[i] : first[i];
      out[i] = missing ? y[i] : x[i];
      if (mark != Mark::none) s.marks->set(i, mark);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max(first_->slots() + 1, second_->slots() + 2);
  }

 private:
  Ptr<T> first_, second_;
};

/// is_null(x): 1 where x is missing.
template <class T>
class Missing final : public Values<std::int64_t> {
 public:
  explicit Missing(Ptr<T> of) : of_(std::move(of)) {}
  [[nodiscard]] const std::int64_t* read(const Stretch& s, std::int64_t* out,
                                         std::size_t slot) const override {
    Marks marks;
    const T* const x = of_->read(s.with(marks), s.template slot<T>(slot), slot + 1);
    for (std::size_t i = 0; i < s.n; ++i) {
      out[i] = is_missing(marks[i], x[i]) ? 1 : 0;
      if (marks[i] > Mark::null) s.marks->set(i, marks[i]);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots() + 1; }

 private:
  Ptr<T> of_;
};

}  // namespace gforbit::stream::formula
