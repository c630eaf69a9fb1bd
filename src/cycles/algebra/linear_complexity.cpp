#include "gforbit/cycles/linear_complexity.hpp"

#include <cassert>
#include <vector>

#include "polynomial_rings.hpp"

namespace gforbit::cycles {

std::uint64_t linear_complexity(const galois::Field& field, std::span<const galois::Element> period) {
  assert(!period.empty());
  std::vector<galois::Element> repetition(period.size() + 1, 0);  // x^N - 1
  repetition.front() = field.negate(1);
  repetition.back() = 1;
  return with_ring(field, [&](const auto& ring) {
    const auto common = ring.gcd(ring.make(period), ring.make(repetition));
    return period.size() - static_cast<std::uint64_t>(ring.degree(common));
  });
}

}  // namespace gforbit::cycles
