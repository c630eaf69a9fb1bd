#include "gforbit/stream/berlekamp_massey.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace gforbit::stream {

namespace {

constexpr std::uint64_t kLook = 256;  ///< steps between looks at the stop

bool is_stopped(const StopLook& stop, std::uint64_t step) {
  return stop && step % kLook == 0 && stop();
}

/// The sequence backwards, so that s_n, s_{n-1}, ... are bits from low to high.
Elements reversed(const Elements& bits) {
  ElementsBuilder builder(true);
  for (std::uint64_t i = bits.size(); i-- > 0;) builder.push(bits[i]);
  return builder.take();
}

/// to += from * x^shift
void add_shifted(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from,
                 std::uint64_t shift) {
  const std::uint64_t words = shift / 64, bits = shift % 64;
  for (std::size_t i = to.size(); i-- > words;) {
    std::uint64_t moved = from[i - words] << bits;
    if (bits > 0 && i > words) moved |= from[i - words - 1] >> (64 - bits);
    to[i] ^= moved;
  }
}

}  // namespace

std::optional<std::uint64_t> linear_complexity_of_bits(const Elements& bits, const StopLook& stop) {
  const std::uint64_t n = bits.size();
  const Elements backwards = reversed(bits);
  std::vector<std::uint64_t> connection(n / 64 + 1, 0), before(n / 64 + 1, 0), saved;
  connection[0] = before[0] = 1;
  std::uint64_t length = 0, shift = 1;
  for (std::uint64_t i = 0; i < n; ++i, ++shift) {
    if (is_stopped(stop, i)) return std::nullopt;
    const std::uint64_t first = n - 1 - i, most = std::min(length, i);
    std::uint64_t products = 0;
    for (std::uint64_t k = 0; k <= most / 64; ++k) products ^= connection[k] & backwards.word(first + 64 * k);
    if (std::popcount(products) % 2 == 0) continue;
    if (2 * length > i) {
      add_shifted(connection, before, shift);
    } else {
      saved = connection;
      add_shifted(connection, before, shift);
      std::swap(before, saved);
      length = i + 1 - length;
      shift = 0;
    }
  }
  return length;
}

std::optional<ShortestRegister> shortest_register(const Elements& sequence, const galois::Field& field,
                                                  const StopLook& stop) {
  const std::uint64_t n = sequence.size();
  std::vector<galois::Element> connection(n + 1, 0), before(n + 1, 0), saved;
  connection[0] = before[0] = 1;
  std::uint64_t length = 0, shift = 1;
  galois::Element last = 1;  // the discrepancy when the length last changed
  for (std::uint64_t i = 0; i < n; ++i, ++shift) {
    if (is_stopped(stop, i)) return std::nullopt;
    galois::Element discrepancy = sequence[i];
    for (std::uint64_t k = 1; k <= length; ++k) {
      if (connection[k] != 0)
        discrepancy = field.add(discrepancy, field.multiply(connection[k], sequence[i - k]));
    }
    if (discrepancy == 0) continue;
    const galois::Element factor = field.multiply(discrepancy, field.inverse(last));
    const bool longer = 2 * length <= i;
    if (longer) saved = connection;
    for (std::uint64_t k = shift; k <= n; ++k)
      connection[k] = field.subtract(connection[k], field.multiply(factor, before[k - shift]));
    if (!longer) continue;
    std::swap(before, saved);
    length = i + 1 - length;
    last = discrepancy;
    shift = 0;
  }
  connection.resize(length + 1);
  return ShortestRegister{length, std::move(connection)};
}

}  // namespace gforbit::stream
