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
  for (const PackedStep::Run& run : lookup.runs)
    key |= (run.right >= 0 ? state >> run.right : state << -run.right) & run.mask;
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
  explicit BitWalker(const PackedStep& step)
      : step_(step),
        linear_(step.linear),
        constant_(step.constant),
        top_(step.top_shift),
        lookups_(step.lookups.data()),
        lookups_end_(lookups_ + step.lookups.size()),
        values_(step.values8.data()),
        masks_(step.masks.data()),
        masks_end_(masks_ + step.masks.size()) {}

  [[nodiscard]] const PackedStep& step() const noexcept { return step_; }

  [[gnu::always_inline]] std::uint64_t feedback(PackedState s) const noexcept {
    auto sum = constant_ ^ static_cast<std::uint64_t>(std::popcount(s.packed & linear_));
    for (const PackedStep::Lookup* l = lookups_; l != lookups_end_; ++l)
      sum ^= values_[l->offset + gather_bits(s.packed, *l)];
    for (const std::uint64_t* m = masks_; m != masks_end_; ++m)
      sum ^= static_cast<std::uint64_t>((s.packed & *m) == *m);
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
  const std::uint64_t *masks_, *masks_end_;
};

/// Larger fields.
template <class Value>
class DigitWalker {
 public:
  explicit DigitWalker(const PackedStep& step) : step_(step), order_(step.order), by_order_(step.by_order) {
    if constexpr (std::is_same_v<Value, std::uint8_t>) values_ = step.values8.data();
    if constexpr (std::is_same_v<Value, std::uint16_t>) values_ = step.values16.data();
    if constexpr (std::is_same_v<Value, std::uint32_t>) values_ = step.values32.data();
  }

  [[nodiscard]] const PackedStep& step() const noexcept { return step_; }

  [[gnu::always_inline]] std::uint64_t feedback(PackedState s) const noexcept {
    std::uint64_t sum = step_.constant;
    for (const PackedStep::Product& product : step_.products) {
      const PackedStep::Lookup* lookup = &step_.lookups[product.first];
      std::uint64_t value = values_[lookup->offset + gather_bits(s.packed, *lookup)];
      for (std::size_t i = product.first + 1; i < product.last; ++i) {
        ++lookup;
        value = step_.multiply[value * order_ + values_[lookup->offset + gather_bits(s.packed, *lookup)]];
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
    const std::uint64_t c = feedback(s);
    const std::uint64_t packed = s.packed >> step_.digit_bits | c << step_.top_shift;
    return {packed, step_.packed_is_index ? packed : by_order_.quotient(s.index) + c * step_.top_place};
  }

 private:
  const PackedStep& step_;
  std::uint64_t order_;
  core::Divider by_order_;
  const Value* values_ = nullptr;
};

/// Calls `use(walker)` with the walker of this step.
template <class Use>
void with_walker(const PackedStep& step, Use&& use) {
  if (step.order == 2) return use(BitWalker(step));
  if (step.order <= 256) return use(DigitWalker<std::uint8_t>(step));
  if (step.order <= 65536) return use(DigitWalker<std::uint16_t>(step));
  return use(DigitWalker<std::uint32_t>(step));
}

}  // namespace
}  // namespace gforbit::cycles
