#include "search/tables.hpp"

#include "launch/run_record.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::job_search {

using store::ColumnType;
using store::TableSpec;

TableSpec families_table() {
  return {
      kFamilies,
      "Families of feedback functions: forms, then the template, each from the smallest degree to the "
      "largest",
      {{"form",
        "numbers of monomials of degree 1 (with x0), 2, 3, ...; or the template; batch: the lines of a file "
        "of "
        "this degree",
        "", ColumnType::fixed_text},
       {"degree", "number of cells n", "", ColumnType::int32},
       skeleton::status_column(
           "what became of the family; the numbers of a family that is not completed are 0 from "
           "n_after_short_cycles on"),
       {"message", "why the family was not completed (empty: nothing to say)", "", ColumnType::text},
       {"n_functions", "functions of the family", "functions", ColumnType::uint64},
       {"n_candidates",
        "of these, one of each pair of a function and its reverse, or the random functions of --random",
        "functions", ColumnType::uint64},
       {"n_after_parity",
        "candidates that fixed states do not rule out: with f(0) = 0 those with an even number of monomials, "
        "else the state of ones is a fixed point; all of them for the goal period>=P",
        "functions", ColumnType::uint64},
       {"longest_short_period", "periods up to this one are looked for by themselves", "steps",
        ColumnType::int32},
       {"n_after_short_cycles",
        "of these, candidates without a cycle of such a period besides the zero state; all of them for the "
        "goal "
        "period>=P and with a constant term",
        "functions", ColumnType::uint64},
       {"n_found", "of these, functions that reach the goal", "functions", ColumnType::uint64}}};
}

namespace {

TableSpec functions_at(const char* path, const char* title) {
  return {
      path,
      title,
      {{"family", "row in results/families", "", ColumnType::uint64},
       {"degree", "number of cells n", "", ColumnType::int32},
       {"rank",
        "rank number of the function in its family; of a batch: its place among the lines of this degree", "",
        ColumnType::uint64},
       {"id", "of the line in a batch; empty: there is no batch", "", ColumnType::text},
       {"feedback", "feedback polynomial in the cells x0..x{n-1}, terms by degree, then cells", "",
        ColumnType::text},
       {"period", "longest period of a cycle", "steps", ColumnType::uint64},
       {"n_cycles", "number of cycles, the zero state included", "cycles", ColumnType::uint64},
       {"method", "how period and n_cycles were found", "", ColumnType::int8, {"enumerated"}},
       {"coverage_verified", "1: the periods of all cycles found make 2^n", "", ColumnType::uint8},
       {"joined_at",
        "goal de-bruijn: the smallest state s such that complementing the function at s and s + 1 makes "
        "one cycle "
        "of all 2^n states; -1: it is one already, or another goal",
        "", ColumnType::int64},
       {"reversed_rank",
        "rank number of the function of the register that runs backwards; -1: the family has no such pairs",
        "", ColumnType::int64},
       {"reversed_feedback", "its feedback polynomial", "", ColumnType::text}}};
}

}  // namespace

TableSpec functions_table() {
  return functions_at(kFunctions, "Functions that reach the goal, sorted by family, then rank");
}

TableSpec partial_functions_table() {
  return functions_at(kPartialFunctions,
                      "Functions that reach the goal, found in families that did not complete");
}

TableSpec part_table() {
  return {launch::kRuntimePart,
          "Ranks of each family that this part of a search has",
          {{"first_rank", "first rank number", "", ColumnType::uint64},
           {"end_rank", "rank number after the last one", "", ColumnType::uint64}}};
}

}  // namespace gforbit::job_search
