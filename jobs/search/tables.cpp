#include "search/tables.hpp"

#include "launch/run_record.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::job_search {

using store::ColumnType;
using store::TableSpec;

TableSpec families_table() {
  return {kFamilies,
          "Families of feedback functions, form by form, each from the smallest degree to the largest",
          {{"form", "numbers of monomials of degree 1 (with x0), 2, 3, ...", "", ColumnType::fixed_text},
           {"degree", "number of cells n", "", ColumnType::int32},
           skeleton::status_column(
               "what became of the family; the numbers of a family that is not completed are 0 from "
               "n_after_short_cycles on"),
           {"message", "why the family was not completed (empty: nothing to say)", "", ColumnType::text},
           {"n_functions", "functions of this form and degree", "functions", ColumnType::uint64},
           {"n_candidates",
            "of these, one of each pair of a function and its reverse, or the random functions of --random",
            "functions", ColumnType::uint64},
           {"n_after_parity",
            "candidates with an even number of monomials: with an odd number the state of ones is a fixed "
            "point",
            "functions", ColumnType::uint64},
           {"longest_short_period", "periods up to this one are looked for by themselves", "steps",
            ColumnType::int32},
           {"n_after_short_cycles",
            "of these, candidates without a cycle of such a period besides the zero state", "functions",
            ColumnType::uint64},
           {"n_found", "of these, functions of maximal period 2^n - 1", "functions", ColumnType::uint64}}};
}

namespace {

TableSpec functions_at(const char* path, const char* title) {
  return {path,
          title,
          {{"family", "row in results/families", "", ColumnType::uint64},
           {"degree", "number of cells n", "", ColumnType::int32},
           {"rank", "rank number of the function in its family", "", ColumnType::uint64},
           {"feedback", "feedback polynomial in the cells x0..x{n-1}, terms by degree, then cells", "",
            ColumnType::text},
           {"max_period", "longest period of a cycle", "steps", ColumnType::uint64},
           {"n_cycles", "number of cycles, the zero state included", "cycles", ColumnType::uint64},
           {"method", "how max_period and n_cycles were found", "", ColumnType::int8, {"enumerated"}},
           {"coverage_verified", "1: the periods of all cycles found make 2^n", "", ColumnType::uint8},
           {"reversed_rank", "rank number of the function of the register that runs backwards", "",
            ColumnType::uint64},
           {"reversed_feedback", "its feedback polynomial", "", ColumnType::text}}};
}

}  // namespace

TableSpec functions_table() {
  return functions_at(kFunctions, "Functions of maximal period, sorted by family, then rank");
}

TableSpec partial_functions_table() {
  return functions_at(kPartialFunctions,
                      "Functions of maximal period found in families that did not complete");
}

TableSpec part_table() {
  return {launch::kRuntimePart,
          "Ranks of each family that this part of a search has",
          {{"first_rank", "first rank number", "", ColumnType::uint64},
           {"end_rank", "rank number after the last one", "", ColumnType::uint64}}};
}

}  // namespace gforbit::job_search
