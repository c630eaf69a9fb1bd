/// Tables that jobs write alike.
#pragma once

#include <string>

#include "gforbit/store/result_writer.hpp"
#include "skeleton/job.hpp"

namespace gforbit::skeleton {

/// The table runtime/part of a job whose rows share the work of equal ones.
[[nodiscard]] store::TableSpec equal_rows_table(const std::string& title);

/// Writes it. @return the rows of the whole batch
PartRows write_equal_rows(store::ResultWriter& file, const store::TableSpec& spec, const BatchRows& rows);

}  // namespace gforbit::skeleton
