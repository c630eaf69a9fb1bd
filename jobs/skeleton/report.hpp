/// What summary, check and merge of all jobs have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/report/job_report.hpp"
#include "gforbit/report/layout.hpp"
#include "gforbit/store/result_reader.hpp"
#include "launch/run_record.hpp"

namespace gforbit::skeleton {

/// Adds what the skeleton writes under /runtime.
/// @param part     the table runtime/part
/// @param runtime  further attributes of /runtime
void add_run_layout(const store::ResultReader& reader, const launch::RankWords& words,
                    const store::TableSpec& part, report::Layout& layout,
                    const std::vector<store::AttributeSpec>& runtime = {});

/// The part of a batch is that of the configuration, and its rows are a range.
/// @param n_rows  as many as these; nullopt: any number
void check_part(const store::ResultReader& reader, const std::string& table,
                std::optional<std::uint64_t> n_rows, report::Findings& findings);

/// The same for a job that writes equal_rows_table(): equal rows of the part share their work.
/// @param coalesced_into  column of the rows of `table`
void check_equal_rows(const store::ResultReader& reader, const std::string& table,
                      std::span<const std::int64_t> coalesced_into, report::Findings& findings);

/// For a job of ranges: one table under /results, one row an item, with the columns `status` and
/// `coalesced_into`.
/// @param order  columns by which a summary sorts, largest first
[[nodiscard]] report::JobReport range_report(const std::string& job, const store::TableSpec& rows,
                                             std::vector<std::string> order);

}  // namespace gforbit::skeleton
