/// A plan for tests of the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::sched {

/// Sums the integers of an interval range by range.
class SumPlan final : public WorkPlan {
 public:
  SumPlan(std::uint64_t end, double range_work, int ranks)
      : source_({{0}, {end}}, core::WorkModel::uniform(1),
                {.first_work = range_work, .largest_work = range_work, .takers = ranks}) {}

  std::optional<Unit> next(int) override {
    if (stopped_) return std::nullopt;
    const auto range = source_.next();
    if (!range) return std::nullopt;
    ++out_;
    return Unit{range->begin.value % 7, core::ByteWriter().put(*range).take()};
  }
  void completed(const Unit& unit, std::span<const std::byte> result) override {
    --out_;
    const auto range = core::ByteReader(unit.body).get<core::StateRange>();
    seen_ += range.size();
    sum_ += core::ByteReader(result).get<std::uint64_t>();
  }
  void failed(const Unit&, const std::string& message) override {
    --out_;
    messages_.insert(message);
    ++failures_;
  }
  std::vector<std::uint64_t> take_cancelled() override { return std::exchange(cancelled_, {}); }
  void tick() override {
    if (stop_when_seen_ != 0 && seen_ >= stop_when_seen_) stop();
  }
  bool finished() const override { return stopped_ || (source_.rest().empty() && out_ == 0); }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    for (std::uint64_t item = 0; item < 7; ++item) cancelled_.push_back(item);
  }

  core::RangeSource source_;
  std::uint64_t seen_ = 0, sum_ = 0, out_ = 0, failures_ = 0;
  std::uint64_t stop_when_seen_ = 0;
  std::set<std::string> messages_;
  std::vector<std::uint64_t> cancelled_;
  bool stopped_ = false;
};

}  // namespace gforbit::sched
