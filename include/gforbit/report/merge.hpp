/// `gforbit merge`: the parts of a batch (--part I/N) become the file that one run of the whole batch would
/// have written, digest included.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_writer.hpp"

namespace gforbit::report {

/// What a file says of itself when it is one of several parts: attributes index, count, first_row and end_row
/// (of what the batch is cut in), problem.
inline constexpr const char* kPartTable = "runtime/part";

/// Joins the tables under /results and /runtime/partial, and those under /runtime that the rules of the job
/// name.
/// @return the digest of /results of the new file
/// @throws core::InputError   a file is no part, incomplete or of another problem; parts are missing or given
///                            twice
///         core::UsageError   the output exists and `force` is false
///         core::OutputError  it cannot be written
std::string merge_parts(const std::vector<std::string>& parts, const std::filesystem::path& output,
                        bool force, std::span<const JobReport> reports,
                        store::Hdf5Format format = store::Hdf5Format::v1_8);

/// What a job with the column coalesced_into does to the block of its counted table (MergeRules::finish): a
/// row of a part is coalesced into the first equal one of the whole batch, which the part's table has as
/// first_equal.
void renumber_coalesced(const store::Table& part, std::uint64_t before, std::uint64_t first,
                        store::Table& block);

}  // namespace gforbit::report
