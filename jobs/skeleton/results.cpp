#include "skeleton/results.hpp"

#include <algorithm>

namespace gforbit::skeleton {

Run::PartRows write_equal_rows(store::ResultWriter& file, const store::TableSpec& spec, std::uint64_t first,
                               std::uint64_t n,
                               const std::function<std::uint64_t(std::uint64_t row)>& first_equal) {
  constexpr std::uint64_t kBlockRows = 1 << 14;
  store::TableStream table = file.open_table(spec);
  for (std::uint64_t row = 0; row < n;) {
    store::Table block(spec);
    for (const std::uint64_t end = std::min(n, row + kBlockRows); row < end; ++row)
      block.append(first_equal(row));
    table.append(block);
  }
  table.close();
  return {first, first + n};
}

}  // namespace gforbit::skeleton
