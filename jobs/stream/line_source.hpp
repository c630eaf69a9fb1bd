/// What sources of lines share: records, the place where a stretch begins, columns that were looked at once.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gforbit/config/line_file.hpp"
#include "gforbit/core/digest.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/stream/library.hpp"
#include "stream/csv_cells.hpp"
#include "stream/source_file.hpp"

namespace gforbit::job_stream {

using stream::Schema;
using stream::Type;
using stream::Value;

/// From so much of a file at most the types of its columns are known.
inline constexpr std::uint64_t kLooked = std::uint64_t{64} << 20;

/// Texts of result files are UTF-8. `or_else`: what may be done instead of converting.
inline void require_utf8(std::string_view line, std::string_view or_else) {
  const auto at = core::first_not_utf8(line);
  if (!at) return;
  throw core::InputError(fmt::format(
      "byte {} of the line, 0x{:02x}, is no UTF-8: convert the file (`iconv -f LATIN1 -t UTF-8`){}", *at + 1,
      static_cast<unsigned char>(line[*at]), or_else));
}
inline constexpr std::string_view kOrSkip = ", or leave such lines out by --on-error skip";

/// Texts of result files have no zero bytes.
inline void require_text(const std::string& what, std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw core::InputError(fmt::format("{}: {} contains a zero byte", what, core::quoted(text, 30)));
}

/// Files as they were when their columns were looked at: a graph is made for each stretch of a pipeline.
class SchemaCache {
 public:
  template <class Look>
  Schema of(const std::string& path, const std::string& format, Look look) {
    const std::string key = identity(path) + format;
    const std::lock_guard lock(mutex_);
    const auto known = schemas_.find(key);
    if (known != schemas_.end()) return known->second;
    return schemas_.emplace(key, look()).first->second;
  }
  static SchemaCache& instance() {
    static SchemaCache cache;
    return cache;
  }

 private:
  static std::string identity(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const auto time = std::filesystem::last_write_time(path, error);
    return fmt::format("{}|{}|{}|", std::filesystem::absolute(path).string(), size,
                       time.time_since_epoch().count());
  }
  std::mutex mutex_;
  std::map<std::string, Schema> schemas_;
};

/// When files that grow last changed: a source is made for each stretch of a pipeline, and waits on.
class GrowthClock {
 public:
  using Clock = std::chrono::steady_clock;
  /// When a file of so many bytes, as it is now, was first seen to have them.
  Clock::time_point unchanged_since(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    Seen& seen = seen_[path];
    if (!seen.since || seen.size != size) seen = {size, Clock::now()};
    return *seen.since;
  }
  static GrowthClock& instance() {
    static GrowthClock clock;
    return clock;
  }

 private:
  struct Seen {
    std::uint64_t size = 0;
    std::optional<Clock::time_point> since;
  };
  std::mutex mutex_;
  std::map<std::string, Seen> seen_;
};

/// Lines of a file that make a record: several where a quotation mark is open at the end of a line.
class Records {
 public:
  Records(config::LineFile file, char delimiter) : file_(std::move(file)), delimiter_(delimiter) {}

  /// The next record that is not blank and no comment. `offset` and `number` are those of its first line.
  bool next(config::Line& record) {
    while (file_.next(record)) {
      ++read_;
      is_whole_ = has_end(record);
      const bool begins_blank = record.text.empty() || record.text.front() <= ' ';
      if (begins_blank && core::trimmed(record.text).empty()) continue;
      if (!comment_.empty() && record.text.starts_with(comment_)) continue;
      if (delimiter_ != '\0' && ends_open(record.text, delimiter_, false)) join(record);
      number_ = record.number + lines_;
      lines_ = 1;
      return true;
    }
    return false;
  }
  void go_to(std::uint64_t offset, std::uint64_t number) { file_.go_to({offset, number, {}}); }
  /// Of the line that follows the last record.
  [[nodiscard]] std::uint64_t offset() const noexcept { return file_.offset(); }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Lines read so far.
  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  void skip_comments(std::string mark) { comment_ = std::move(mark); }
  /// The last record has its line end: nothing can be added to it.
  [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }
  /// Bytes of the file now.
  [[nodiscard]] std::uint64_t size() const { return file_.size(); }
  /// Of the first and the last bytes before `offset`. What is added to the file does not change it.
  [[nodiscard]] std::string digest_before(std::uint64_t offset) const {
    constexpr std::uint64_t kPart = std::uint64_t{1} << 16;
    std::string part(std::min(offset, kPart), '\0');
    core::Sha256 sha;
    for (const std::uint64_t begin : {std::uint64_t{0}, offset - part.size()})
      sha.update(std::string_view(part.data(), file_.read(begin, part)));
    return sha.hex();
  }

 private:
  [[nodiscard]] bool has_end(const config::Line& line) const noexcept {
    return file_.offset() > line.offset + line.text.size();
  }
  /// Line ends inside quotation marks are those of the file.
  void join(config::Line& record) {
    joined_ = record.text;
    config::Line line = record;
    is_whole_ = false;
    for (bool open = true; open && joined_.size() < config::kLongestLine;) {
      const bool has_return = file_.offset() - line.offset - line.text.size() == 2;
      if (!file_.next(line)) break;
      ++read_;
      ++lines_;
      joined_ += has_return ? "\r\n" : "\n";
      joined_ += line.text;
      open = ends_open(line.text, delimiter_, true);
      is_whole_ = !open && has_end(line);
    }
    record.text = joined_;
  }

  config::LineFile file_;
  char delimiter_;  ///< '\0': a record is a line
  std::string comment_, joined_;
  std::uint64_t lines_ = 1, number_ = 1, read_ = 0;
  bool is_whole_ = true;
};

/// A source of lines. What a line says, the derived class knows. An item is a record that is not blank; a
/// file may be cut behind every one.
class LineSource : public stream::Source {
 public:
  /// @param delimiter  between cells; '\0': a record is a line
  /// @param idle  of a file that grows while it is read: it ends when nothing was added for so long, a pipe
  /// also
  ///              when it is closed
  LineSource(const std::string& path, char delimiter, std::optional<std::chrono::milliseconds> idle = {})
      : delimiter_(delimiter),
        pipe_(idle && is_pipe(path) ? open_live(path) : nullptr),
        file_(pipe_ ? pipe_->lines() : open_source(path), delimiter),
        path_(path),
        name_(source_name(path)),
        idle_(idle) {}

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context& context) final {
    stream::Produced produced;
    stream::BatchBuilder builder(schema_);
    std::vector<Value> row(schema_.size());
    config::Line line;
    constexpr std::uint64_t kLinesPerStopLook = 32;  // a look at a clock takes as long as a short line
    for (std::uint64_t lines = 0; builder.size() < n; ++lines) {
      if (lines % kLinesPerStopLook == 0 && context.stop().stop_requested()) break;
      if (position_ == end_ || !next(line)) {
        produced.ended = !idle_ || is_over_ || waited_enough(builder.size() > 0);
        break;
      }
      try {
        if (!read_plain(line.text, row)) {
          require_utf8(line.text, kOrSkip);
          read_values(line.text, row);
        }
        builder.add(position_, std::span<Value>(row));
      } catch (const std::exception& error) {
        if (core::stops_run(error)) throw;
        context.fail_record(position_, fmt::format("{}:{}: {}", name_, line.number, error.what()),
                            core::first_not_utf8(line.text) ? std::string() : std::string(line.text));
      }
      ++position_;
    }
    produced.batch = builder.take();
    return produced;
  }
  [[nodiscard]] bool look_through(const core::StopSignal& stop) const final {
    return idle_ || index_ || make_index(stop);
  }
  [[nodiscard]] std::uint64_t position() const noexcept final { return position_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const final {
    return idle_ ? std::nullopt : std::optional(index().n_items);
  }
  [[nodiscard]] bool can_cut() const final { return !idle_; }
  [[nodiscard]] bool follows() const noexcept final { return idle_.has_value(); }
  [[nodiscard]] std::string file() const final { return path_; }
  /// A line may be wrong.
  [[nodiscard]] bool keeps_count() const final { return false; }

  [[nodiscard]] core::Bytes place_of(std::uint64_t begin) const final {
    const auto& marks = index().marks;
    core::ByteWriter out;
    put(out, marks.empty() ? Place{} : marks[std::min<std::uint64_t>(begin / kMarked, marks.size() - 1)]);
    return out.take();
  }
  void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes& place) final {
    core::ByteReader in(place);
    go_to(get(in));
    config::Line line;
    while (position_ < begin && next(line)) ++position_;
    end_ = end;
  }
  void save(core::ByteWriter& out) const final {
    put(out, {position_, next_offset_, next_number_});
    if (idle_) out.put_text(pipe_ ? std::string() : file_.digest_before(next_offset_));
  }
  void load(core::ByteReader& in) final {
    go_to(get(in));
    if (!idle_) return;
    const std::string digest = in.get_text();
    if (!pipe_ && digest != file_.digest_before(next_offset_))
      throw core::InputError(fmt::format(
          "'{}' is not the file of which rows were read before: rows may be added to it, but those that are "
          "there must stay: restore it, or start again with --force",
          path_));
  }

 protected:
  /// The next record.
  bool next(config::Line& line) {
    is_over_ = pipe_ && pipe_->ended();  // before the look
    if (!file_.next(line) || (idle_ && !is_over_ && !file_.is_whole())) {
      if (idle_) file_.go_to(next_offset_, next_number_);  // of a record that is not whole yet
      return false;
    }
    next_offset_ = file_.offset();
    next_number_ = file_.number();
    return true;
  }
  /// The same; waits for it where the file grows. For what must be known before the first item.
  bool await(config::Line& line) {
    while (!next(line)) {
      if (!idle_ || is_over_ || waited_enough(false)) return false;
    }
    return true;
  }
  /// What was read is before the first item.
  void begin_here() { begin_ = {0, next_offset_, next_number_}; }
  /// Goes back to the first item.
  void rewind() { go_to(begin_); }
  void skip_comments(const std::string& mark) {
    comment_ = mark;
    file_.skip_comments(mark);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// For messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[noreturn]] void fail(const config::Line& line, const std::string& message) const {
    throw core::InputError(fmt::format("{}:{}: {}", name_, line.number, message));
  }
  /// Whether the types are known: enough of the file was read.
  [[nodiscard]] bool has_looked(std::uint64_t rows) const noexcept {
    constexpr std::uint64_t kLeastRows = 1000;
    return rows >= kLeastRows && next_offset_ - begin_.offset >= kLooked;
  }
  /// The same where a line is simple enough for a short way. False: it is not, and `row` is anything.
  virtual bool read_plain(std::string_view line, std::vector<Value>& row) const {
    static_cast<void>(line);
    static_cast<void>(row);
    return false;
  }
  /// Sets all of `row`.
  virtual void read_values(std::string_view line, std::vector<Value>& row) const = 0;
  Schema schema_;

 private:
  /// The next record, and the item that it is.
  struct Place {
    std::uint64_t item = 0, offset = 0, number = 1;
  };
  struct Index {
    std::uint64_t n_items = 0;
    std::vector<Place> marks;  ///< of every kMarked-th item
  };
  static constexpr std::uint64_t kMarked = 4096;

  static void put(core::ByteWriter& out, const Place& place) {
    out.put(place.item).put(place.offset).put(place.number);
  }
  static Place get(core::ByteReader& in) {
    Place place;
    place.item = in.get<std::uint64_t>();
    place.offset = in.get<std::uint64_t>();
    place.number = in.get<std::uint64_t>();
    return place;
  }
  /// Of a file that grows: whether nothing was added for long enough; waits a little, unless there are items.
  bool waited_enough(bool has_items) {
    using Clock = GrowthClock::Clock;
    constexpr std::chrono::milliseconds kLook{20};
    const std::uint64_t size = file_.size();
    if (size < next_offset_ && !pipe_)
      throw core::InputError(fmt::format("'{}' has become shorter while it was read", path_));
    const auto since = GrowthClock::instance().unchanged_since(name_, size);
    if (has_items) return false;
    const auto left = *idle_ - (Clock::now() - since);
    if (left <= Clock::duration::zero()) return true;
    std::this_thread::sleep_for(std::min<Clock::duration>(left, kLook));
    return false;
  }
  void go_to(const Place& place) {
    position_ = place.item;
    next_offset_ = place.offset;
    next_number_ = place.number;
    file_.go_to(place.offset, place.number);
  }
  /// Reads the file once, when it is first needed.
  const Index& index() const {
    if (!index_) static_cast<void>(make_index({}));
    return *index_;
  }
  /// False: stopped.
  bool make_index(const core::StopSignal& stop) const {
    constexpr std::uint64_t kLook = 1 << 14;  // lines: some milliseconds
    Index index;
    Records file(open_source(path_), delimiter_);
    file.skip_comments(comment_);
    file.go_to(begin_.offset, begin_.number);
    config::Line line;
    for (std::uint64_t looks = 0; file.next(line);) {
      if (file.read() / kLook > looks) {
        looks = file.read() / kLook;
        if (stop.stop_requested()) return false;
      }
      if (index.n_items % kMarked == 0) index.marks.push_back({index.n_items, line.offset, line.number});
      ++index.n_items;
    }
    index_ = std::move(index);
    return true;
  }

  char delimiter_;
  std::shared_ptr<const LivePipe> pipe_;
  Records file_;
  std::string path_, name_, comment_;
  Place begin_;  ///< of the first item
  std::uint64_t position_ = 0, end_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t next_offset_ = 0, next_number_ = 1;  ///< of the line that file_ gives next
  mutable std::optional<Index> index_;
  std::optional<std::chrono::milliseconds> idle_;  ///< of a file that grows
  bool is_over_ = false;                           ///< the pipe was closed before the last look at it
};

}  // namespace gforbit::job_stream
