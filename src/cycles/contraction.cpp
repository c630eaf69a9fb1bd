#include "gforbit/cycles/contraction.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <stdexcept>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {
constexpr std::uint64_t kJoined = ~std::uint64_t{0};
}

Contraction::Contraction(SegmentBlock& table, std::uint64_t stored)
    : table_(table), census_(stored), pieces_((table.size() + kStride - 1) / kStride) {
  assert(table.first() == 0);
}

int Contraction::width() const noexcept {
  if (next_station_.load(std::memory_order_relaxed) < pieces_.size()) return std::numeric_limits<int>::max();
  return walked_.load(std::memory_order_relaxed) == pieces_.size() ? 1 : 0;
}

bool Contraction::advance(std::uint64_t budget) {
  const std::uint64_t stations = (budget + kStride - 1) / kStride;
  const std::uint64_t first = next_station_.fetch_add(stations, std::memory_order_relaxed);
  if (first < pieces_.size()) {
    walk_pieces(first, std::min<std::uint64_t>(first + stations, pieces_.size()));
    return false;
  }
  next_station_.store(pieces_.size(), std::memory_order_relaxed);  // however often it is asked
  if (walked_.load(std::memory_order_acquire) < pieces_.size()) return false;
  const std::unique_lock lock(joining_, std::try_to_lock);
  if (!lock) return false;
  join_pieces(budget);
  walk_rest(budget);
  return rest_ == table_.size();
}

/// One segment on; whether the walker is at a station now.
inline bool Contraction::hop(Walker& walker) {
  const auto segment = table_.take(walker.current);
  walker.steps += segment.length;
  walker.smallest = std::min(walker.smallest, walker.current);
  walker.current = segment.next;
  table_.prefetch(walker.current);
  return walker.current % kStride == 0;
}

/// From these stations to wherever the next ones are.
void Contraction::walk_pieces(std::uint64_t first, std::uint64_t end) {
  std::array<Walker, kWalkers> walkers;
  std::size_t walking = 0;
  std::uint64_t next = first;
  const auto start = [&] {
    const std::uint64_t mark = kStride * next++;
    return Walker{mark, mark, 0, mark};
  };
  while (walking < kWalkers && next < end) walkers[walking++] = start();
  while (walking > 0) {
    for (std::size_t w = 0; w < walking;) {
      Walker& walker = walkers[w];
      if (!hop(walker)) {
        ++w;
        continue;
      }
      pieces_[walker.station / kStride] = {walker.current, walker.steps, walker.smallest};
      if (next < end) {
        walker = start();
        ++w;
      } else {
        walker = walkers[--walking];
      }
    }
  }
  walked_.fetch_add(end - first, std::memory_order_release);
}

void Contraction::join_pieces(std::uint64_t& budget) {
  // A cycle of pieces is at most as long as there are stations: not worth being cut.
  for (; joined_ < table_.size() && budget > 0; joined_ += kStride) {
    if (pieces_[joined_ / kStride].to == kJoined) continue;
    Cycle cycle{joined_, 0};
    std::uint64_t station = joined_;
    do {
      Piece& piece = pieces_[station / kStride];
      if (piece.to == kJoined) throw core::CertificateError("two segments end at one mark: a range is wrong");
      cycle.period += piece.steps;
      cycle.representative = std::min(cycle.representative, piece.smallest);
      station = std::exchange(piece.to, kJoined);
      budget -= std::min<std::uint64_t>(budget, 1);
    } while (station != joined_);
    census_.add(cycle);
  }
}

void Contraction::walk_rest(std::uint64_t& budget) {
  if (joined_ < table_.size() || budget == 0) return;
  constexpr std::uint64_t kPassedForOne = 16;  // marks that are passed in the time of one segment
  for (std::uint64_t passed = 0; rest_ < table_.size(); ++rest_) {
    if (walk_.steps == 0 && table_.is_taken(rest_)) {
      if (++passed % kPassedForOne == 0 && --budget == 0) return;
      continue;
    }
    if (walk_.steps == 0) walk_ = {rest_, rest_, 0, rest_};
    do {
      if (budget == 0) return;
      --budget;
      hop(walk_);
    } while (walk_.current != rest_);
    census_.add({rest_, walk_.steps});
    walk_.steps = 0;
  }
}

}  // namespace gforbit::cycles
