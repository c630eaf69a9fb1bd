#include "gforbit/core/natural.hpp"

#include <limits>

namespace gforbit::core {

std::string decimal(const Natural& n) {
  if (n >= 0 && n <= ~std::uint64_t{0}) return std::to_string(static_cast<std::uint64_t>(n));
  return n.str();
}

std::uint64_t u64_or_zero(const Natural& n) {
  return n > std::numeric_limits<std::uint64_t>::max() ? 0 : static_cast<std::uint64_t>(n);
}

Natural natural(std::string_view digits) {
  return Natural(digits);
}

Natural power(std::uint64_t q, unsigned d) {
  return boost::multiprecision::pow(Natural(q), d);
}

void put_natural(ByteWriter& out, const Natural& n) {
  const bool fits = n <= ~std::uint64_t{0};
  out.put(fits);
  if (fits) {
    out.put(static_cast<std::uint64_t>(n));
  } else {
    out.put_text(decimal(n));
  }
}

Natural get_natural(ByteReader& in) {
  return in.get<bool>() ? Natural(in.get<std::uint64_t>()) : natural(in.get_text());
}

}  // namespace gforbit::core
