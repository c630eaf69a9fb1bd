#include "gforbit/stream/berlekamp_massey.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace gforbit::stream {

namespace {

/// Looks at the stop by work done, not by steps, because a step costs as much as the sequence is long.
class Looks {
 public:
  explicit Looks(const StopLook& stop) : stop_(stop) {}
  /// Before a step of so many operations on words or elements. @return whether to stop
  [[nodiscard]] bool stopped_before(std::uint64_t operations) {
    done_ += operations + 1;
    if (done_ < kWork || !stop_) return false;
    done_ = 0;
    return stop_();
  }

 private:
  static constexpr std::uint64_t kWork = 1 << 18;  ///< some milliseconds in the slowest fields
  const StopLook& stop_;
  std::uint64_t done_ = 0;
};

/// The sequence backwards, so that s_n, s_{n-1}, ... are bits from low to high.
std::optional<Elements> reversed(const Elements& bits, const StopLook& stop) {
  ElementsBuilder builder(true);
  Looks looks(stop);
  for (std::uint64_t i = bits.size(); i-- > 0;) {
    if (looks.stopped_before(0)) return std::nullopt;
    builder.push(bits[i]);
  }
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
  const auto reverse = reversed(bits, stop);
  if (!reverse) return std::nullopt;
  const Elements& backwards = *reverse;
  std::vector<std::uint64_t> connection(n / 64 + 1, 0), before(n / 64 + 1, 0), saved;
  connection[0] = before[0] = 1;
  std::uint64_t length = 0, shift = 1;
  Looks looks(stop);
  for (std::uint64_t i = 0; i < n; ++i, ++shift) {
    const std::uint64_t first = n - 1 - i, most = std::min(length, i);
    if (looks.stopped_before(most / 64)) return std::nullopt;
    std::uint64_t products = 0;
    for (std::uint64_t k = 0; k <= most / 64; ++k) products ^= connection[k] & backwards.word(first + 64 * k);
    if (std::popcount(products) % 2 == 0) continue;
    if (looks.stopped_before(n / 64)) return std::nullopt;
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
  Looks looks(stop);
  for (std::uint64_t i = 0; i < n; ++i, ++shift) {
    if (looks.stopped_before(length)) return std::nullopt;
    galois::Element discrepancy = sequence[i];
    for (std::uint64_t k = 1; k <= length; ++k) {
      if (connection[k] != 0)
        discrepancy = field.add(discrepancy, field.multiply(connection[k], sequence[i - k]));
    }
    if (discrepancy == 0) continue;
    if (looks.stopped_before(n)) return std::nullopt;
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
