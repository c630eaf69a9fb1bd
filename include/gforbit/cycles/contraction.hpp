/// Contraction: from segments between marks to the cycles that contain a mark.
///
/// The marks with their next marks are a permutation of M elements with weights. Its cycles are the cycles of
/// the register that contain a mark: the period is the sum of the weights, the representative the smallest
/// mark on it, because marks are the smallest indices there are. In slices, so that the thread that also
/// speaks to the other ranks can do it, and by several threads at once.
///
/// Following next pointers is a chain of cache misses, one after the other. So every 2^8-th mark is a
/// station; walkers start at stations and stop at the next station they come to, and many walkers go side by
/// side, so that their misses overlap. The stations with what lies between them are a permutation again, a
/// small one, and are walked one cycle after the other. Marks that no walker met lie on cycles without a
/// station, mostly none or short ones. A segment that was followed is taken out of the table: a miss a mark,
/// some 10 ns where the table is larger than the caches.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/kernel.hpp"

namespace gforbit::cycles {

class Contraction {
 public:
  /// `table` holds a segment for every mark, begins with mark 0, outlives this object, and is used up.
  /// Memory: 24 bytes for each 2^8 marks.
  /// @param stored  cycle rows to keep
  Contraction(SegmentBlock& table, std::uint64_t stored);

  /// Follows about `budget` segments, or does nothing if all that is left is with other threads; true when
  /// all are done. Any thread; after an exception, no more.
  /// @throws core::CertificateError  a mark was reached twice or has no segment: a range was lost, doubled or
  /// wrong
  bool advance(std::uint64_t budget);

  /// How many threads find something to do in advance().
  [[nodiscard]] int width() const noexcept;

  /// The cycles with a mark; complete once advance() returned true.
  [[nodiscard]] const CycleCensus& census() const noexcept { return census_; }

 private:
  /// From a station to the next one: the steps between them, the smallest mark passed.
  struct Piece {
    std::uint64_t to = 0, steps = 0, smallest = 0;
  };
  struct Walker {
    std::uint64_t station = 0, current = 0, steps = 0, smallest = 0;
  };
  static constexpr std::uint64_t kStride = 1 << 8;
  static constexpr std::size_t kWalkers = 64;

  bool hop(Walker& walker);
  void walk_pieces(std::uint64_t first, std::uint64_t end);
  void join_pieces(std::uint64_t& budget);
  void walk_rest(std::uint64_t& budget);

  SegmentBlock& table_;
  CycleCensus census_;
  std::vector<Piece> pieces_;                    ///< by station; to = kJoined once it is part of a cycle
  std::atomic<std::uint64_t> next_station_ = 0;  ///< the next one to start from, as a number of pieces_
  std::atomic<std::uint64_t> walked_ = 0;        ///< stations whose pieces are complete
  std::mutex joining_;                           ///< guards what follows, and the census
  std::uint64_t joined_ = 0;                     ///< stations before this one are part of cycles
  std::uint64_t rest_ = 0;                       ///< marks before this one are part of cycles
  Walker walk_;  ///< around a cycle without a station; steps = 0: none under way
};

}  // namespace gforbit::cycles
