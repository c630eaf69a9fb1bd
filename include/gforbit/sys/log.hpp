/// What rank 0 says on stderr while a job runs: dated messages and progress, as text for people or as one
/// JSON object a line for machines. Carriage returns appear on a terminal only, so that a batch log stays
/// readable. Sink and clock are injected: what is printed when is decided here alone, and tests own the time.
#pragma once

#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gforbit/sys/clock.hpp"

namespace gforbit::sys {

enum class LogLevel { info, warning };
enum class LogFormat { text, json };
enum class ProgressMode { automatic, always, never };  ///< --progress
enum class ProgressStyle { none, bar, lines };

/// The rule of --progress. A bar needs a terminal and text; automatic also no launcher (whose output is
/// several ranks' or a file). `always` differs from automatic in the bar under a launcher, and in
/// Log::Options::eager.
[[nodiscard]] ProgressStyle progress_style(ProgressMode mode, LogFormat format, bool terminal, bool launched);

/// One named value of a message: a string, a whole or a real number (not finite: null).
using FieldValue = std::variant<std::string, std::int64_t, std::uint64_t, double>;
using Field = std::pair<std::string_view, FieldValue>;

struct Progress {
  double done = 0;                   ///< fraction of the job, 0 to 1; negative: unknown
  double rate = 0;                   ///< units a second; negative: unknown
  std::string_view unit = "states";  ///< of what the rate counts
  double seconds_left = -1;          ///< negative: unknown
  int ranks = 1;                     ///< that take part
  double busy_share = -1;            ///< of the time of all threads; negative: unknown
  std::string note{};  ///< what else is to be said, such as the depth of the queue; empty: nothing
};

/// "42.1 %  1.3e9 states/s  12 s left  3 ranks"; what is unknown is left out. 100 % only when all is done.
[[nodiscard]] std::string progress_text(const Progress& progress);

/// Decides when the next line of progress is due: the first 2 s after the start, then at distances that
/// double up to 60 s. A log of a day is then about 1500 lines, one of a minute about five.
class ProgressPacer {
 public:
  explicit ProgressPacer(SteadyTime start) : due_(start + kFirst), distance_(kFirst) {}
  /// True at most once for each due time.
  [[nodiscard]] bool due(SteadyTime at);

 private:
  static constexpr std::chrono::seconds kFirst{2}, kLongest{60};
  SteadyTime due_;
  std::chrono::seconds distance_;
};

/// Thread-safe: whole lines are written under a lock and flushed. A sink that fails is ignored: a closed
/// stderr does not end a job.
class Log {
 public:
  struct Options {
    LogFormat format = LogFormat::text;
    ProgressStyle style = ProgressStyle::none;
    bool quiet = false;  ///< warnings only
    bool eager =
        false;  ///< --progress always: at least the last state of the progress appears, however short the job
  };

  /// @param sink  must outlive the log
  Log(std::ostream& sink, Options options, ClockFunction clock = now);
  /// Leaves the cursor below an unfinished bar.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// @param event    short name for machines, such as "checkpoint"; appears in JSON only
  /// @param message  the sentence for people
  void info(std::string_view event, std::string_view message, const std::vector<Field>& fields = {});
  void warning(std::string_view event, std::string_view message, const std::vector<Field>& fields = {});

  /// Call as often as you like: most calls print nothing (bar: 5 a second; lines: see ProgressPacer).
  void progress(const Progress& progress);
  /// Requests the state (SIGUSR2): the next progress() says its state in a line of its own, event
  /// "state", whatever the style and the pace.
  void ask_for_state();
  /// The last state: completes the bar; in lines, closes a progress of which something was said.
  void end_progress(const Progress& progress);

 private:
  void write(LogLevel level, std::string_view event, std::string_view message,
             const std::vector<Field>& fields);
  void write_progress(std::string_view event, const Progress& progress, const Moment& at);
  void write_line(LogLevel level, std::string_view event, std::string_view message,
                  const std::vector<Field>& fields, const Moment& at);
  void draw_bar(const Progress& progress);

  std::ostream& sink_;
  const Options options_;
  const ClockFunction clock_;
  std::mutex mutex_;
  ProgressPacer pacer_;
  SteadyTime next_bar_;
  bool bar_on_screen_ = false;
  bool progress_said_ = false;
  bool asked_ = false;
};

}  // namespace gforbit::sys
