#include "gforbit/core/natural.hpp"

#include <limits>
#include <stdexcept>
#include <string>

namespace gforbit::core {

std::string decimal(const Natural& n) {
  if (n >= 0 && n <= ~std::uint64_t{0}) return std::to_string(static_cast<std::uint64_t>(n));
  return n.str();
}

std::uint64_t u64_or_zero(const Natural& n) {
  return n > std::numeric_limits<std::uint64_t>::max() ? 0 : static_cast<std::uint64_t>(n);
}

Natural natural(std::string_view digits) {
  // Boost takes a leading zero for the sign of an octal number.
  const auto first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? Natural(0) : Natural(digits.substr(first));
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
  if (in.get<bool>()) return in.get<std::uint64_t>();
  const std::string digits = in.get_text();
  // As decimal() writes it.
  if (digits.empty() || digits.front() == '0' ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    fail_corrupt("has a number that is not made of digits");
  }
  return natural(digits);
}

}  // namespace gforbit::core
