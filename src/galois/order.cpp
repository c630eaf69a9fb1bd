#include "gforbit/galois/order.hpp"

#include "gforbit/core/text.hpp"

namespace gforbit::galois {

std::optional<std::uint64_t> parse_order(std::string_view text) {
  text = core::trimmed(text);
  const bool named = text.starts_with("GF(") || text.starts_with("gf(");
  if (named) {
    if (!text.ends_with(')')) return std::nullopt;
    text = text.substr(3, text.size() - 4);
  }
  const auto sign = text.find('^');
  const auto base = core::parse_u64(core::trimmed(text.substr(0, sign)));
  if (sign == std::string_view::npos || !base) return base;
  const auto exponent = core::parse_u64(core::trimmed(text.substr(sign + 1)));
  if (!exponent || *exponent == 0 || *exponent > 64) return std::nullopt;
  std::uint64_t order = 1;
  for (std::uint64_t i = 0; i < *exponent; ++i) {
    if (__builtin_mul_overflow(order, *base, &order)) return std::nullopt;
  }
  return order;
}

}  // namespace gforbit::galois
