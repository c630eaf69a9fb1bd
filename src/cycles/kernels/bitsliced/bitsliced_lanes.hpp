/// Memory of lanes and queues for one call of a kernel: aligned, small enough for the caches, first touched
/// by the thread that works on it.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

#include "bitsliced_tape.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::cycles::bitsliced {

/// The functions of a level; those of the slowest one for `scalar`, which has none.
[[nodiscard]] const LevelFunctions& functions_of(SimdLevel level);

/// Zeroed words, aligned for the widest vectors.
class AlignedWords {
 public:
  AlignedWords() = default;
  explicit AlignedWords(std::size_t count);
  [[nodiscard]] std::uint64_t* data() const noexcept { return words_.get(); }

 private:
  struct Release {
    void operator()(std::uint64_t* words) const noexcept { ::operator delete[](words, kAlignment); }
  };
  static constexpr std::align_val_t kAlignment{64};
  std::unique_ptr<std::uint64_t[], Release> words_;
};

/// Lanes of a tape with their memory. Not copyable: `lanes` points into it.
class LaneMemory {
 public:
  /// `tape` outlives this object.
  /// @param history  rows kept beside those of the state, for looks further back
  LaneMemory(const Tape& tape, const LevelFunctions& level, int history = 0);
  LaneMemory(const LaneMemory&) = delete;
  LaneMemory& operator=(const LaneMemory&) = delete;

  /// Lanes of a tape at a level, without memory.
  [[nodiscard]] static int lane_count(const Tape& tape, const LevelFunctions& level) {
    return 64 * tape.vectors * level.words;
  }

  Lanes lanes;

 private:
  AlignedWords rows_, alive_;
};

/// A queue for the lanes of `like`: holds the rest of one batch and all of another.
class QueueMemory {
 public:
  explicit QueueMemory(const Lanes& like);
  QueueMemory(const QueueMemory&) = delete;
  QueueMemory(QueueMemory&& other) noexcept = default;
  LaneQueue queue;

 private:
  AlignedWords words_;
};

/// State of a lane: its bits in the last `degree` rows, oldest cell lowest.
[[nodiscard]] std::uint64_t state_of(const Lanes& lanes, int lane);

/// Calls use(lane) for each lane that is alive.
template <class Use>
void for_each_alive(const Lanes& lanes, Use use) {
  for (int w = 0; w < lanes.words; ++w) {
    for (std::uint64_t left = lanes.alive[w]; left != 0; left &= left - 1)
      use(64 * w + __builtin_ctzll(left));
  }
}

}  // namespace gforbit::cycles::bitsliced
