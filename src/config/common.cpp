// The table of the common options: one line an option.
#include "gforbit/config/common.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "gforbit/core/threads.hpp"

namespace gforbit::config {

Section common_section(CommonOptions& o, const std::string& default_output, const std::string& goal) {
  const auto threads = [](std::string_view text) {
    return static_cast<int>(parse_natural(text, 1, core::kMostThreads));
  };
  const auto progress = one_of<Progress>(
      {{"auto", Progress::automatic}, {"always", Progress::always}, {"never", Progress::never}});
  const auto log_format = one_of<LogFormat>({{"text", LogFormat::text}, {"json", LogFormat::json}});
  const auto coalesce = one_of<Coalesce>(
      {{"off", Coalesce::off}, {"equal", Coalesce::equal}, {"equivalent", Coalesce::equivalent}});
  const auto stop_after = word_or<std::optional<std::uint64_t>>("off", std::nullopt, natural(1));

  Section section{
      "Common options",
      {
          {"output", "FILE.h5", "result file; an existing one is refused without --force or --resume",
           into(o.output, result_file()), default_output},
          {"force", "", "replace an existing result file and its checkpoint", into(o.force, parse_switch),
           "false"},
          {"resume", "",
           "continue from the checkpoint beside the output, with any number of ranks and threads; start from "
           "the beginning if there is neither checkpoint nor output",
           into(o.resume, parse_switch), "false"},
          {"checkpoint-interval", "S", "seconds between checkpoints (FILE.h5.ckpt); 0 = only at a stop",
           into(o.checkpoint_interval, parse_duration), "60"},
          {"snapshot-interval", "S",
           "seconds between snapshots, the output so far as a valid file with complete = 0; 0 = only at a "
           "stop and at the end",
           into(o.snapshot_interval, parse_duration), "0"},
          {"wall-limit", "T", "save a checkpoint and stop before T (90, 15m, 3h50m); 0 = none",
           into(o.wall_limit, parse_duration), "", "the end of the Slurm job, else none"},
          {"timeout", "S", "limit for each work item in seconds (or 15m, 3h50m); 0 = none",
           into(o.timeout, parse_duration), "0"},
          {"threads", "N", "threads of each rank", into(o.threads, threads), "",
           "OMP_NUM_THREADS, else the cores (or the CPU quota) this rank may use, shared by the ranks of the "
           "node"},
          {"memory", "SIZE",
           "memory limit of each rank: 600M, 1.5G, 2GiB (powers of 1024; without a unit: bytes)",
           into(o.memory, parse_size), "", "80 % of what is available, shared by the ranks of the node"},
          {"progress", "auto|always|never",
           "progress on stderr. auto: a bar on a terminal without a launcher, otherwise dated lines",
           into(o.progress, progress), "auto"},
          {"quiet", "", "only warnings and errors on stderr", into(o.quiet, parse_switch), "false"},
          {"log-format", "text|json", "format of the messages on stderr", into(o.log_format, log_format),
           "text"},
          {"part", "I/N", "contiguous slice I of N of the batch; gforbit merge joins the results",
           into(o.part, parse_part), "1/1"},
          {"stop-after", "N",
           fmt::format("end when N work items reached {}; the others are cancelled, exit status 0", goal),
           into(o.stop_after, stop_after), "off"},
          {"coalesce", "off|equal|equivalent",
           "equal: identical work runs once and its result is shared; equivalent (cycles only, with "
           "--store-cycles none): so does work that must have the same result, such as a register and its "
           "reversal",
           into(o.coalesce, coalesce), "equal"},
          hdf5_format_option(o.hdf5_format),
          {"dry-run", "", "check everything, print the plan, run nothing", into(o.dry_run, parse_switch),
           "false"},
      }};
  // Of these options, the following change the results.
  static const std::set<std::string_view> kOfTheProblem{"stop-after", "coalesce", "part"};
  for (Option& option : section.options) option.run_control = !kOfTheProblem.contains(option.name);
  return section;
}

Option hdf5_format_option(Hdf5Format& format) {
  return {"hdf5-format", "1.8|1.10",
          "oldest version of HDF5 that opens the result file. 1.8: also MATLAB and other programs with older "
          "libraries; 1.10: checksums in all structures of the file",
          into(format, one_of<Hdf5Format>({{"1.8", Hdf5Format::v1_8}, {"1.10", Hdf5Format::v1_10}})), "1.8"};
}

void check_common(std::string_view command, const CommonOptions& options, const Settings& settings) {
  if (options.force && options.resume)
    fail_usage(command, fmt::format("{} and {} exclude each other (one starts again, the other continues)",
                                    settings.origin("force"), settings.origin("resume")));
}

void check_common_without_equivalence(std::string_view command, const CommonOptions& options,
                                      const Settings& settings) {
  check_common(command, options, settings);
  if (options.coalesce == Coalesce::equivalent)
    fail_usage(command, settings.origin("coalesce") + ": 'equivalent' is only available for gforbit cycles");
}

std::string exit_status_notes() {
  return "Exit status: 0 done; 1 internal or environment failure; 2 bad usage or configuration; 3 bad input "
         "or invalid file; 4 output could not be written; 5 finished, but some work items failed, timed out "
         "or "
         "were cancelled by a limit (their rows say which); 75 stopped early, the checkpoint is saved, "
         "--resume continues.";
}

}  // namespace gforbit::config
