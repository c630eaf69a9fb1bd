#include "cycles/equal_rows.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace gforbit::job_cycles {

std::vector<std::uint32_t> first_equal_rows(std::span<const std::uint32_t> hashes,
                                            const std::function<std::string(std::uint64_t)>& key_of) {
  std::vector<std::uint32_t> first(hashes.size());
  std::iota(first.begin(), first.end(), std::uint32_t{0});
  std::vector<std::uint32_t> by_hash = first;
  std::ranges::sort(by_hash, [&](std::uint32_t a, std::uint32_t b) {
    return hashes[a] != hashes[b] ? hashes[a] < hashes[b] : a < b;
  });
  for (auto group = by_hash.begin(); group != by_hash.end();) {
    const auto end =
        std::find_if(group, by_hash.end(), [&](std::uint32_t row) { return hashes[row] != hashes[*group]; });
    if (end - group > 1) {
      std::unordered_map<std::string, std::uint32_t> first_with_key;  // the rows of a group ascend
      for (auto row = group; row != end; ++row)
        first[*row] = first_with_key.try_emplace(key_of(*row), *row).first->second;
    }
    group = end;
  }
  return first;
}

}  // namespace gforbit::job_cycles
