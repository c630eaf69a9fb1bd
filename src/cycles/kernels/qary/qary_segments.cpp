#include "qary_segments.hpp"

#include <algorithm>

namespace gforbit::cycles::qary {

namespace {
constexpr int kLegsPerStopLook = 64;
}  // namespace

SegmentWalk::SegmentWalk(const Tape& tape, const LaneFunctions& functions, const SegmentClasses& classes,
                         core::StateRange marks, SegmentBlock& block)
    : functions_(functions),
      classes_(classes),
      memory_(tape, functions),
      block_(block),
      next_mark_(marks.begin.value),
      end_mark_(marks.end.value),
      begin_mark_(marks.begin.value),
      mark_(static_cast<std::size_t>(memory_.lane_count())),
      started_(mark_.size()),
      noted_(sizeof(std::uint64_t) * static_cast<std::size_t>(memory_.groups() * memory_.lanes.mask_words)),
      seen_(classes.partition.size(), 0) {
  const std::uint64_t q = tape.arithmetic.order;
  std::uint64_t rest = next_mark_;
  for (int i = 0; i < tape.degree; ++i, rest /= q) digits_.push_back(static_cast<std::uint32_t>(rest % q));
}

void SegmentWalk::run(std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) {
  start_lanes();
  // An eighth of the limit between two looks whether a walk is over it.
  std::uint64_t next_look = walk_limit;
  for (int legs = 0; working_ > 0; ++legs) {
    leg();
    if (time_ >= next_look) {
      cut_long_walks(walk_limit, findings);
      next_look = time_ + walk_limit / 8;
    }
    start_lanes();
    if (legs % kLegsPerStopLook == 0 && stop.stop_requested()) break;
  }
  findings.steps += steps_;
  findings.seen.resize(seen_.size(), 0);
  seen_.front() += next_mark_ - begin_mark_;
  std::uint64_t rest = steps_;
  for (std::size_t c = 0; c + 1 < seen_.size(); ++c) {
    findings.seen[c] += seen_[c];
    rest -= seen_[c];
  }
  findings.seen.back() += rest;
}

void SegmentWalk::leg() {
  const Lanes& lanes = memory_.lanes;
  functions_.note_zeros(memory_.lanes, classes_.noted_zeros, noted_.words());
  const std::uint64_t* noted = noted_.words();
  const int groups = memory_.groups();
  for (int group = 0; group < groups; ++group, time_ += kGroup) {
    for (int w = 0; w < lanes.mask_words; ++w, ++noted) {
      for (std::uint64_t left = *noted & lanes.alive[w]; left != 0; left &= left - 1) {
        look_at(memory_.lane_of(w, __builtin_ctzll(left)), lanes.degree + group * kGroup, time_);
      }
    }
  }
  memory_.rewind();
}

/// What a lane did in the group of rows at `group_row`, which began at `time`.
void SegmentWalk::look_at(int lane, int group_row, std::uint64_t time) {
  memory_.with_cells(lane, [&](auto cell) {
    const int degree = memory_.lanes.degree;
    int zeros = 0;
    while (zeros < degree && cell(group_row - 1 - zeros) == 0) ++zeros;
    for (int step = 0; step < kGroup; ++step) {
      const int row = group_row + step;
      zeros = cell(row) == 0 ? std::min(zeros + 1, degree) : 0;
      if (zeros < classes_.noted_zeros) continue;
      const std::uint64_t state = memory_.state(cell, row, zeros);
      if (state < classes_.marks)
        return end_segment(lane, state, time + static_cast<std::uint64_t>(step) + 1);
      ++seen_[classes_.partition.class_of(state)];
    }
  });
}

void SegmentWalk::end_segment(int lane, std::uint64_t state, std::uint64_t time) {
  const auto l = static_cast<std::size_t>(lane);
  const std::uint64_t length = time - started_[l];
  block_.set(mark_[l], state, length);
  steps_ += length;
  memory_.set_alive(lane, false);
  --working_;
}

/// Gives the next marks to lanes without work, as many as there are of both.
void SegmentWalk::start_lanes() {
  if (next_mark_ == end_mark_ || working_ == memory_.lane_count()) return;
  for (int w = 0; w < memory_.lanes.mask_words; ++w) {
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - memory_.lanes_a_word());
    for (std::uint64_t idle = all & ~memory_.lanes.alive[w]; idle != 0 && next_mark_ < end_mark_;
         idle &= idle - 1) {
      put_mark(memory_.lane_of(w, __builtin_ctzll(idle)));
    }
  }
}

void SegmentWalk::put_mark(int lane) {
  const auto l = static_cast<std::size_t>(lane);
  mark_[l] = next_mark_++;
  started_[l] = time_;
  int row = memory_.lanes.next_row - memory_.lanes.degree;
  for (const std::uint32_t digit : digits_) memory_.set_cell(row++, lane, digit);
  memory_.set_alive(lane, true);
  ++working_;
  for (std::uint32_t& digit : digits_) {
    if (++digit < memory_.lanes.arithmetic.order) break;
    digit = 0;
  }
}

void SegmentWalk::cut_long_walks(std::uint64_t walk_limit, Findings& findings) {
  memory_.for_each_alive([&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    const std::uint64_t taken = time_ - started_[l];
    if (taken < walk_limit) return;
    const std::uint64_t current =
        memory_.with_cells(lane, [&](auto cell) { return memory_.state(cell, memory_.lanes.next_row - 1); });
    findings.open.push_back({OpenWalk::Purpose::segment, mark_[l], current, taken, 0});
    steps_ += taken;
    // A state is counted on arrival here; this one is not passed yet.
    if (current < classes_.coarse) --seen_[classes_.partition.class_of(current)];
    memory_.set_alive(lane, false);
    --working_;
  });
}

}  // namespace gforbit::cycles::qary
