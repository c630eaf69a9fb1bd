#include "gforbit/cycles/contraction.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace gforbit::cycles {

namespace {
constexpr std::uint64_t kJoined = ~std::uint64_t{0};
}

Contraction::Contraction(const SegmentBlock& table, std::uint64_t stored)
    : table_(table),
      census_(stored),
      seen_((table.size() + 63) / 64, 0),
      pieces_((table.size() + kStride - 1) / kStride) {
  assert(table.first() == 0);
  while (walking_ < kWalkers && next_station_ < table_.size()) start(walkers_[walking_++]);
}

bool Contraction::advance(std::uint64_t budget) {
  walk_pieces(budget);
  join_pieces(budget);
  walk_rest(budget);
  return rest_ == table_.size();
}

void Contraction::start(Walker& walker) {
  walker = {next_station_, next_station_, 0, next_station_};
  next_station_ += kStride;
}

void Contraction::visit(std::uint64_t mark) {
  if (table_.is_open(mark)) throw std::logic_error("a mark has no segment: a range was lost");
  if (visited(mark)) throw std::logic_error("two segments end at one mark: a range is wrong");
  seen_[mark / 64] |= std::uint64_t{1} << (mark % 64);
}

/// One segment on; whether the walker is at a station now.
inline bool Contraction::hop(Walker& walker) {
  visit(walker.current);
  walker.steps += table_.length(walker.current);
  walker.smallest = std::min(walker.smallest, walker.current);
  walker.current = table_.next(walker.current);
  return walker.current % kStride == 0;
}

void Contraction::walk_pieces(std::uint64_t& budget) {
  while (walking_ > 0 && budget > 0) {
    budget -= std::min<std::uint64_t>(budget, walking_);
    for (std::size_t w = 0; w < walking_;) {
      Walker& walker = walkers_[w];
      if (!hop(walker)) {
        ++w;
        continue;
      }
      pieces_[walker.station / kStride] = {walker.current, walker.steps, walker.smallest};
      if (next_station_ < table_.size()) {
        start(walker);
        ++w;
      } else {
        walker = walkers_[--walking_];
      }
    }
  }
}

void Contraction::join_pieces(std::uint64_t& budget) {
  if (walking_ > 0) return;
  // A cycle of pieces is at most as long as there are stations: not worth being cut.
  for (; joined_ < table_.size() && budget > 0; joined_ += kStride) {
    if (pieces_[joined_ / kStride].to == kJoined) continue;
    Cycle cycle{joined_, 0};
    std::uint64_t station = joined_;
    do {
      Piece& piece = pieces_[station / kStride];
      if (piece.to == kJoined) throw std::logic_error("two segments end at one mark: a range is wrong");
      cycle.period += piece.steps;
      cycle.representative = std::min(cycle.representative, piece.smallest);
      station = std::exchange(piece.to, kJoined);
      budget -= std::min<std::uint64_t>(budget, 1);
    } while (station != joined_);
    census_.add(cycle);
  }
}

void Contraction::walk_rest(std::uint64_t& budget) {
  if (joined_ < table_.size()) return;
  for (; rest_ < table_.size(); ++rest_) {
    if (walk_.steps == 0 && visited(rest_)) {
      // A word of marks that have all been visited is passed at once.
      if (rest_ % 64 == 0 && seen_[rest_ / 64] == kJoined && rest_ + 64 <= table_.size()) rest_ += 63;
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
