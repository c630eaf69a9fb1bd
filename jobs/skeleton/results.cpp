#include "skeleton/results.hpp"

#include <algorithm>

namespace gforbit::skeleton {

store::TableSpec equal_rows_table(const std::string& title) {
  return {launch::kRuntimePart,
          title,
          {{"first_equal", "row of the whole batch that asks for the same work first", "",
            store::ColumnType::uint64}}};
}

PartRows write_equal_rows(store::ResultWriter& file, const store::TableSpec& spec, const BatchRows& rows) {
  constexpr std::uint64_t kBlockRows = 1 << 14;
  store::TableStream table = file.open_table(spec);
  for (std::uint64_t row = 0; row < rows.size();) {
    store::Table block(spec);
    for (const std::uint64_t end = std::min(rows.size(), row + kBlockRows); row < end; ++row)
      block.append(rows.first_equal_of_batch(row));
    table.append(block);
  }
  table.close();
  return rows.part();
}

}  // namespace gforbit::skeleton
