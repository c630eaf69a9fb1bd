/// The pieces of an engine: stages (terms that run as one), edges, and a run of a stage.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "gforbit/stream/engine.hpp"

namespace gforbit::stream {

/// Items on their way, and that all later ones have at least the index `watermark`. No items: only that.
struct Message {
  Batch batch;
  std::uint64_t watermark = 0;
  std::uint64_t since = 0;  ///< when it came to its edge
  std::uint64_t bytes = 0;  ///< as counted by its edge
};

inline constexpr std::uint64_t kMostQuantum = std::uint64_t{1} << 20;  ///< items at a time

struct Stage;

struct Channel {
  Stage* from = nullptr;
  Stage* to = nullptr;
  std::deque<Message> queue;
  std::uint64_t items = 0, bytes = 0;
  std::uint64_t capacity = 0, most_bytes = 0;
  bool is_weighed = false;       ///< items differ in size: texts, vectors
  std::uint64_t item_bits = 64;  ///< of one item, where they do not
  bool wants_watermark = false;  ///< leads to a join
  bool ended = false;
  std::uint64_t end = 0;      ///< one past the last index of the source, when it has ended
  bool closed = false;        ///< no term reads the items
  std::uint64_t cutoff = 0;   ///< with closed: from which index on
  std::uint64_t largest = 0;  ///< items that waited at one time
  double time = 0;            ///< items that waited, summed over time (ns) up to `time_until`
  std::uint64_t time_until = 0;

  /// Before `items` changes.
  void count_time(std::uint64_t now) noexcept {
    if (time_until > 0)
      time += static_cast<double>(items) * static_cast<double>(now - std::min(now, time_until));
    time_until = std::max(now, time_until);
  }

  [[nodiscard]] bool is_full() const noexcept {
    return !closed && (items >= capacity || bytes >= most_bytes);
  }
};

/// What a run adds to the metrics of a term, and what all of them have added.
struct Tally {
  std::uint64_t in = 0, out = 0, filtered = 0, errors = 0;
  std::uint64_t busy = 0;  ///< ns in runs that were timed

  void add(const Tally& other) noexcept {
    in += other.in;
    out += other.out;
    filtered += other.filtered;
    errors += other.errors;
    busy += other.busy;
  }
};

enum class Mode : std::uint8_t { idle, ready, busy, blocked, over };

struct Stage {
  Graph::Kind kind{};
  std::vector<std::size_t> nodes;  ///< several: fused stateless terms
  std::vector<Channel*> in, out;
  std::vector<Inlet> inlets;  ///< of a join
  std::size_t waits_for = 0;  ///< of a join: the input that decides
  std::size_t siblings = 1;   ///< stages that read what this one reads, itself included
  std::uint64_t delay = 0;    ///< ns
  int limit = 1;              ///< threads at most
  bool is_remote = false;     ///< a batch costs much whatever its size
  int running = 0;
  bool is_queued = false;  ///< in the list of ready stages
  bool finished = false;
  bool finish_called = false;
  std::uint64_t end_seen = 0;    ///< of a join: largest end of its inputs
  std::uint64_t next_index = 0;  ///< one past the last index put out
  std::uint64_t quantum = 0;     ///< items at a time
  std::uint64_t next_ticket = 0, next_delivery = 0;
  std::map<std::uint64_t, std::vector<Message>> undelivered;  ///< by ticket: what overtook others
  Mode mode = Mode::idle;
  std::uint64_t mode_since = 0;

  // What is measured of all its terms together.
  std::uint64_t runs = 0, idle = 0, blocked = 0, ready = 0;  ///< ns
  std::vector<Tally> tallies;                                ///< by position in nodes
  std::uint64_t timed_total = 0;                             ///< ns in the runs that were timed
  std::uint64_t timed_items = 0;                             ///< in and out of its first term, in these runs
  double item_ns = 0;                                        ///< of one of them; 0: unknown
  std::uint64_t untimed = 0;                                 ///< ns in all other runs
  bool was_long = true;       ///< the last run took so long that the clock may be read every time
  std::uint64_t slowest = 0;  ///< ns from the arrival of an item to the end of the run that took it, at most
};

/// Items that came to a term at one time and left it at one time.
struct Passage {
  std::size_t term = 0;     ///< position in the nodes of the stage
  std::uint64_t since = 0;  ///< when they came
  std::uint64_t until = 0;  ///< when they left; 0: at the end of the run
  std::uint64_t items = 0;
};

/// One run of a stage: what it takes, what it makes. Belongs to one thread between claim and delivery, which
/// uses it again for the next one: what its vectors have allocated stays.
struct Run {
  Stage* stage = nullptr;
  std::vector<Message> taken;
  std::uint64_t quantum = 0;
  std::uint64_t ticket = 0;
  bool finish = false;
  std::uint64_t end = 0;  ///< with finish
  std::uint64_t begun = 0;
  std::uint64_t oldest = 0;  ///< arrival of what waited longest of what it takes
  std::uint64_t ended = 0;   ///< where the clock was read at the end; else 0

  std::vector<Message> out;
  bool source_ended = false;
  bool is_closed = false;  ///< the term wants no more
  std::size_t waits_for = 0;
  bool is_timed = true;        ///< in detail, not by what other runs took
  std::vector<Tally> tallies;  ///< by position in stage.nodes
  std::vector<Passage> passages;
};

}  // namespace gforbit::stream
