#include "gforbit/core/range_source.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace gforbit::core {

WorkModel WorkModel::uniform(double steps_per_state) {
  return {false, steps_per_state};
}
WorkModel WorkModel::logarithmic(double scale) {
  return {true, scale};
}

double WorkModel::work(StateRange range) const {
  if (range.empty()) return 0;
  if (!logarithmic_) return scale_ * static_cast<double>(range.size());
  return scale_ * std::log1p(static_cast<double>(range.size()) / static_cast<double>(range.begin.value));
}

StateIndex WorkModel::end_for(StateIndex begin, double work) const {
  const double size = logarithmic_
                          ? static_cast<double>(begin.value) * std::expm1(std::min(work / scale_, 64.0))
                          : work / scale_;
  constexpr double kLargest = 0x1p62;  // begin < 2^63, so the sum stays below 2^64
  return {begin.value + static_cast<std::uint64_t>(std::clamp(size, 1.0, kLargest))};
}

RangeSource::RangeSource(StateRange interval, WorkModel model, RangeSizing sizing)
    : model_(model), sizing_(sizing), ramp_(sizing.first_work) {
  assert(sizing.takers >= 1 && sizing.first_work > 0);
  if (!interval.empty()) pieces_.push_back(interval);
}

StateRange RangeSource::rest() const noexcept {
  return pieces_.empty() ? StateRange{} : StateRange{pieces_.back().begin, pieces_.front().end};
}

void RangeSource::remove(StateRange done) {
  std::vector<StateRange> left;
  left.reserve(pieces_.size() + 1);
  for (const StateRange& piece : pieces_) {
    const StateRange above{std::max(piece.begin, done.end), piece.end};
    const StateRange below{piece.begin, std::min(piece.end, done.begin)};
    if (above.begin < above.end) left.push_back(above);
    if (below.begin < below.end) left.push_back(below);
  }
  pieces_ = std::move(left);
  later_work_ = 0;
  for (std::size_t i = 0; i + 1 < pieces_.size(); ++i) later_work_ += model_.work(pieces_[i]);
}

std::optional<StateRange> RangeSource::next() {
  if (pieces_.empty()) return std::nullopt;
  StateRange& first = pieces_.back();
  const double share = (model_.work(first) + later_work_) / (4.0 * sizing_.takers);
  const double wanted = std::min({ramp_, sizing_.largest_work, std::max(share, sizing_.first_work)});
  ramp_ = std::min(2 * ramp_, sizing_.largest_work);
  const StateIndex end = std::min(model_.end_for(first.begin, wanted), first.end);
  const std::uint64_t size = std::min(end.value - first.begin.value, sizing_.largest_size);
  const StateRange range{first.begin, {first.begin.value + size}};
  first.begin = range.end;
  if (first.empty()) {
    pieces_.pop_back();
    if (!pieces_.empty()) later_work_ = std::max(0.0, later_work_ - model_.work(pieces_.back()));
  }
  return range;
}

}  // namespace gforbit::core
