/// One step of a packed state, for the loops that walk many of them; included by files that are compiled with
/// and without the instruction that gathers bits.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

#include "packed_step.hpp"

// Every file that includes this has its own flags, so it has its own copies of these functions.
namespace gforbit::cycles {
namespace {

[[gnu::always_inline]] inline std::uint64_t gather_bits(std::uint64_t state,
                                                        const PackedStep::Lookup& lookup) {
#if defined(__BMI2__)
  return _pext_u64(state, lookup.cells);
#else
  std::uint64_t key = 0;
  for (const PackedStep::Run& run : lookup.runs) key |= state >> run.right & run.mask;
  return key;
#endif
}

/// A state of a walk: its packed digits and its index, which are the same where q is a power of two.
struct PackedState {
  std::uint64_t packed, index;
};

/// GF(2): a parity, a few look-ups, a few products.
class BitWalker {
 public:
  using Value = std::uint8_t;
  explicit BitWalker(const PackedStep& step)
      : step_(step),
        linear_(step.linear),
        constant_(step.constant),
        top_(step.top_shift),
        lookups_(step.lookups.data()),
        lookups_end_(lookups_ + step.lookups.size()),
        values_(step.values8.data()),
        compared_(step.compared.data()),
        compared_end_(compared_ + step.compared.size()) {}

  [[nodiscard]] const PackedStep& step() const noexcept { return step_; }

  [[gnu::always_inline]] std::uint64_t feedback(PackedState s) const noexcept {
    auto sum = constant_ ^ static_cast<std::uint64_t>(std::popcount(s.packed & linear_));
    for (const PackedStep::Lookup* l = lookups_; l != lookups_end_; ++l)
      sum ^= values_[l->offset + gather_bits(s.packed, *l)];
    for (const fsr::SignedProduct* p = compared_; p != compared_end_; ++p)
      sum ^= static_cast<std::uint64_t>((s.packed & p->cells) == p->ones);
    return sum & 1;
  }
  [[gnu::always_inline]] PackedState next(PackedState s) const noexcept {
    const std::uint64_t x = s.packed >> 1 | feedback(s) << top_;
    return {x, x};
  }

 private:
  const PackedStep& step_;
  std::uint64_t linear_, constant_;
  int top_;
  const PackedStep::Lookup *lookups_, *lookups_end_;
  const std::uint8_t* values_;
  const fsr::SignedProduct *compared_, *compared_end_;
};

template <class Value>
const Value* values_of(const PackedStep& step) {
  if constexpr (std::is_same_v<Value, std::uint8_t>) return step.values8.data();
  if constexpr (std::is_same_v<Value, std::uint16_t>) return step.values16.data();
  if constexpr (std::is_same_v<Value, std::uint32_t>) return step.values32.data();
}

/// The state after `s` whose newest digit is `c`.
[[gnu::always_inline]] inline PackedState shifted(const PackedStep& step, PackedState s, std::uint64_t c) {
  const std::uint64_t packed = s.packed >> step.digit_bits | c << step.top_shift;
  return {packed, step.packed_is_index ? packed : step.by_order.quotient(s.index) + c * step.top_place};
}

/// Larger fields.
template <class V>
class DigitWalker {
 public:
  using Value = V;
  explicit DigitWalker(const PackedStep& step)
      : step_(step), order_(step.order), values_(values_of<Value>(step)) {}

  [[nodiscard]] const PackedStep& step() const noexcept { return step_; }

  [[gnu::always_inline]] std::uint64_t feedback(PackedState s) const noexcept {
    std::uint64_t sum = step_.constant;
    for (const PackedStep::Product& product : step_.products) {
      const PackedStep::Lookup* lookup = &step_.lookups[product.first];
      std::uint64_t value = values_[lookup->offset + gather_bits(s.packed, *lookup)];
      for (std::size_t i = product.first + 1; i < product.last; ++i) {
        ++lookup;
        value = times(value, values_[lookup->offset + gather_bits(s.packed, *lookup)]);
      }
      switch (step_.sum) {
        case PackedStep::Sum::exclusive_or:
          sum ^= value;
          break;
        case PackedStep::Sum::modular:
          sum += value;
          sum -= sum >= order_ ? order_ : 0;
          break;
        case PackedStep::Sum::table:
          sum = step_.add[sum * order_ + value];
          break;
      }
    }
    return sum;
  }
  [[gnu::always_inline]] PackedState next(PackedState s) const noexcept {
    return shifted(step_, s, feedback(s));
  }

 private:
  [[gnu::always_inline]] std::uint64_t times(std::uint64_t a, std::uint64_t b) const noexcept {
    if constexpr (std::is_same_v<Value, std::uint8_t>) return step_.multiply[a * order_ + b];
    if (step_.sum == PackedStep::Sum::modular) return a * b - step_.by_order.quotient(a * b) * order_;
    return a == 0 || b == 0 ? 0 : step_.powers[std::uint64_t{step_.logs[a]} + step_.logs[b]];
  }

  const PackedStep& step_;
  std::uint64_t order_;
  const Value* values_;
};

/// Larger fields, where one table holds the whole feedback: what a register of a few cells comes to.
template <class V>
class LookupWalker {
 public:
  using Value = V;
  explicit LookupWalker(const PackedStep& step)
      : step_(step),
        lookup_(step.lookups.front()),
        values_(values_of<Value>(step) + step.lookups.front().offset) {}

  [[nodiscard]] const PackedStep& step() const noexcept { return step_; }

  [[gnu::always_inline]] std::uint64_t feedback(PackedState s) const noexcept {
    return values_[gather_bits(s.packed, lookup_)];
  }
  [[gnu::always_inline]] PackedState next(PackedState s) const noexcept {
    return shifted(step_, s, feedback(s));
  }

 private:
  const PackedStep& step_;
  const PackedStep::Lookup& lookup_;
  const Value* values_;
};

/// Calls `use(walker)` with the walker of this step.
template <class Use>
void with_walker(const PackedStep& step, Use&& use) {
  if (step.order == 2) return use(BitWalker(step));
  if (step.is_one_lookup()) {
    if (step.order <= 256) return use(LookupWalker<std::uint8_t>(step));
    if (step.order <= 65536) return use(LookupWalker<std::uint16_t>(step));
    return use(LookupWalker<std::uint32_t>(step));
  }
  if (step.order <= 256) return use(DigitWalker<std::uint8_t>(step));
  if (step.order <= 65536) return use(DigitWalker<std::uint16_t>(step));
  return use(DigitWalker<std::uint32_t>(step));
}

}  // namespace
}  // namespace gforbit::cycles
