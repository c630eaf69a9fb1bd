/// `gforbit check`: whether a result file is what it claims to be.
#pragma once

#include <filesystem>
#include <ostream>
#include <span>

#include "gforbit/core/error.hpp"
#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

/// Schema (objects, attributes, tables, flags, digest), what /runtime says of the run, then the mathematics
/// of the file's job. Nothing wrong inside the file is thrown: all of it becomes violations. Cost: reads the
/// file a few times.
[[nodiscard]] Findings check_file(const store::ResultReader& reader, std::span<const JobReport> reports,
                                  const CheckEffort& effort = {});

/// Checks the file and writes what was found, one line each, then in one line what was not checked; the last
/// line says valid or invalid, and "incomplete" where the run was not at its end.
/// @return done or input (0 or 3)
/// @throws core::InputError  it cannot be opened as a result file;  core::OutputError  `out` does not take it
[[nodiscard]] core::ExitStatus check(const std::filesystem::path& path, std::span<const JobReport> reports,
                                     std::ostream& out, const CheckEffort& effort = {});

}  // namespace gforbit::report
