/// State indices and half-open ranges of them: what rank 0 hands out and kernels work on.
#pragma once

#include <compare>
#include <cstdint>

namespace gforbit::core {

/// s_0 + s_1 q + ... + s_{d-1} q^(d-1) in [0, q^d). The newest cell is the most significant digit.
struct StateIndex {
  std::uint64_t value{};
  auto operator<=>(const StateIndex&) const = default;
};

/// [begin, end).
struct StateRange {
  StateIndex begin, end;
  [[nodiscard]] std::uint64_t size() const noexcept { return end.value - begin.value; }
  [[nodiscard]] bool empty() const noexcept { return begin.value >= end.value; }
  auto operator<=>(const StateRange&) const = default;
};

}  // namespace gforbit::core
