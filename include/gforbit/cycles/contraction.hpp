/// Contraction: from segments between marks to the cycles that contain a mark.
///
/// The marks with their next marks are a permutation of M elements with weights. Its cycles are the cycles of
/// the register that contain a mark: the period is the sum of the weights, the representative the smallest
/// mark on it, because marks are the smallest indices there are. Resumable, so that the thread that also
/// speaks to the other ranks can do it in slices.
///
/// Following next pointers is a chain of cache misses, one after the other. So every 2^8-th mark is a
/// station; walkers start at stations and stop at the next station they come to, and many walkers go side by
/// side, so that their misses overlap. The stations with what lies between them are a permutation again, a
/// small one, and are walked one cycle after the other. Marks that no walker met lie on cycles without a
/// station, mostly none or short ones.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/kernel.hpp"

namespace gforbit::cycles {

class Contraction {
 public:
  /// `table` holds a segment for every mark, begins with mark 0, and outlives this object. Memory: a bit a
  /// mark, and 24 bytes for each 2^8 marks.
  /// @param stored  cycle rows to keep
  Contraction(const SegmentBlock& table, std::uint64_t stored);

  /// Follows about `budget` segments; true when all are done.
  /// @throws std::logic_error  a mark was reached twice or has no segment: a range was lost, doubled or wrong
  bool advance(std::uint64_t budget);

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
  static constexpr std::size_t kWalkers = 32;

  void start(Walker& walker);
  bool hop(Walker& walker);
  void visit(std::uint64_t mark);
  [[nodiscard]] bool visited(std::uint64_t mark) const { return (seen_[mark / 64] >> (mark % 64) & 1) != 0; }
  void walk_pieces(std::uint64_t& budget);
  void join_pieces(std::uint64_t& budget);
  void walk_rest(std::uint64_t& budget);

  const SegmentBlock& table_;
  CycleCensus census_;
  std::vector<std::uint64_t> seen_;  ///< a bit a mark
  std::vector<Piece> pieces_;        ///< by station / kStride; to = kJoined once it is part of a cycle
  std::array<Walker, kWalkers> walkers_;
  std::size_t walking_ = 0;         ///< walkers_[0, walking_) are under way
  std::uint64_t next_station_ = 0;  ///< the next one to start from
  std::uint64_t joined_ = 0;        ///< stations before this one are part of cycles
  std::uint64_t rest_ = 0;          ///< marks before this one are part of cycles
  Walker walk_;                     ///< around a cycle without a station; steps = 0: none under way
};

}  // namespace gforbit::cycles
