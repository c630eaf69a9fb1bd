#include "backward_bits.hpp"

#include <cassert>

namespace gforbit::cycles {

namespace {

std::uint64_t sum_at(const BackwardBits::Products& products, std::uint64_t state) {
  std::uint64_t sum = products.constant ? 1 : 0;
  for (const std::uint64_t mask : products.masks) sum ^= static_cast<std::uint64_t>((state & mask) == mask);
  return sum;
}

}  // namespace

BackwardBits::BackwardBits(const fsr::Register& reg)
    : degree(reg.degree()), mask(reg.enumerable_state_count().value() - 1) {
  assert(reg.field().order() == 2);
  for (const fsr::Term& term : reg.feedback().terms()) {
    std::uint64_t cells = 0;
    for (const fsr::Factor& factor : term.factors) cells |= std::uint64_t{1} << factor.cell;
    Products& products = (cells & 1) != 0 ? difference : feedback;
    cells &= ~std::uint64_t{1};
    if (cells == 0) {
      products.constant = !products.constant;
    } else {
      products.masks.push_back(cells);
    }
  }
}

Predecessors predecessors_plain(const BackwardBits& bits, const std::uint64_t* level, std::size_t count,
                                std::uint64_t* next) {
  Predecessors found;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t newest = level[i] >> (bits.degree - 1), first = level[i] << 1 & bits.mask;
    const std::uint64_t without = sum_at(bits.feedback, first) ^ newest ^ 1;
    const std::uint64_t with = without ^ sum_at(bits.difference, first);
    next[found.count] = first;
    found.count += without;
    next[found.count] = first | 1;
    found.count += with;
    found.leaves += (without | with) ^ 1;
  }
  return found;
}

}  // namespace gforbit::cycles
