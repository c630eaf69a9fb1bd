/// The checkpoint of a run: a journal beside the output that holds what the plan has taken so far.
///
/// The coordinator's thread only queues records; a thread of the checkpoint condenses what came since the
/// last write, appends it and makes it durable, so nothing waits for a disk. A write that fails is tried
/// again at the next time with everything that is missing: the run goes on, and says so.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gforbit/store/journal.hpp"
#include "gforbit/sys/clock.hpp"

namespace gforbit::launch {

/// What makes a run the run it is: key and value of all that decides about results, in a fixed order.
using Problem = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] std::string problem_text(const Problem& problem);
/// "degree: 20 there, 21 here" for each key that differs, or the job alone if that does; empty if both are
/// the same problem.
/// @param theirs  text of the checkpoint or the result file
[[nodiscard]] std::vector<std::string> differences(const std::string& theirs, const std::string& ours);

/// `OUTPUT.ckpt`.
[[nodiscard]] std::filesystem::path checkpoint_path(const std::filesystem::path& output);

/// How a run begins.
enum class Start : std::uint8_t {
  fresh,    ///< from the beginning
  resume,   ///< from the checkpoint
  complete  ///< not at all: --resume, and the output is complete
};

struct Beginning {
  Start start{};
  std::string warning;  ///< what the user should know of it; empty: nothing
};

/// What --force and --resume mean for the files that are there. Call it under the claim on the output. A
/// checkpoint without a single whole record holds nothing: the run begins anew.
/// @throws core::UsageError  a checkpoint is there, and neither was given
///         core::InputError  --resume, and the output is of another problem, no result file at all, or has
///                           lost its checkpoint
[[nodiscard]] Beginning decide_start(const std::filesystem::path& output, bool force, bool resume,
                                     const std::string& problem);

struct CheckpointStatistics {
  std::uint64_t writes = 0;
  std::uint64_t bytes = 0;     ///< of the file
  std::uint64_t failures = 0;  ///< writes that had to be tried again
  double seconds = 0;          ///< of the writing thread
  double longest_s = 0;        ///< of one write
};

/// What was found when a run is resumed.
struct Resumed {
  std::uint64_t records = 0;
  std::int32_t restarts = 1;  ///< with this one
  std::vector<std::string>
      other_ways;      ///< "vector level: scalar there, avx2 here", compared with the run before
  std::string damage;  ///< what was cut off; "" if nothing
};

using Records = std::vector<store::JournalRecord>;

/// Finds out what a journal may lose without losing its meaning. It is shown all records in their order,
/// twice.
class Compaction {
 public:
  virtual ~Compaction() = default;
  /// The first time.
  virtual void see(const store::JournalRecord& record) = 0;
  /// After that: bytes that will be left out, more or less.
  [[nodiscard]] virtual std::uint64_t outdated_bytes() const = 0;
  /// The second time. @return what stands for the record; nullopt: nothing, or what rest() has
  [[nodiscard]] virtual std::optional<store::JournalRecord> keep(store::JournalRecord record) = 0;
  /// After that: what was held back, in the order in which it is to stand.
  [[nodiscard]] virtual Records rest() = 0;
};

/// What a job knows of its records. The thread that writes calls these.
struct RecordRules {
  /// Shown all records of a checkpoint before the first one is restored. Null: they need not be known before.
  std::function<void(const store::JournalRecord&)> survey{};
  /// How this run works, which the next one may want to know: key and value of each.
  Problem ways{};
  /// Makes fewer records of the same meaning of those that came since the last write.
  std::function<Records(Records)> condense = [](Records records) { return records; };
  /// Null: every record counts for ever.
  std::function<std::unique_ptr<Compaction>()> compaction{};
  /// A journal is looked through when it has this size, and whenever it has doubled since.
  std::uint64_t least_compacted = std::uint64_t{64} << 20;
};

/// All calls but those of its own thread come from one thread.
///
/// A journal of which more than half is outdated is replaced by one with the rest. So whatever a run of any
/// length writes, its file has at most about twice what a restart needs, and rewriting costs no more than
/// writing did.
class Checkpoint {
 public:
  /// A new checkpoint. @throws core::OutputError
  Checkpoint(const std::filesystem::path& path, const std::string& problem, RecordRules rules);
  /// Goes on with the one that is there: hands its records to `restore` in order.
  /// @throws core::InputError   it is of another problem (the keys are named), of a newer version, damaged in
  ///                            its header, or has records that `restore` refuses; what `restore` throws
  ///         core::OutputError  it cannot be written
  Checkpoint(const std::filesystem::path& path, const std::string& problem, RecordRules rules,
             const std::function<void(const store::JournalRecord&)>& restore);
  /// Writes what it can of what is left.
  ~Checkpoint();
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  /// Called by the writing thread before each write: throws core::OutputError where another run has taken the
  /// place of this one.
  void before_writing(std::function<void()> claim);

  /// nullopt for a new checkpoint.
  [[nodiscard]] const std::optional<Resumed>& resumed() const noexcept { return resumed_; }

  void add(store::JournalRecord record);
  /// Asks for a write now; returns at once. So does add() when much has come together.
  void request();
  /// Waits until all that was added is durable, in the file that the path leads to.
  /// @throws core::OutputError  it cannot be written
  void finish();
  /// After finish() has failed: the file is there all the same, with what was written before.
  [[nodiscard]] bool holds_earlier_writes() const;
  /// Ends the checkpoint and removes its file: the result is complete.
  void discard();

  /// Why the last write failed, once for each failure.
  [[nodiscard]] std::optional<std::string> take_failure();
  /// That the file was gone and has been written anew, once each time.
  [[nodiscard]] std::optional<std::string> take_notice();
  [[nodiscard]] CheckpointStatistics statistics() const;

 private:
  void begin_run();
  void start();
  void write_when_asked();
  void write();
  void compact_if_grown();
  void compact();
  void stop_thread();

  std::filesystem::path path_;
  RecordRules rules_;
  std::optional<Resumed> resumed_;   // before the journal: set while that is opened
  store::Journal journal_;           // of the writing thread, once it runs
  Records unwritten_;                // of the writing thread: what a failed write left
  std::uint64_t look_at_ = 0;        // of the writing thread: bytes
  std::atomic<bool> hurry_ = false;  // a caller waits for the writing thread to end

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  Records pending_;
  std::uint64_t pending_bytes_ = 0;
  bool asked_ = false;
  bool writing_ = false;
  bool ending_ = false;
  std::exception_ptr error_;  ///< of the last write; null if it succeeded
  bool error_told_ = true;
  CheckpointStatistics statistics_;
  std::uint64_t times_written_anew_ = 0;  ///< of which take_notice() has not told yet
  std::function<void()> claim_;
  std::thread thread_;
};

}  // namespace gforbit::launch
