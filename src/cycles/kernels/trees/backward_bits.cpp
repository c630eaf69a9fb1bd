#include "backward_bits.hpp"

#include <cassert>

namespace gforbit::cycles {

namespace {

std::uint64_t value_at(const BackwardBits::Sum& sum, std::uint64_t state) {
  std::uint64_t value = sum.constant ? 1 : 0;
  for (const fsr::SignedProduct& product : sum.products)
    value ^= static_cast<std::uint64_t>(fsr::holds(product, state));
  return value;
}

void add(const fsr::SignedProduct& product, BackwardBits::Sum& sum) {
  if (product.cells == 0) {
    sum.constant = !sum.constant;
  } else {
    sum.products.push_back(product);
  }
}

}  // namespace

BackwardBits::BackwardBits(const fsr::Register& reg)
    : degree(reg.degree()), mask(reg.enumerable_state_count().value() - 1) {
  assert(reg.field().order() == 2);
  constexpr std::uint64_t kOldest = 1;
  for (const fsr::SignedProduct& product : fsr::signed_products(reg.feedback())) {
    const bool complement = (product.cells & ~product.ones & kOldest) != 0;  // 1 with x0 = 0
    const fsr::SignedProduct rest{product.cells & ~kOldest, product.ones & ~kOldest};
    const bool oldest = (product.cells & kOldest) != 0;
    if (oldest) add(rest, difference);
    if (!oldest || complement) add(rest, feedback);
  }
}

Predecessors predecessors_plain(const BackwardBits& bits, const std::uint64_t* level, std::size_t count,
                                std::uint64_t* next) {
  Predecessors found;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t newest = level[i] >> (bits.degree - 1), first = level[i] << 1 & bits.mask;
    const std::uint64_t without = value_at(bits.feedback, first) ^ newest ^ 1;
    const std::uint64_t with = without ^ value_at(bits.difference, first);
    next[found.count] = first;
    found.count += without;
    next[found.count] = first | 1;
    found.count += with;
    found.leaves += (without | with) ^ 1;
  }
  return found;
}

}  // namespace gforbit::cycles
