#include "algebra_distribution.hpp"

#include <algorithm>

namespace gforbit::cycles {
namespace {

/// Sorts by period and adds up equal ones.
void merge_equal(Distribution& counts) {
  std::ranges::sort(counts, {}, &PeriodCount::period);
  std::size_t last = 0;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i].period == counts[last].period) {
      fmpz_add(counts[last].cycles, counts[last].cycles, counts[i].cycles);
    } else if (++last != i) {
      counts[last] = std::move(counts[i]);
    }
  }
  if (!counts.empty()) counts.erase(counts.begin() + static_cast<std::ptrdiff_t>(last) + 1, counts.end());
}

}  // namespace

std::uint64_t least_power(std::uint64_t c, std::uint64_t n) {
  std::uint64_t power = 1;
  while (power < n) power *= c;
  return power;
}

Distribution power_block(std::uint64_t q, std::uint64_t c, unsigned n, const Integer& order, unsigned e) {
  Distribution counts{{Integer(1), Integer(1)}};
  const Integer all = Integer::power(q, n);
  Integer below(1);  // q^(n (k - 1))
  for (unsigned k = 1; k <= e; ++k) {
    const Integer up_to = below * all;
    const Integer period = order * Integer(least_power(c, k));
    counts.push_back({period, (up_to - below) / period});
    below = up_to;
  }
  merge_equal(counts);
  return counts;
}

Distribution shift_block(std::uint64_t q, std::uint64_t c, unsigned e) {
  const Integer period(least_power(c, std::uint64_t{e} + 1));
  return {{period, Integer::power(q, e) / period}};
}

std::optional<Distribution> combined(const Distribution& a, const Distribution& b, std::size_t limit,
                                     const core::StopSignal& stop) {
  Distribution result;
  std::size_t next_merge = 2 * limit;
  for (const auto& [u, cycles_u] : a) {
    if (stop.stop_requested()) return std::nullopt;
    for (const auto& [v, cycles_v] : b) {
      const Integer common = gcd(u, v);
      result.push_back({u / common * v, cycles_u * cycles_v * common});
    }
    if (result.size() < next_merge) continue;
    merge_equal(result);
    if (result.size() > limit) return std::nullopt;
    next_merge = result.size() + 2 * limit;
  }
  merge_equal(result);
  if (result.size() > limit) return std::nullopt;
  return result;
}

}  // namespace gforbit::cycles
