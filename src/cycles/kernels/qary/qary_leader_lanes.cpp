#include "qary_leader_lanes.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace gforbit::cycles::qary {

namespace {

/// Batches that the combinations of the low digits fill at least, so that few lanes stay empty; if q allows.
constexpr std::uint64_t kFewestBatches = 3;
/// Combinations of low digits that are kept as a table; if there are more, the lanes differ in one digit
/// only.
constexpr std::uint64_t kLargestPattern = 1 << 14;

template <class Element>
class ElementLanes final : public LeaderLanes {
 public:
  ElementLanes(const Tape& tape, const LaneFunctions& functions)
      : LeaderLanes(tape, functions), packed_(static_cast<std::size_t>(count_)) {
    if (low_digits_ == 1) return;
    for (int place = 0; place < low_digits_; ++place) {
      for (std::uint64_t low = 0; low < low_values_; ++low)
        pattern_.push_back(static_cast<Element>(low_digit(low, place)));
    }
  }

  void pack(Queue& to) override {
    int living = 0;
    int* const lanes = packed_.data();
    memory.for_each_alive([&](int lane) { lanes[living++] = lane; });
    const Element* row = rows() + static_cast<std::ptrdiff_t>(batch.lanes.next_row - degree_) * count_;
    Element* cells = reinterpret_cast<Element*>(to.cells.data()) + to.count;
    for (int i = 0; i < degree_; ++i, row += count_, cells += 2 * count_) {
      for (int n = 0; n < living; ++n) cells[n] = row[lanes[n]];
    }
    std::uint64_t* const starts = to.starts.data() + to.count;
    for (int n = 0; n < living; ++n) starts[n] = starts_[static_cast<std::size_t>(lanes[n])];
    to.count += living;
  }

  /// From its end.
  void unpack(Queue& from) override {
    const int taken = std::min(from.count, count_);
    from.count -= taken;
    const Element* cells = reinterpret_cast<const Element*>(from.cells.data()) + from.count;
    Element* row = rows();
    for (int i = 0; i < degree_; ++i, row += count_, cells += 2 * count_) {
      std::copy(cells, cells + taken, row);
      std::fill(row + taken, row + count_, Element{0});
    }
    std::copy_n(from.starts.data() + from.count, taken, starts_.data());
    batch.lanes.next_row = degree_;
    set_alive(0, taken);
  }

 private:
  [[nodiscard]] Element* rows() const { return reinterpret_cast<Element*>(batch.lanes.rows); }

  void load_cells(const std::vector<std::uint32_t>& prefix, std::uint64_t first_low) override {
    Element* row = rows();
    const auto lanes = static_cast<std::size_t>(count_);
    for (int digit = 0; digit < low_digits_; ++digit, row += lanes) {
      // Lanes behind the last value are not alive; their digits need only be valid.
      const auto valid = static_cast<std::size_t>(std::min<std::uint64_t>(lanes, low_values_ - first_low));
      if (pattern_.empty()) {
        for (std::size_t lane = 0; lane < valid; ++lane) row[lane] = static_cast<Element>(first_low + lane);
      } else {
        std::copy_n(pattern_.data() + static_cast<std::uint64_t>(digit) * low_values_ + first_low, valid,
                    row);
      }
      std::fill(row + valid, row + lanes, Element{0});
    }
    for (std::size_t n = prefix.size(); n > 0; --n, row += lanes)
      std::fill(row, row + lanes, static_cast<Element>(prefix[n - 1]));
  }

  int bytes_of_queue(int capacity) const override {
    return capacity * degree_ * static_cast<int>(sizeof(Element));
  }

  std::vector<Element> pattern_;  ///< [low_digits][low_values] digits of the low values; empty: one digit
  std::vector<int> packed_;       ///< [lanes] the lanes that are packed
};

class PlaneLanes final : public LeaderLanes {
 public:
  PlaneLanes(const Tape& tape, const LaneFunctions& functions)
      : LeaderLanes(tape, functions),
        functions_(functions),
        code_(tape.code),
        plane_words_(functions.vector_bytes / 8),
        pattern_words_(static_cast<std::size_t>((low_values_ + static_cast<std::uint64_t>(count_) - 1) /
                                                static_cast<std::uint64_t>(count_) *
                                                static_cast<std::uint64_t>(count_ / 64))) {
    pattern_.resize(static_cast<std::size_t>(low_digits_ * functions.planes) * pattern_words_);
    for (int place = 0; place < low_digits_; ++place) {
      for (std::uint64_t low = 0; low < low_values_; ++low) {
        const std::uint64_t code = code_.code.at(low_digit(low, place));
        for (int p = 0; p < functions.planes; ++p)
          pattern_plane(place, p)[low / 64] |= (code >> p & 1) << (low % 64);
      }
    }
  }

  void pack(Queue& to) override {
    int count = to.count;
    memory.for_each_alive([&](int lane) {
      to.starts[static_cast<std::size_t>(count++)] = starts_[static_cast<std::size_t>(lane)];
    });
    PlaneQueue queue{to.cells.words(), 2 * count_ / 64, static_cast<std::uint64_t>(to.count)};
    functions_.pack(batch.lanes, queue);
    to.count = count;
  }

  /// From its front; the others move there.
  void unpack(Queue& from) override {
    const int taken = std::min(from.count, count_), words = (taken + 63) / 64;
    const int rest = (from.count - taken + 63) / 64;
    std::uint64_t* plane = from.cells.words();
    for (int cell = 0; cell < degree_; ++cell) {
      for (int p = 0; p < functions_.planes; ++p, plane += 2 * count_ / 64) {
        put(cell, p, [&](int w) { return w < words ? plane[w] : 0; });
        std::copy_n(plane + words, rest, plane);
      }
    }
    std::copy_n(from.starts.data(), taken, starts_.data());
    std::copy(from.starts.data() + taken, from.starts.data() + from.count, from.starts.data());
    from.count -= taken;
    batch.lanes.next_row = degree_;
    set_alive(0, taken);
  }

 private:
  /// Sets a plane of a cell: word(w) for the lanes from 64 w on.
  template <class Word>
  void put(int cell, int plane, Word word) {
    std::uint64_t* to =
        reinterpret_cast<std::uint64_t*>(batch.lanes.rows + cell * memory.row_bytes()) + plane * plane_words_;
    int w = 0;
    for (int v = 0; v < batch.lanes.vectors; ++v, to += functions_.planes * plane_words_) {
      for (int i = 0; i < plane_words_; ++i) to[i] = word(w++);
    }
  }

  std::uint64_t* pattern_plane(int place, int plane) {
    return pattern_.data() + static_cast<std::size_t>(place * functions_.planes + plane) * pattern_words_;
  }

  void load_cells(const std::vector<std::uint32_t>& prefix, std::uint64_t first_low) override {
    for (int place = 0; place < low_digits_; ++place) {
      for (int p = 0; p < functions_.planes; ++p) {
        const std::uint64_t* const from = pattern_plane(place, p) + first_low / 64;
        put(place, p, [=](int w) { return from[w]; });
      }
    }
    for (std::size_t n = prefix.size(); n > 0; --n) {
      const std::uint64_t code = code_.code.at(prefix[n - 1]);
      const int cell = low_digits_ + static_cast<int>(prefix.size() - n);
      for (int p = 0; p < functions_.planes; ++p)
        put(cell, p, [bits = std::uint64_t{0} - (code >> p & 1)](int) { return bits; });
    }
  }

  int bytes_of_queue(int capacity) const override { return capacity / 8 * degree_ * functions_.planes; }

  const LaneFunctions& functions_;
  const PlaneCode& code_;
  int plane_words_;  ///< of a vector
  std::size_t pattern_words_;
  /// [low_digits][planes][pattern_words_] bits of the low values, up to whole batches
  std::vector<std::uint64_t> pattern_;
};

}  // namespace

std::unique_ptr<LeaderLanes> LeaderLanes::make(const Tape& tape, const LaneFunctions& functions) {
  assert(functions.leaders_run != nullptr);
  switch (tape.kind) {
    case LaneKind::bytes:
      return std::make_unique<ElementLanes<std::uint8_t>>(tape, functions);
    case LaneKind::halves:
      return std::make_unique<ElementLanes<std::uint16_t>>(tape, functions);
    case LaneKind::words:
      return std::make_unique<ElementLanes<std::uint32_t>>(tape, functions);
    case LaneKind::planes:
      break;
  }
  return std::make_unique<PlaneLanes>(tape, functions);
}

LeaderLanes::LeaderLanes(const Tape& tape, const LaneFunctions& functions)
    : memory(tape, functions),
      q_(tape.arithmetic.order),
      degree_(tape.degree),
      count_(memory.lane_count()),
      low_values_(q_),
      starts_(static_cast<std::size_t>(count_)) {
  assert(degree_ >= 2);
  batch.lanes = memory.lanes;
  while (low_digits_ + 1 < degree_ && low_values_ < kFewestBatches * static_cast<std::uint64_t>(count_) &&
         low_values_ * q_ <= kLargestPattern) {
    low_values_ *= q_;
    ++low_digits_;
  }
}

LeaderLanes::Queue LeaderLanes::make_queue() const {
  const int capacity = 2 * count_;
  return {AlignedBytes(static_cast<std::size_t>(bytes_of_queue(capacity))),
          std::vector<std::uint64_t>(static_cast<std::size_t>(capacity)), 0};
}

void LeaderLanes::load(const std::vector<std::uint32_t>& prefix, std::uint64_t base, std::uint64_t first_low,
                       int begin, int end) {
  batch.lanes.next_row = degree_;
  load_cells(prefix, first_low);
  for (std::size_t lane = 0; lane < starts_.size(); ++lane) starts_[lane] = base + first_low + lane;
  set_alive(begin, end);
}

std::uint64_t LeaderLanes::living() const noexcept {
  std::uint64_t living = 0;
  for (int w = 0; w < batch.lanes.mask_words; ++w)
    living += static_cast<std::uint64_t>(std::popcount(batch.lanes.alive[w]));
  return living;
}

void LeaderLanes::append_starts(std::vector<std::uint64_t>& to) const {
  memory.for_each_alive([&](int lane) { to.push_back(starts_[static_cast<std::size_t>(lane)]); });
}

void LeaderLanes::set_alive(int begin, int end) {
  const int width = memory.lanes_a_word();
  for (int w = 0; w < batch.lanes.mask_words; ++w) {
    const auto below = [&](int lane) {
      const int bits = std::clamp(lane - w * width, 0, width);
      return bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - bits);
    };
    batch.lanes.alive[w] = below(end) & ~below(begin);
  }
}

std::uint32_t LeaderLanes::low_digit(std::uint64_t low, int place) const {
  for (; place > 0; --place) low /= q_;
  return static_cast<std::uint32_t>(low % q_);
}

}  // namespace gforbit::cycles::qary
