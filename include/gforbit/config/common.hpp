/// Options that every job has, so that they mean the same everywhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gforbit/config/command.hpp"
#include "gforbit/config/settings.hpp"

namespace gforbit::config {

enum class Progress : std::uint8_t { automatic, always, never };
enum class LogFormat : std::uint8_t { text, json };
enum class Coalesce : std::uint8_t { off, equal, equivalent };
enum class Hdf5Format : std::uint8_t { v1_8, v1_10 };  ///< the oldest library that opens a result file

struct CommonOptions {
  std::string output;
  bool force{false};                                      ///< replace an existing output
  bool resume{false};                                     ///< continue from the checkpoint beside the output
  std::chrono::milliseconds checkpoint_interval{60'000};  ///< 0: only at a stop
  std::chrono::milliseconds snapshot_interval{0};         ///< 0: only at a stop and at the end
  std::optional<std::chrono::milliseconds> wall_limit;    ///< 0: none; nullopt: the batch system's
  std::chrono::milliseconds timeout{0};                   ///< per work item, 0: none
  std::optional<int> threads;                             ///< nullopt: from the machine
  std::optional<std::uint64_t> memory;                    ///< bytes for this rank; nullopt: from the machine
  Progress progress{Progress::automatic};
  bool quiet{false};  ///< warnings and errors only
  LogFormat log_format{LogFormat::text};
  Part part;                                ///< of the batch
  std::optional<std::uint64_t> stop_after;  ///< work items that satisfied the job's goal; nullopt: all
  Coalesce coalesce{Coalesce::equal};
  Hdf5Format hdf5_format{Hdf5Format::v1_8};
  bool dry_run{false};
};

/// The option --hdf5-format, of everything that writes a result file.
[[nodiscard]] Option hdf5_format_option(Hdf5Format& format);

/// The section of the help and of the table; the readers write to `options`, which must outlive them.
/// @param default_output  "gforbit-<job>.h5"
/// @param goal            what a work item must reach to count for --stop-after ("maximal period")
[[nodiscard]] Section common_section(CommonOptions& options, const std::string& default_output,
                                     const std::string& goal);

/// @throws core::UsageError  options of the section that exclude each other
void check_common(std::string_view command, const CommonOptions& options, const Settings& settings);
/// The same for jobs whose work items can only be equal.
void check_common_without_equivalence(std::string_view command, const CommonOptions& options,
                                      const Settings& settings);

/// How the program ends, for the help of every job.
[[nodiscard]] std::string exit_status_notes();

}  // namespace gforbit::config
