/// `gforbit merge`: the parts of a batch (--part I/N) become the file that one run of the whole batch would
/// have written, digest included.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gforbit::report {

/// What a file says of itself when it is one of several parts.
inline constexpr const char* kPartTable = "runtime/part";

/// Joins the tables under /results and /runtime/partial, and /runtime/registers. A column `register` numbers
/// rows of results/registers and is shifted; `coalesced_into` becomes what it would be without parts.
/// @return the digest of /results of the new file
/// @throws core::InputError   a file is no part, incomplete or of another problem; parts are missing or given
///                            twice
///         core::UsageError   the output exists and `force` is false
///         core::OutputError  it cannot be written
std::string merge_parts(const std::vector<std::string>& parts, const std::filesystem::path& output,
                        bool force);

}  // namespace gforbit::report
