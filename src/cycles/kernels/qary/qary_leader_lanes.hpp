/// The lanes of a search for leaders: loaded with the candidates of a block, packed into queues, taken out
/// again. Elements are moved one by one, planes a word of lanes at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "qary_lanes.hpp"

namespace gforbit::cycles::qary {

class LeaderLanes {
 public:
  /// Lanes that wait for a place: less than two batches of them.
  struct Queue {
    AlignedBytes cells;  ///< elements: [degree][capacity]; planes: [degree][planes][capacity] bits
    std::vector<std::uint64_t> starts;  ///< [capacity] the candidates
    int count = 0;
  };

  /// `tape` and `functions` outlive it. Requires degree 2 at least.
  /// @return lanes of the tape's kind
  [[nodiscard]] static std::unique_ptr<LeaderLanes> make(const Tape& tape, const LaneFunctions& functions);

  virtual ~LeaderLanes() = default;
  LeaderLanes(const LeaderLanes&) = delete;
  LeaderLanes& operator=(const LeaderLanes&) = delete;

  /// Digits that the lanes of a block differ in, and q to the power of that.
  [[nodiscard]] int low_digits() const noexcept { return low_digits_; }
  [[nodiscard]] std::uint64_t low_values() const noexcept { return low_values_; }

  [[nodiscard]] Queue make_queue() const;
  /// Sets lane l to the state with the digits of `prefix`, newest first, and the low value first_low + l, a
  /// multiple of the number of lanes; only the lanes [begin, end) live.
  /// @param base  the state of the low value 0
  void load(const std::vector<std::uint32_t>& prefix, std::uint64_t base, std::uint64_t first_low, int begin,
            int end);
  /// Appends the lanes that are alive to a queue, in which they fit.
  virtual void pack(Queue& to) = 0;
  /// Takes lanes from a queue, as many as fit.
  virtual void unpack(Queue& from) = 0;

  [[nodiscard]] int count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t living() const noexcept;
  /// The candidates of the lanes that are alive.
  void append_starts(std::vector<std::uint64_t>& to) const;

  /// Both the same lanes.
  LaneMemory memory;
  LeaderBatch batch;

 protected:
  LeaderLanes(const Tape& tape, const LaneFunctions& functions);
  virtual void load_cells(const std::vector<std::uint32_t>& prefix, std::uint64_t first_low) = 0;
  virtual int bytes_of_queue(int capacity) const = 0;
  void set_alive(int begin, int end);
  /// Digit `place` of a low value.
  [[nodiscard]] std::uint32_t low_digit(std::uint64_t low, int place) const;

  std::uint64_t q_;
  int degree_, count_;
  int low_digits_ = 1;
  std::uint64_t low_values_;
  std::vector<std::uint64_t> starts_;  ///< [lanes] candidate of each lane
};

}  // namespace gforbit::cycles::qary
