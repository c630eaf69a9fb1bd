/// The range interface of nonsingular registers: what a rank computes for a range, and how long walks are
/// cut.
///
/// The states below a threshold M are the marks. Inside [0, M) a kernel walks from each mark to the next one
/// (segments); inside [M, N) it walks from each candidate until a smaller state (leaders). Both kinds of
/// range are independent of all others. A walk of more than `walk_limit` steps is handed back as an open
/// walk, goes on as work of its own, and so never keeps a range from ending. Scalar and vector kernels stand
/// behind the same interface; the scalar one is the reference.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/core/zeroed_allocator.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

/// A walk that was cut: where it started, where it is, how far it has come.
struct OpenWalk {
  enum class Purpose : std::uint64_t {
    segment,  ///< from a mark to the next mark
    leader,   ///< from a candidate until a smaller state or back to itself
    count,    ///< once around a cycle that was found, to count its states by class; `steps` of `period` done
  };
  Purpose purpose{};
  std::uint64_t start = 0, current = 0, steps = 0;
  std::uint64_t period = 0;  ///< of a count
};

/// A finished segment of an open walk: from mark `from` it took `length` steps to mark `to`.
struct Segment {
  std::uint64_t from = 0, to = 0, length = 0;
};

/// What came of a range or of open walks. Merging two outcomes of the same register commutes.
struct Findings {
  std::vector<Cycle> cycles;      ///< cycles without a mark
  CycleCensus counted{0};         ///< more of them, where they are very many: count_cycles()
  std::vector<Segment> segments;  ///< of open walks only; ranges fill a SegmentBlock
  std::vector<OpenWalk> open;
  ClassCounts seen;  ///< states passed by segments and counts, by class
  std::uint64_t steps = 0;

  void merge(Findings&& other);
  /// Where very many cycles were found among `candidates`: checks that each lies there and none twice, and
  /// keeps their periods and the `stored` ones with the smallest representatives. So registers of millions of
  /// short cycles take no more memory than others. @throws core::CertificateError  a cycle lies elsewhere or
  /// was found twice
  void count_cycles(core::StateRange candidates, std::uint64_t stored);
  void write(core::ByteWriter& out) const;
  [[nodiscard]] static Findings read(core::ByteReader& in);
};

/// Next mark and number of steps for each mark of a range, 8 bytes a mark: marks are below 2^32, and the few
/// lengths of 2^32 or more are kept apart.
class SegmentBlock {
 public:
  SegmentBlock() = default;
  explicit SegmentBlock(core::StateRange marks) : first_(marks.begin.value), entries_(marks.size()) {}

  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return entries_.size(); }

  /// Distinct marks may be set by different threads at once, as long as length < 2^32.
  void set(std::uint64_t mark, std::uint64_t next, std::uint64_t length);
  [[nodiscard]] bool is_open(std::uint64_t mark) const { return entries_[mark - first_].length == kOpen; }
  [[nodiscard]] std::uint64_t next(std::uint64_t mark) const { return entries_[mark - first_].next; }
  [[nodiscard]] std::uint64_t length(std::uint64_t mark) const;

  /// Takes the segment of `mark` out of the block. Different threads may take segments at once; if two take
  /// the same one in the same moment, both get it, and the sum of all periods is too large: an exchange would
  /// refuse the second, but nothing could be fetched ahead of it.
  /// @throws core::CertificateError  there is none, or it was taken already
  struct Taken {
    std::uint64_t next, length;
  };
  [[nodiscard]] Taken take(std::uint64_t mark) {
    const std::atomic_ref<Entry> entry(entries_[mark - first_]);
    const Entry found = entry.load(std::memory_order_relaxed);
    if (found.length == kOpen) refuse(found);
    entry.store(kTaken, std::memory_order_relaxed);
    return {found.next, found.length == kLong ? long_.at(mark) : found.length};
  }
  [[nodiscard]] bool is_taken(std::uint64_t mark) const {
    const Entry& entry = entries_[mark - first_];
    return entry.length == kTaken.length && entry.next == kTaken.next;
  }
  /// The segment of `mark` is going to be taken soon.
  void prefetch(std::uint64_t mark) const { __builtin_prefetch(&entries_[mark - first_], 1); }

  /// Copies the marks of `block`, which lie inside this one.
  void insert(const SegmentBlock& block);
  /// The same with a block as write() wrote it.
  /// @throws core::CorruptRecord  its marks lie elsewhere
  void insert(core::ByteReader& block);

  /// Asks the system for the next two megabytes of memory now, while there is time for it, and not when they
  /// are filled. Changes nothing; where the system cannot do that, it does nothing.
  void prepare_some() noexcept;

  void write(core::ByteWriter& out) const;
  [[nodiscard]] static SegmentBlock read(core::ByteReader& in);

 private:
  static constexpr std::uint32_t kOpen = 0;  // a segment has at least one step
  static constexpr std::uint32_t kLong = 0xffffffff;
  /// The contraction reads both; stored side by side they cost one cache miss. Zero bytes are an open mark.
  struct alignas(std::uint64_t) Entry {
    std::uint32_t next, length;
  };
  static constexpr Entry kTaken{0xffffffff, kOpen};
  [[noreturn]] static void refuse(Entry found);
  void read_long(core::ByteReader& in);
  std::uint64_t first_ = 0;
  std::uint64_t prepared_ = 0;  ///< entries before this one have their memory
  std::vector<Entry, core::ZeroedAllocator<Entry>> entries_;
  std::unordered_map<std::uint64_t, std::uint64_t> long_;
};

/// Immutable and thread-safe.
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Steps that one call of segments() or leaders() should hold at least, so that starting and ending it
  /// costs little. A stop request is seen sooner.
  [[nodiscard]] virtual std::uint64_t least_steps() const noexcept = 0;

  /// Walks from each mark of `marks` to the next mark; a walk of `walk_limit` steps is left open.
  /// A walk that `stop` cut short leaves the findings incomplete: the caller drops them.
  virtual void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block,
                        Findings& findings, core::StopSignal stop) const = 0;

  /// Finds the cycles whose smallest state lies in `candidates`, above the marks.
  /// @param max_period  no cycle that is still missing can be longer (the deficit): longer walks are given up
  virtual void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
                       Findings& findings, core::StopSignal stop) const = 0;

  /// Takes each walk up to `walk_limit` steps further.
  virtual void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
                      Findings& findings, core::StopSignal stop) const = 0;
};

/// The scalar reference: one state at a time.
[[nodiscard]] std::unique_ptr<Kernel> make_scalar_kernel(fsr::Stepper step, Partition partition);

}  // namespace gforbit::cycles
