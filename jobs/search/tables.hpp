/// The tables of the search.
#pragma once

#include "gforbit/store/table.hpp"

namespace gforbit::job_search {

inline constexpr const char* kFamilies = "results/families";
inline constexpr const char* kFunctions = "results/functions";
inline constexpr const char* kPartialFunctions = "runtime/partial/functions";

[[nodiscard]] store::TableSpec families_table();
[[nodiscard]] store::TableSpec functions_table();
/// Functions of families that did not complete.
[[nodiscard]] store::TableSpec partial_functions_table();
/// The part of a batch: ranks of each family.
[[nodiscard]] store::TableSpec part_table();

}  // namespace gforbit::job_search
