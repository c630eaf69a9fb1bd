#include "skeleton/results.hpp"

#include <algorithm>

namespace gforbit::skeleton {

store::TableSpec equal_rows_table(const std::string& title) {
  return {launch::kRuntimePart,
          title,
          {{"first_equal", "row of the whole batch that asks for the same work first", "",
            store::ColumnType::uint64}}};
}

PartRows write_equal_rows(store::ResultWriter& file, const store::TableSpec& spec, PartRows part,
                          const std::function<std::uint64_t(std::uint64_t row)>& first_equal) {
  constexpr std::uint64_t kBlockRows = 1 << 14;
  store::TableStream table = file.open_table(spec);
  for (std::uint64_t row = 0, n = part.end - part.first; row < n;) {
    store::Table block(spec);
    for (const std::uint64_t end = std::min(n, row + kBlockRows); row < end; ++row)
      block.append(first_equal(row));
    table.append(block);
  }
  table.close();
  return part;
}

}  // namespace gforbit::skeleton
