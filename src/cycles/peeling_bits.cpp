#include "peeling_bits.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "gforbit/core/zeroed_allocator.hpp"
#include "peeling_tables.hpp"

namespace gforbit::cycles {

namespace {

using Words = std::vector<std::uint64_t, core::ZeroedAllocator<std::uint64_t>>;

class BitTables final : public PeelingTables {
 public:
  BitTables(const fsr::Register& reg, SimdLevel level)
      : feedback_(reg.feedback()),
        functions_(bit_pass_functions(level)),
        half_(reg.enumerable_state_count().value() / 128),
        top_(reg.degree() - 1),
        remaining_(2 * half_),
        level_(2 * half_),
        next_(2 * half_) {}

  [[nodiscard]] std::uint64_t slices() const override { return (half_ + kWords - 1) / kWords; }

  std::uint64_t find_first_level(std::uint64_t slice) override {
    return functions_.find_first_level(pass(slice));
  }
  std::uint64_t take_level(std::uint64_t slice) override { return functions_.take_level(pass(slice)); }
  void next_level() override { std::swap(level_, next_); }

  /// A pass over zeros takes as long as a list of so many states.
  [[nodiscard]] std::uint64_t few_states() const override { return half_ / 64; }

  Taken take_rest(const core::StopSignal& stop) override {
    constexpr std::uint64_t kLevelsPerStopLook = 64;
    std::vector<std::uint64_t> level, next;
    for (std::uint64_t w = 0; w < 2 * half_; ++w) {
      for (std::uint64_t bits = level_[w]; bits != 0; bits &= bits - 1)
        level.push_back(64 * w + static_cast<std::uint64_t>(std::countr_zero(bits)));
    }
    Taken taken;
    for (std::uint64_t n = 0; !level.empty(); ++n) {
      if (n % kLevelsPerStopLook == 0 && stop.stop_requested()) break;
      next.clear();
      for (const std::uint64_t s : level) {
        if (const auto t = next_level_state(s)) {
          next.push_back(*t);
          __builtin_prefetch(&remaining_[*t / 64], 1);
          __builtin_prefetch(&level_[*t / 64], 1);
        }
      }
      for (const std::uint64_t s : level) {
        remaining_[s / 64] &= ~bit(s);
        level_[s / 64] &= ~bit(s);
      }
      for (const std::uint64_t t : next) level_[t / 64] |= bit(t);
      taken.states += next.size();
      taken.levels += next.empty() ? 0 : 1;
      level.swap(next);
    }
    return taken;
  }

  void fill_sieve(std::uint64_t slice, std::uint64_t* sieve, std::uint64_t size) const override {
    const std::uint64_t end = std::min({half_, (slice + 1) * kWords, (size + 63) / 64});
    for (std::uint64_t w = slice * kWords; w < end; ++w) sieve[w] = ~remaining_[w];
  }

 private:
  static constexpr std::uint64_t kWords = 1 << 15;  ///< of the lower half in a slice

  [[nodiscard]] BitPass pass(std::uint64_t slice) {
    return {feedback_,
            half_,
            remaining_.data(),
            level_.data(),
            next_.data(),
            slice * kWords,
            std::min(half_, (slice + 1) * kWords)};
  }

  static std::uint64_t bit(std::uint64_t s) { return std::uint64_t{1} << (s % 64); }

  /// What s leads to, if that is of the next level; of two states of this level that lead there, the first
  /// one says so.
  [[nodiscard]] std::optional<std::uint64_t> next_level_state(std::uint64_t s) const {
    const std::uint64_t f = feedback_(s / 64), other = s ^ 1;
    const std::uint64_t value = f >> (s % 64) & 1;
    const bool other_remains = (remaining_[other / 64] & bit(other)) != 0,
               same = (f >> (other % 64) & 1) == value;
    if (other_remains && same) {
      const bool other_of_level = (level_[other / 64] & bit(other)) != 0;
      if (!other_of_level || other < s) return std::nullopt;
    }
    return s >> 1 | value << top_;
  }

  WordFeedback feedback_;
  BitPassFunctions functions_;
  std::uint64_t half_;  ///< words of half of the states
  int top_;
  Words remaining_;     ///< with the level at hand
  Words level_, next_;  ///< next_ is zero before a pass
};

}  // namespace

BitPassFunctions bit_pass_functions([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return kAvx512BitPasses;
  if (level == SimdLevel::avx2) return kAvx2BitPasses;
#endif
  return kPlainBitPasses;
}

std::unique_ptr<PeelingTables> make_bit_tables(const fsr::Register& reg, SimdLevel level) {
  return std::make_unique<BitTables>(reg, level);
}

}  // namespace gforbit::cycles
