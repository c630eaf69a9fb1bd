#include "cycles/verdict.hpp"

#include <utility>

namespace gforbit::job_cycles {

namespace {

/// The sum over the distribution; what the algebraic method has instead of an independent count.
core::Natural states_of(const cycles::AlgebraicMap& map) {
  core::Natural sum = map.transient_states;
  for (const auto& [period, n] : map.distribution) sum += period * n;
  return sum;
}

bool same_cycles(const cycles::CycleCensus& census, const cycles::AlgebraicMap& map) {
  if (census.distribution().size() != map.distribution.size()) return false;
  auto algebraic = map.distribution.begin();
  for (const auto& [period, n] : census.distribution()) {
    if (algebraic->first != period || algebraic->second != n) return false;
    ++algebraic;
  }
  return true;
}

bool agree(const MapReport& report) {
  const auto& map = report.algebra->map;
  return same_cycles(report.cycles, map) && report.transient_states == map.transient_states &&
         report.max_transient_length == map.max_transient_length && report.leaf_states == map.leaf_states;
}

void fail(RowResult& result, std::string message) {
  result.status = RowStatus::failed;
  result.message = std::move(message);
}

void judge_algebra(RowResult& result) {
  const AlgebraReport& algebra = *result.map.algebra;
  if (!algebra.complete) {
    result.message = algebra.message + "; what is proven is in /runtime/partial";
    result.status = algebra.stopped ? RowStatus::timed_out : RowStatus::failed;
  } else if (states_of(algebra.map) != result.map.state_count) {
    fail(result, "the certificate does not close: the period distribution does not add up to all states");
  } else {
    result.status = RowStatus::completed;
    result.message = algebra.message;
    result.method = RowMethod::algebraic;
    result.coverage_verified = true;
  }
}

void judge_enumeration(RowResult& result) {
  const MapReport& map = result.map;
  if (!map.enumerated || !cycles::covers_all_states(map.state_count, map.cycles, map.transient_states)) {
    fail(result, "the certificate does not close: cycles and transient states do not add up to all states");
    return;
  }
  if (map.mappings_differ) {
    result.methods_disagree = true;
    fail(result,
         "two mappings of the register differ: this is an error of the machine (memory, processor) or of the "
         "program; run it again, and report the register if they differ again");
    return;
  }
  result.status = RowStatus::completed;
  result.method = RowMethod::enumerated;
  result.coverage_verified = true;
}

}  // namespace

void judge(MapReport report, WorkOrder order, RowResult& result) {
  result.map = std::move(report);
  if (result.map.status == RowStatus::failed) {
    fail(result, result.map.message);
  } else if (result.map.status == RowStatus::timed_out) {
    result.status = RowStatus::timed_out;
    result.message = "the time limit of this register ran out";
  } else if (result.map.status == RowStatus::cancelled) {
    result.status = RowStatus::cancelled;
    result.message = result.map.message;
  } else if (!order.enumerate) {
    judge_algebra(result);
  } else {
    judge_enumeration(result);
    if (result.status != RowStatus::completed || !order.algebra || !result.map.algebra->complete) return;
    if (agree(result.map)) {
      result.method = RowMethod::both;
    } else {
      result.methods_disagree = true;
      fail(result,
           "enumeration and algebra differ: this is an error of the program, please report the register");
    }
  }
}

bool has_maximal_period(const RowResult& result) {
  const MapReport& map = result.map;
  core::Natural longest = map.enumerated ? core::Natural(map.cycles.distribution().rbegin()->first)
                                         : map.algebra->map.max_period();
  return ++longest >= map.state_count;
}

}  // namespace gforbit::job_cycles
