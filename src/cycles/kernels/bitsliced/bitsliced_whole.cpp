// A register mapped by one thread with the bit-sliced kernel: segments, contraction, short cycles, leaders,
// certificate.

#include <limits>
#include <stdexcept>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/contraction.hpp"

namespace gforbit::cycles {

namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

class WholeMapping {
 public:
  WholeMapping(const fsr::Register& reg, std::uint64_t marks, std::uint64_t stored, SimdLevel level,
               core::StopSignal stop)
      : reg_(reg),
        marks_(marks),
        level_(level),
        stop_(std::move(stop)),
        partition_(bitsliced_partition(reg, marks)),
        census_(stored),
        missing_(reg.enumerable_state_count().value()) {}

  std::optional<MapResult> run() {
    find_cycles_with_marks();
    if (missing_ > 0) find_short_cycles();
    for (std::size_t c = 1; c < partition_.size() && !stop_.stop_requested(); ++c) {
      if (all_.seen[c] < partition_.interval(c).size()) find_leaders(partition_.interval(c));
    }
    if (stop_.stop_requested()) return std::nullopt;
    check_classes();
    return MapResult{.cycles = std::move(census_), .steps = all_.steps};
  }

 private:
  void find_cycles_with_marks() {
    const core::StateRange range{{0}, {marks_}};
    SegmentBlock table(range);
    make_bitsliced_kernel(reg_, marks_, partition_, level_, 0)->segments(range, kNoLimit, table, all_, stop_);
    if (stop_.stop_requested()) return;
    Contraction contraction(table, CycleCensus::kAll);
    while (!contraction.advance(marks_)) continue;
    census_.merge(contraction.census());
    missing_ -= static_cast<std::uint64_t>(contraction.census().states());
  }

  void find_short_cycles() {
    const ShortCycles search(reg_, level_);
    known_periods_ = search.longest(kShortCyclesShare * static_cast<double>(*reg_.enumerable_state_count()));
    for (int period = 1; period <= known_periods_ && missing_ > 0 && !stop_.stop_requested(); ++period) {
      Findings findings;
      search.find(period, partition_, findings, stop_);
      add(std::move(findings));
    }
  }

  void find_leaders(core::StateRange candidates) {
    Findings findings;
    make_bitsliced_kernel(reg_, marks_, partition_, level_, known_periods_, sieve_)
        ->leaders(candidates, missing_, kNoLimit, findings, stop_);
    add(std::move(findings));
  }

  void add(Findings&& findings) {
    for (const Cycle& cycle : findings.cycles) {
      census_.add(cycle);
      if (cycle.period > missing_)
        throw core::CertificateError("more states than there are: a cycle was counted twice");
      missing_ -= cycle.period;
    }
    findings.cycles.clear();
    all_.merge(std::move(findings));
  }

  void check_classes() const {
    for (std::size_t c = 0; c < partition_.size(); ++c) {
      if (all_.seen[c] != partition_.interval(c).size()) {
        throw core::CertificateError(
            "the certificate does not close: states are missing after all were searched");
      }
    }
  }

  const fsr::Register& reg_;
  std::uint64_t marks_;
  SimdLevel level_;
  core::StopSignal stop_;
  Partition partition_;
  CycleCensus census_;
  std::uint64_t missing_;  ///< states not on a cycle found so far
  Findings all_;
  int known_periods_ = 0;
  std::shared_ptr<LeaderSieve> sieve_ = std::make_shared<LeaderSieve>(reg_, level_);
};

}  // namespace

std::optional<MapResult> map_bijection_bitsliced(const fsr::Register& reg, std::uint64_t marks,
                                                 std::uint64_t stored, SimdLevel level,
                                                 core::StopSignal stop) {
  return WholeMapping(reg, marks, stored, level, std::move(stop)).run();
}

}  // namespace gforbit::cycles
