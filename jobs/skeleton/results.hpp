/// Tables that jobs write alike.
#pragma once

#include <cstdint>
#include <functional>

#include "gforbit/store/result_writer.hpp"
#include "skeleton/job.hpp"

namespace gforbit::skeleton {

/// The table runtime/part of a job whose rows share the work of equal ones: one uint64 column.
/// @param first        row of the whole batch with which the part begins
/// @param n            rows of the part
/// @param first_equal  of the part's row: the first row of the whole batch that asks for the same work
Run::PartRows write_equal_rows(store::ResultWriter& file, const store::TableSpec& spec, std::uint64_t first,
                               std::uint64_t n,
                               const std::function<std::uint64_t(std::uint64_t row)>& first_equal);

}  // namespace gforbit::skeleton
