/// A state as its cells and as its index.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::fsr {

/// s_0 + s_1 q + ... + s_{d-1} q^(d-1). Requires elements of GF(q) and q^d <= 2^63.
[[nodiscard]] inline std::uint64_t index_of(std::span<const galois::Element> cells, std::uint64_t q) {
  std::uint64_t index = 0;
  for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) {
    assert(*cell < q);
    index = index * q + *cell;
  }
  return index;
}

/// (s_0, ..., s_{d-1}). Requires index < q^d.
[[nodiscard]] inline std::vector<galois::Element> cells_of(std::uint64_t index, std::uint64_t q, int degree) {
  std::vector<galois::Element> cells(static_cast<std::size_t>(degree));
  for (auto& cell : cells) {
    cell = index % q;
    index /= q;
  }
  assert(index == 0);
  return cells;
}

}  // namespace gforbit::fsr
