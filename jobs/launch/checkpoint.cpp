#include "launch/checkpoint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::launch {

namespace fs = std::filesystem;

namespace {

/// Type of the record that each run begins with; the first one only where there is something to say.
constexpr std::uint32_t kRestartType = 0;

/// Bytes of records that may wait for the next write.
constexpr std::uint64_t kMostPending = std::uint64_t{16} << 20;

std::map<std::string, std::string> keys_of(const std::string& text) {
  std::map<std::string, std::string> keys;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t equals = line.find(" = ");
    if (equals != std::string::npos) keys[line.substr(0, equals)] = line.substr(equals + 3);
    at = end + 1;
  }
  return keys;
}

std::string said(const std::map<std::string, std::string>& keys, const std::string& key) {
  const auto at = keys.find(key);
  return at == keys.end() ? "not given" : at->second;
}

std::string text_of(const core::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Keys that decided about a problem in earlier versions.
bool is_no_more(const std::string& key) {
  return key == "timeout";
}

/// The one key that is of the program, not of the problem.
bool is_of_format(const std::string& difference) {
  return difference.starts_with("checkpoint format: ");
}

/// The version that wrote the incomplete result beside a checkpoint, as far as that says it.
std::string writer_of(const fs::path& output) {
  try {
    const store::ResultReader reader(output);
    if (const auto version = reader.text_attribute("/", "producer_version")) {
      return fmt::format("gforbit {} ({})", *version,
                         reader.text_attribute("/", "git_revision").value_or("unknown revision"));
    }
  } catch (const core::InputError&) {
    // There may be none.
  }
  return "another version of gforbit";
}

void refuse_other_problem(const fs::path& path, const std::string& theirs, const std::string& ours) {
  const std::vector<std::string> different = differences(theirs, ours);
  if (different.empty()) return;
  if (const auto format = std::ranges::find_if(different, is_of_format); format != different.end()) {
    throw core::InputError(
        fmt::format("the checkpoint '{}' was written by {} ({}): resume it with that version, or start again "
                    "with --force",
                    path.string(), writer_of(fs::path(path).replace_extension()), *format));
  }
  throw core::InputError(fmt::format(
      "the checkpoint '{}' belongs to another problem ({}): resume it with the options it was started "
      "with, choose another --output, or start again with --force",
      path.string(), fmt::join(different, "; ")));
}

/// Shows a record of the checkpoint to the job, which may find that it is none of its own.
void show(const fs::path& path, const store::JournalRecord& record,
          const std::function<void(const store::JournalRecord&)>& take) {
  const auto refuse = [&](const std::exception& error) {
    throw core::InputError(fmt::format(
        "the checkpoint '{}' contradicts itself or the input ({}): resume it with the gforbit that "
        "wrote it, or start again with --force",
        path.string(), error.what()));
  };
  try {
    take(record);
  } catch (const core::CorruptRecord& error) {
    refuse(error);
  } catch (const core::ProtocolError& error) {
    refuse(error);
  } catch (const core::CertificateError& error) {
    refuse(error);
  }
}

}  // namespace

std::string problem_text(const Problem& problem) {
  std::string text;
  for (const auto& [key, value] : problem) text += fmt::format("{} = {}\n", key, value);
  return text;
}

std::vector<std::string> differences(const std::string& theirs, const std::string& ours) {
  const auto there = keys_of(theirs), here = keys_of(ours);
  std::map<std::string, std::string> all = there;
  all.insert(here.begin(), here.end());
  std::vector<std::string> different;
  for (const auto& [key, value] : all) {
    if (said(there, key) == said(here, key) || is_no_more(key)) continue;
    different.push_back(fmt::format("{}: {} there, {} here", key, said(there, key), said(here, key)));
    if (key == "job") return {different.back()};
  }
  return different;
}

fs::path checkpoint_path(const fs::path& output) {
  return store::resolved_output(output.string() + std::string(store::kCheckpointEnding));
}

namespace {

/// --resume, and there is no checkpoint with anything in it: what the output says.
Beginning start_without_checkpoint(const fs::path& output, const std::string& problem,
                                   const std::string& warning) {
  if (!fs::exists(output)) return {Start::fresh, warning};
  const store::ResultReader reader = [&] {
    try {
      return store::ResultReader(output);
    } catch (const core::InputError& error) {
      throw core::InputError(
          fmt::format("{}: choose another --output, or replace it with --force", error.what()));
    }
  }();
  if (reader.integer_attribute("/", "complete").value_or(0) != 1) {
    if (!warning.empty()) return {Start::fresh, warning};
    throw core::InputError(
        fmt::format("'{}' is incomplete and its checkpoint '{}' is missing: restore it, or start "
                    "again with --force",
                    output.string(), checkpoint_path(output).string()));
  }
  auto different = differences(reader.text_attribute("runtime", "problem").value_or(""), problem);
  std::erase_if(different, is_of_format);  // which does not matter to results
  if (!different.empty()) {
    throw core::InputError(
        fmt::format("'{}' is the result of another problem ({}): choose another --output, or "
                    "replace it with --force",
                    output.string(), fmt::join(different, "; ")));
  }
  return {Start::complete, {}};
}

}  // namespace

Beginning decide_start(const fs::path& output, bool force, bool resume, const std::string& problem) {
  const fs::path checkpoint = checkpoint_path(output);
  const bool exists = fs::exists(checkpoint);
  if (exists && !force && !resume) {
    throw core::UsageError(
        fmt::format("'{}' is the checkpoint of a run that did not end: --resume continues it, "
                    "--force starts again, or choose another --output",
                    checkpoint.string()));
  }
  if (!resume) return {Start::fresh, {}};
  if (exists && store::may_hold_records(checkpoint)) return {Start::resume, {}};
  return start_without_checkpoint(
      output, problem,
      exists
          ? fmt::format("the checkpoint '{}' ({}) is truncated before its first record and holds no results: "
                        "starting from the beginning",
                        checkpoint.string(), core::counted(fs::file_size(checkpoint), "byte"))
          : "");
}

Checkpoint::Checkpoint(const fs::path& path, const std::string& problem, RecordRules rules)
    : path_(path), rules_(std::move(rules)), journal_(store::Journal::create(path, problem)) {
  if (!rules_.ways.empty()) begin_run();
  start();
}

Checkpoint::Checkpoint(const fs::path& path, const std::string& problem, RecordRules rules,
                       const std::function<void(const store::JournalRecord&)>& restore)
    : path_(path), rules_(std::move(rules)), journal_([&] {
        store::JournalReader reader(path);
        refuse_other_problem(path, reader.header(), problem);
        if (rules_.survey) {
          store::JournalReader(path).read([&](const store::JournalRecord& record) {
            if (record.type != kRestartType) show(path, record, rules_.survey);
          });
        }
        Resumed found;
        std::string ways;
        bool first = true;
        reader.read([&](const store::JournalRecord& record) {
          const bool begins = std::exchange(first, false) && !record.payload.empty();
          if (record.type == kRestartType) {
            found.restarts += begins ? 0 : 1;
            ways = text_of(record.payload);
          } else {
            ++found.records;
            show(path, record, restore);
          }
        });
        found.damage = reader.damage();
        if (!ways.empty()) found.other_ways = differences(ways, problem_text(rules_.ways));
        resumed_ = std::move(found);
        return store::Journal::reopen(path, reader.good_bytes());
      }()) {
  begin_run();
  start();
}

/// A run begins here, and works so.
void Checkpoint::begin_run() {
  const std::string ways = problem_text(rules_.ways);
  const auto bytes = std::as_bytes(std::span(ways));
  const store::JournalRecord begin{kRestartType, {bytes.begin(), bytes.end()}};
  journal_.append(std::span(&begin, 1));
}

Checkpoint::~Checkpoint() {
  stop_thread();
}

void Checkpoint::start() {
  statistics_.bytes = journal_.bytes();
  look_at_ = rules_.least_compacted;
  thread_ = std::thread([this] { write_when_asked(); });
}

void Checkpoint::stop_thread() {
  if (!thread_.joinable()) return;
  hurry_ = true;
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    asked_ = asked_ || !pending_.empty();
    wake_.notify_all();
  }
  thread_.join();
}

void Checkpoint::add(store::JournalRecord record) {
  const std::scoped_lock lock(mutex_);
  pending_bytes_ += record.payload.size();
  pending_.push_back(std::move(record));
  if (pending_bytes_ < kMostPending || asked_) return;
  asked_ = true;
  wake_.notify_all();
}

void Checkpoint::request() {
  const std::scoped_lock lock(mutex_);
  asked_ = true;
  wake_.notify_all();
}

void Checkpoint::finish() {
  hurry_ = true;
  request();
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return !asked_ && !writing_; });
  error_told_ = true;
  if (error_) std::rethrow_exception(error_);
}

void Checkpoint::discard() {
  {
    const std::scoped_lock lock(mutex_);
    pending_.clear();
    asked_ = false;
  }
  stop_thread();
  journal_.remove();
}

void Checkpoint::before_writing(std::function<void()> claim) {
  const std::scoped_lock lock(mutex_);
  claim_ = std::move(claim);
}

bool Checkpoint::holds_earlier_writes() const {
  const std::scoped_lock lock(mutex_);
  return !writing_ && journal_.is_in_place();
}

std::optional<std::string> Checkpoint::take_failure() {
  const std::scoped_lock lock(mutex_);
  if (error_told_ || !error_) return std::nullopt;
  error_told_ = true;
  try {
    std::rethrow_exception(error_);
  } catch (const std::exception& e) {
    if (core::stops_run(e)) throw;
    return e.what();
  }
}

std::optional<std::string> Checkpoint::take_notice() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(times_written_anew_, 0) == 0) return std::nullopt;
  return fmt::format("the checkpoint '{}' was removed or replaced by another process: it was written again",
                     path_.string());
}

CheckpointStatistics Checkpoint::statistics() const {
  const std::scoped_lock lock(mutex_);
  return statistics_;
}

void Checkpoint::write_when_asked() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return asked_ || ending_; });
    if (!asked_) return;
    asked_ = false;
    writing_ = true;
    Records batch = std::exchange(pending_, {});
    pending_bytes_ = 0;
    const auto claim = claim_;
    lock.unlock();
    const auto begin = core::work_now();
    std::exception_ptr error;
    const std::uint64_t before = journal_.times_written_anew();
    try {
      unwritten_.insert(unwritten_.end(), std::make_move_iterator(batch.begin()),
                        std::make_move_iterator(batch.end()));
      if (claim) claim();
      write();
    } catch (...) {
      error = std::current_exception();
    }
    const double seconds = sys::Seconds(core::work_now() - begin).count();
    if (!error) compact_if_grown();
    const double all_seconds = sys::Seconds(core::work_now() - begin).count();
    lock.lock();
    writing_ = false;
    ++(error ? statistics_.failures : statistics_.writes);
    statistics_.seconds += all_seconds;
    statistics_.longest_s = std::max(statistics_.longest_s, seconds);
    statistics_.bytes = journal_.bytes();
    times_written_anew_ += journal_.times_written_anew() - before;
    error_told_ = !error;
    error_ = std::move(error);
    wake_.notify_all();
  }
}

/// Also where there is nothing new: the file may have been removed.
void Checkpoint::write() {
  if (!unwritten_.empty()) unwritten_ = rules_.condense(std::move(unwritten_));
  journal_.append(unwritten_);
  unwritten_.clear();
}

void Checkpoint::compact_if_grown() {
  if (!rules_.compaction || journal_.bytes() < look_at_) return;
  try {
    compact();
  } catch (const core::Error&) {
    // The disk is full or fails: the journal is as it was. Writes to it will tell.
  }
  look_at_ = std::max(rules_.least_compacted, 2 * journal_.bytes());
}

void Checkpoint::compact() {
  const auto compaction = rules_.compaction();
  // False: not all was read, because the run ends or the file is damaged.
  const auto read = [&](store::JournalReader& reader, const auto& take) {
    for (store::JournalRecord record; reader.next(record);) {
      if (hurry_) return false;
      take(std::move(record));
    }
    return reader.damage().empty();
  };
  store::JournalReader first = journal_.reader();
  const bool complete = read(first, [&](const store::JournalRecord& record) {
    if (record.type != kRestartType) compaction->see(record);
  });
  if (!complete || compaction->outdated_bytes() < journal_.bytes() / 2) return;
  store::JournalReader second = journal_.reader();
  store::Journal shorter = store::Journal::replacement(path_, second.header());
  const bool again = read(second, [&](store::JournalRecord record) {
    const auto kept =
        record.type == kRestartType ? std::optional(std::move(record)) : compaction->keep(std::move(record));
    if (kept) shorter.append(std::span(&*kept, 1));
  });
  if (!again) return;
  shorter.append(compaction->rest());
  try {
    shorter.publish();
  } catch (const core::OutputError&) {
    if (!shorter.published()) throw;
  }
  journal_ = std::move(shorter);  // which has the name now: what is appended to the old one would be lost
}

}  // namespace gforbit::launch
