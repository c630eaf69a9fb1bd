#include "gforbit/stream/berlekamp_massey.hpp"

#include <algorithm>
#include <array>
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

/// to += from * x^shift, as far as `to` has `words` words.
void add_shifted(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from, std::uint64_t shift,
                 std::uint64_t words) {
  const std::uint64_t skipped = shift / 64, bits = shift % 64;
  if (bits == 0) {
    for (std::size_t i = skipped; i < words; ++i) to[i] ^= from[i - skipped];
    return;
  }
  if (skipped < words) to[skipped] ^= from[0] << bits;
  for (std::size_t i = skipped + 1; i < words; ++i)
    to[i] ^= from[i - skipped] << bits | from[i - skipped - 1] >> (64 - bits);
}

/// Bits of a sequence from any place on, word by word.
struct UnalignedRow {
  const Elements& bits;
  std::uint64_t first;
  std::uint64_t operator[](std::uint64_t word) const { return bits.word(first + 64 * word); }
};

/// The same of a long sequence: a copy for each place in a word, so that words lie side by side.
class ShiftedCopies {
 public:
  explicit ShiftedCopies(const Elements& bits) {
    for (std::uint64_t shift = 0; shift < 64 && shift < bits.size(); ++shift) {
      for (std::uint64_t first = shift; first < bits.size(); first += 64)
        copies_[shift].push_back(bits.word(first));
    }
  }
  [[nodiscard]] const std::uint64_t* row(std::uint64_t first) const {
    return copies_[first % 64].data() + first / 64;
  }

 private:
  std::array<std::vector<std::uint64_t>, 64> copies_;
};

struct BitRegister {
  std::uint64_t length = 0;
  std::vector<std::uint64_t> connection;
};

/// @param row_at  bits of the sequence backwards from a place on
template <class RowAt>
std::optional<BitRegister> shortest_of_bits(std::uint64_t n, const StopLook& stop, RowAt row_at) {
  std::vector<std::uint64_t> connection(n / 64 + 1, 0), before(n / 64 + 1, 0), saved;
  connection[0] = before[0] = 1;
  std::uint64_t length = 0, shift = 1;
  Looks looks(stop);
  for (std::uint64_t i = 0; i < n; ++i, ++shift) {
    const std::uint64_t most = std::min(length, i);
    if (looks.stopped_before(most / 64)) return std::nullopt;
    const auto row = row_at(n - 1 - i);
    std::uint64_t products = 0;
    for (std::uint64_t k = 0; k <= most / 64; ++k) products ^= connection[k] & row[k];
    if (std::popcount(products) % 2 == 0) continue;
    if (looks.stopped_before(i / 64)) return std::nullopt;
    const bool longer = 2 * length <= i;
    if (longer) saved = connection;
    add_shifted(connection, before, shift, std::max(length, i + 1 - length) / 64 + 1);
    if (!longer) continue;
    std::swap(before, saved);
    length = i + 1 - length;
    shift = 0;
  }
  return BitRegister{length, std::move(connection)};
}

std::optional<BitRegister> shortest_of_bits(const Elements& bits, const StopLook& stop) {
  constexpr std::uint64_t kLong = 1 << 14;
  const auto backwards = reversed(bits, stop);
  if (!backwards) return std::nullopt;
  if (bits.size() < kLong)
    return shortest_of_bits(bits.size(), stop, [&](std::uint64_t first) {
      return UnalignedRow{*backwards, first};
    });
  const ShiftedCopies copies(*backwards);
  return shortest_of_bits(bits.size(), stop, [&](std::uint64_t first) { return copies.row(first); });
}

}  // namespace

std::optional<std::uint64_t> linear_complexity_of_bits(const Elements& bits, const StopLook& stop) {
  const auto found = shortest_of_bits(bits, stop);
  return found ? std::optional(found->length) : std::nullopt;
}

std::optional<ShortestRegister> shortest_register(const Elements& sequence, const galois::Field& field,
                                                  const StopLook& stop) {
  if (sequence.packed()) {
    const auto found = shortest_of_bits(sequence, stop);
    if (!found) return std::nullopt;
    ShortestRegister shortest{found->length, {}};
    for (std::uint64_t i = 0; i <= found->length; ++i)
      shortest.connection.push_back(found->connection[i / 64] >> (i % 64) & 1);
    return shortest;
  }
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
