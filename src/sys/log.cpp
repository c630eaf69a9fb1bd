#include "gforbit/sys/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/sys/human.hpp"
#include "json_text.hpp"

namespace gforbit::sys {

namespace {

constexpr std::chrono::milliseconds kBarDistance{200};
constexpr int kBarWidth = 24;
constexpr std::string_view kEraseLine = "\r\x1b[K";

/// Percent with one decimal, cut and not rounded: 100.0 is said only when nothing is left.
double percent(const Progress& progress) {
  return std::floor(std::clamp(progress.done, 0.0, 1.0) * 1000) / 10;
}

std::string json_value(const FieldValue& value) {
  struct Visitor {
    std::string operator()(const std::string& text) const { return json_string(text); }
    std::string operator()(double number) const { return json_number(number); }
    std::string operator()(std::int64_t number) const { return fmt::to_string(number); }
    std::string operator()(std::uint64_t number) const { return fmt::to_string(number); }
  };
  return std::visit(Visitor{}, value);
}

std::string json_line(LogLevel level, std::string_view event, std::string_view message,
                      const std::vector<Field>& fields, const std::string& time) {
  std::string members;
  for (const auto& [name, value] : fields) {
    if (!members.empty()) members += ',';
    members += json_string(name) + ':' + json_value(value);
  }
  return fmt::format(R"({{"time":"{}","level":"{}","event":{},"message":{},"fields":{{{}}}}})", time,
                     level == LogLevel::warning ? "warning" : "info", json_string(event),
                     json_string(message), members);
}

}  // namespace

ProgressStyle progress_style(ProgressMode mode, LogFormat format, bool terminal, bool launched) {
  if (mode == ProgressMode::never) return ProgressStyle::none;
  if (!terminal || format == LogFormat::json) return ProgressStyle::lines;
  return launched && mode == ProgressMode::automatic ? ProgressStyle::lines : ProgressStyle::bar;
}

std::string progress_text(const Progress& progress) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "  ") + part; };
  if (progress.done >= 0) add(fmt::format("{:.1f} %", percent(progress)));
  if (progress.rate >= 0) add(fmt::format("{} {}/s", quantity_text(progress.rate), progress.unit));
  if (progress.seconds_left >= 0) add(duration_text(progress.seconds_left) + " left");
  add(core::counted(static_cast<std::uint64_t>(progress.ranks), "rank"));
  if (progress.busy_share >= 0) add(fmt::format("{:.0f} % busy", 100 * progress.busy_share));
  if (!progress.note.empty()) add(progress.note);
  return text;
}

bool ProgressPacer::due(SteadyTime at) {
  if (at < due_) return false;
  due_ = at + distance_;
  distance_ = std::min(2 * distance_, kLongest);
  return true;
}

Log::Log(std::ostream& sink, Options options, ClockFunction clock)
    : sink_(sink),
      options_(options),
      clock_(std::move(clock)),
      pacer_(clock_().steady),
      next_bar_(clock_().steady) {}

Log::~Log() {
  if (bar_on_screen_) sink_ << '\n' << std::flush;
}

void Log::info(std::string_view event, std::string_view message, const std::vector<Field>& fields) {
  write(LogLevel::info, event, message, fields);
}

void Log::warning(std::string_view event, std::string_view message, const std::vector<Field>& fields) {
  write(LogLevel::warning, event, message, fields);
}

void Log::write(LogLevel level, std::string_view event, std::string_view message,
                const std::vector<Field>& fields) {
  if (options_.quiet && level == LogLevel::info) return;
  const std::lock_guard lock(mutex_);
  write_line(level, event, message, fields, clock_());
}

void Log::write_line(LogLevel level, std::string_view event, std::string_view message,
                     const std::vector<Field>& fields, const Moment& at) {
  const std::string time = utc_text(at.wall);
  if (options_.format == LogFormat::json) {
    sink_ << json_line(level, event, message, fields, time) << '\n' << std::flush;
    return;
  }
  // The bar gives way to the line and is drawn anew below it with the next progress.
  if (bar_on_screen_) sink_ << kEraseLine;
  bar_on_screen_ = false;
  sink_ << time << "  " << (level == LogLevel::warning ? "warning: " : "") << message << '\n' << std::flush;
}

void Log::ask_for_state() {
  const std::lock_guard lock(mutex_);
  asked_ = true;
}

void Log::progress(const Progress& progress) {
  if (options_.quiet) return;
  const std::lock_guard lock(mutex_);
  const Moment at = clock_();
  if (std::exchange(asked_, false)) write_progress("state", progress, at);
  if (options_.style == ProgressStyle::none) return;
  if (options_.style == ProgressStyle::bar) {
    if (at.steady < next_bar_) return;
    next_bar_ = at.steady + kBarDistance;
    draw_bar(progress);
  } else if (pacer_.due(at.steady)) {
    write_progress("progress", progress, at);
  }
}

void Log::end_progress(const Progress& progress) {
  if (options_.style == ProgressStyle::none || options_.quiet) return;
  const std::lock_guard lock(mutex_);
  if (options_.style == ProgressStyle::bar) {
    draw_bar(progress);
    sink_ << '\n' << std::flush;
    bar_on_screen_ = false;
  } else if (progress_said_ || options_.eager) {
    write_progress("progress", progress, clock_());
  }
}

void Log::write_progress(std::string_view event, const Progress& progress, const Moment& at) {
  progress_said_ = true;
  const double nan = std::nan("");
  const auto known = [&](double value) { return value >= 0 ? value : nan; };
  write_line(LogLevel::info, event, progress_text(progress),
             {{"done", known(progress.done)},
              {"rate", known(progress.rate)},
              {"unit", std::string(progress.unit)},
              {"seconds_left", known(progress.seconds_left)},
              {"ranks", std::int64_t{progress.ranks}},
              {"busy_share", known(progress.busy_share)}},
             at);
}

void Log::draw_bar(const Progress& progress) {
  const int full = static_cast<int>(std::clamp(progress.done, 0.0, 1.0) * kBarWidth);
  sink_ << kEraseLine
        << fmt::format("[{:=<{}}{:{}}]  {}", "", full, "", kBarWidth - full, progress_text(progress))
        << std::flush;
  bar_on_screen_ = true;
}

}  // namespace gforbit::sys
