/// Tables that jobs write alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gforbit/store/result_writer.hpp"
#include "skeleton/job.hpp"

namespace gforbit::skeleton {

/// The table runtime/part of a job whose rows share the work of equal ones.
[[nodiscard]] store::TableSpec equal_rows_table(const std::string& title);

/// Writes it. @return the rows of the whole batch
/// @param first_equal  of the part's row: the first row of the whole batch that asks for the same work
PartRows write_equal_rows(store::ResultWriter& file, const store::TableSpec& spec, PartRows part,
                          const std::function<std::uint64_t(std::uint64_t row)>& first_equal);

}  // namespace gforbit::skeleton
