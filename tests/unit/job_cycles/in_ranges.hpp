/// Registers mapped in many small ranges, beside the same maps made at once.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::testing_support {

using job_cycles::PlanSettings;
using job_cycles::RowMethod;
using job_cycles::RowResult;
using job_cycles::RowStatus;

/// Every register in ranges, by scalar kernels, which cut small registers in many.
inline PlanSettings in_ranges(std::uint64_t marks = 64, int ranks = 1) {
  PlanSettings settings;
  settings.mapping.ranks = ranks;
  settings.mapping.stored = cycles::CycleCensus::kAll;
  settings.mapping.whole_limit = 0;
  settings.mapping.memory_bytes = memory_for_marks(marks);
  settings.mapping.simd = cycles::SimdLevel::scalar;
  settings.mapping.peel = false;
  return settings;
}

inline fsr::Register parsed(std::uint64_t q, int degree, const std::string& feedback) {
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, feedback));
}

inline void expect_map(const RowResult& row, const cycles::MapResult& whole) {
  ASSERT_EQ(row.status, RowStatus::completed) << row.message;
  EXPECT_TRUE(row.coverage_verified);
  EXPECT_EQ(row.method, RowMethod::enumerated);
  EXPECT_EQ(row.map.cycles.distribution(), whole.cycles.distribution());
  EXPECT_EQ(row.map.cycles.rows(), whole.cycles.rows());
  EXPECT_EQ(row.map.transient_states, whole.transient_states);
  EXPECT_EQ(row.map.max_transient_length, whole.max_transient_length);
  EXPECT_EQ(row.map.leaf_states, whole.leaf_states);
}

inline cycles::MapResult map_whole(const fsr::Register& reg) {
  const fsr::Stepper step(reg);
  const bool nonsingular = fsr::is_nonsingular(reg.feedback()).value();
  return (nonsingular ? cycles::map_bijection(step, cycles::CycleCensus::kAll, {})
                      : cycles::map_functional_graph(step, cycles::CycleCensus::kAll, {}))
      .value();
}

inline void expect_failed(const RowResult& row, const std::vector<std::string>& words) {
  EXPECT_EQ(row.status, RowStatus::failed);
  EXPECT_FALSE(row.coverage_verified);
  const bool told = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return row.message.find(word) != std::string::npos;
  });
  EXPECT_TRUE(told) << "the message is: " << row.message;
}

inline constexpr int kDegree = 16;
/// Divides x^17 - 1: all cycles of the register of degree kDegree but one have 17 states.
inline constexpr const char* kEqualPeriods =
    "x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11 + x12 + x13 + x14 + x15";

}  // namespace gforbit::testing_support
