#include "gforbit/fsr/register.hpp"

namespace gforbit::fsr {

core::Natural Register::state_count() const {
  return core::power(field().order(), static_cast<unsigned>(degree()));
}

std::optional<std::uint64_t> Register::enumerable_state_count() const {
  const std::uint64_t q = field().order();
  std::uint64_t states = 1;
  for (int i = 0; i < degree(); ++i) {
    if (states > kMaxStateCount / q) return std::nullopt;
    states *= q;
  }
  return states;
}

}  // namespace gforbit::fsr
