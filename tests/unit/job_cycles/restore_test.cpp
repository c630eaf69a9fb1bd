// A run that was interrupted anywhere, restored from what it had kept, ends with the same results.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

#include "cycles/checkpoint_compaction.hpp"
#include "cycles/checkpoint_record.hpp"
#include "gforbit/core/error.hpp"
#include "seed.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::Batch;
using testing_support::memory_for_marks;
using testing_support::real_clock;
using testing_support::run_plan;

using Records = std::vector<store::JournalRecord>;

PlanSettings settings_of(int ranks, std::uint64_t marks) {
  PlanSettings settings;
  settings.mapping.ranks = ranks;
  settings.mapping.stored = 100;
  settings.mapping.whole_limit = 10000;
  settings.mapping.memory_bytes = memory_for_marks(marks);
  return settings;
}

/// Small and large, nonsingular and singular, with walks that are cut, by algebra, failing, coalesced.
std::vector<std::string> lines() {
  return {
      R"({"field": 2, "degree": 20, "feedback": "x0 + x3 + x1*x2 + x19"})",
      R"({"field": 2097169, "degree": 1, "feedback": "x0 + 1"})",
      R"({"field": 2, "degree": 20, "feedback": "x1 + x3*x2 + x0*x4 + 1"})",
      R"({"field": 3, "degree": 11, "feedback": "x0 + x1*x2^2"})",
      R"({"field": 2, "degree": 5, "feedback": "x0 + x1*x2"})",
      R"({"field": 2, "degree": 100, "feedback": "x0 + x1*x2"})",
      R"({"field": 2, "degree": 20, "coefficients": [1,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]})",
      R"({"field": 2, "degree": 22, "feedback": "x0 + x4*x6 + x8"})",
      R"({"field": 2, "degree": 6, "feedback": "x1*x2"})",
      R"({"system": {"field": 2, "registers": [{"name": "s", "length": 8, "feedback": "s0 + s3 + b1*b2"}, )"
      R"({"name": "b", "length": 12, "feedback": "b0 + s0 + b3*b4", "updates": {"0": "b1 + b2*s4"}}]}})",
      R"({"system": {"field": 3, "registers": [{"name": "s", "length": 4, "feedback": "s0 + b1*b2"}, )"
      R"({"name": "b", "length": 7, "feedback": "b0 + s0*s1"}]}})",
      R"({"system": {"field": 2, "registers": [{"name": "s", "length": 7, "feedback": "s0*b1 + s3"}, )"
      R"({"name": "b", "length": 8, "feedback": "b0 + s0"}]}})",
      R"({"field": 2, "degree": 20, "feedback": "x3 + x0 + x2*x1 + x19"})"};
}

/// `records` as a checkpoint holds them: in batches of any size, each condensed, and once more with the next
/// batch where the write failed.
Records as_written(const Records& records, std::mt19937_64& random) {
  Records written, unwritten;
  for (std::size_t at = 0; at < records.size();) {
    const std::size_t n = std::min<std::size_t>(1 + random() % 40, records.size() - at);
    const auto first = records.begin() + static_cast<std::ptrdiff_t>(at);
    unwritten.insert(unwritten.end(), first, first + static_cast<std::ptrdiff_t>(n));
    unwritten = condense(std::move(unwritten));
    at += n;
    if (random() % 3 == 0 && at < records.size()) continue;
    written.insert(written.end(), std::make_move_iterator(unwritten.begin()),
                   std::make_move_iterator(unwritten.end()));
    unwritten.clear();
  }
  return written;
}

/// `records` of a journal after its compaction.
Records compacted(const Records& records) {
  CheckpointCompaction compaction;
  for (const auto& record : records) compaction.see(record);
  Records kept;
  for (const auto& record : records) {
    if (auto stays = compaction.keep(record)) kept.push_back(*std::move(stays));
  }
  Records rest = compaction.rest();
  kept.insert(kept.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
  return kept;
}

std::uint64_t bytes_of(const Records& records) {
  std::uint64_t sum = 0;
  for (const auto& record : records) sum += record.payload.size();
  return sum;
}

struct Outcome {
  std::vector<RowResult> rows;
  Records kept;
};

/// Restores `earlier` and runs to the end.
Outcome run(Batch& batch, PlanSettings settings, int threads, const Records& earlier) {
  CyclesPlan plan(batch.input(), settings, real_clock());
  for (const auto& record : earlier) plan.survey(record);
  for (const auto& record : earlier) plan.restore(record);
  plan.end_restore();
  Outcome outcome;
  plan.keep_results([&](store::JournalRecord record) { outcome.kept.push_back(std::move(record)); });
  run_plan(plan, {settings.mapping.ranks, threads});
  EXPECT_TRUE(plan.finished());
  outcome.rows = testing_support::all_rows(plan);
  return outcome;
}

void expect_equal(const std::vector<RowResult>& a, const std::vector<RowResult>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    SCOPED_TRACE(fmt::format("row {}", i));
    EXPECT_EQ(a[i].status, b[i].status) << a[i].message << " / " << b[i].message;
    EXPECT_EQ(a[i].message, b[i].message);
    EXPECT_EQ(a[i].coalesced_into, b[i].coalesced_into);
    EXPECT_EQ(a[i].method, b[i].method);
    EXPECT_EQ(a[i].coverage_verified, b[i].coverage_verified);
    EXPECT_EQ(a[i].map.cycles.distribution(), b[i].map.cycles.distribution());
    EXPECT_EQ(a[i].map.cycles.rows(), b[i].map.cycles.rows());
    EXPECT_EQ(a[i].map.transient_states, b[i].map.transient_states);
    EXPECT_EQ(a[i].map.max_transient_length, b[i].map.max_transient_length);
    EXPECT_EQ(a[i].map.leaf_states, b[i].map.leaf_states);
    EXPECT_EQ(a[i].map.basin_sizes, b[i].map.basin_sizes);
    EXPECT_EQ(a[i].map.transient_lengths, b[i].map.transient_lengths);
  }
}

std::set<UnitKind> kinds_of(const Records& records) {
  std::set<UnitKind> kinds;
  for (const auto& record : records) {
    if (record.type == static_cast<std::uint32_t>(RecordType::range))
      kinds.insert(RangeRecord::read(record.payload).unit.kind);
  }
  return kinds;
}

/// @param base  options of all runs
void interrupt_anywhere(const PlanSettings& base, int rounds) {
  std::mt19937_64 random(testing_support::test_seed());
  Batch batch(lines(), {"--verify"});
  PlanSettings settings = base;
  settings.mapping.simd = cycles::SimdLevel::scalar;
  const Outcome scalar = run(batch, settings, 2, {});
  settings.mapping.simd = cycles::Simd();
  Outcome whole = run(batch, settings, 2, {});
  expect_equal(scalar.rows, whole.rows);
  EXPECT_GE(whole.kept.size(), 20u);
  const std::set<UnitKind> kinds = kinds_of(whole.kept);
  for (const auto kind :
       {UnitKind::segments, UnitKind::short_cycles, UnitKind::leaders, UnitKind::walks, UnitKind::basins,
        UnitKind::rims, UnitKind::interleaved, UnitKind::contraction, UnitKind::basin_search}) {
    EXPECT_TRUE(kinds.contains(kind)) << static_cast<int>(kind);
  }
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    Records earlier;
    Outcome last = round % 2 == 0 ? whole : scalar;
    // Interrupted up to three times, each time with other ranks, threads, memory and vector level.
    for (auto interruptions = 1 + random() % 3; interruptions > 0; --interruptions) {
      const auto n = static_cast<std::ptrdiff_t>(random() % (last.kept.size() + 1));
      Records written = as_written({last.kept.begin(), last.kept.begin() + n}, random);
      // The last write may be torn.
      if (random() % 2 == 0 && !written.empty()) written.resize(written.size() - random() % written.size());
      earlier.insert(earlier.end(), written.begin(), written.end());
      if (random() % 2 == 0) earlier = compacted(earlier);
      settings.mapping.ranks = static_cast<int>(1 + random() % 3);
      settings.mapping.threads = 1 << random() % 12;  // as the plan believes
      settings.mapping.memory_bytes = memory_for_marks(256 << random() % 5);
      settings.mapping.simd = random() % 2 == 0 ? cycles::Simd(cycles::SimdLevel::scalar) : cycles::Simd();
      last = run(batch, settings, static_cast<int>(1 + random() % 3), earlier);
      expect_equal(last.rows, whole.rows);
      if (testing::Test::HasFailure()) return;
    }
  }
}

PlanSettings verified_with_basins() {
  PlanSettings settings = settings_of(2, 1024);
  settings.verify = true;
  settings.mapping.basins = true;
  return settings;
}

TEST(Restore, ARunThatIsInterruptedAnywhereEndsWithTheSameResults) {
  interrupt_anywhere(verified_with_basins(), 6);
}

TEST(Restore, ARunThatMapsTwiceAndIsInterruptedAnywhereEndsWithTheSameResults) {
  PlanSettings settings = verified_with_basins();
  settings.double_check = true;
  interrupt_anywhere(settings, 6);
}

TEST(Restore, ASecondMappingFindsTheSame) {
  Batch batch(lines(), {"--verify"});
  PlanSettings settings = verified_with_basins();
  const Outcome once = run(batch, settings, 2, {});
  for (const int ranks : {1, 3}) {
    settings.double_check = true;
    settings.mapping.ranks = ranks;
    const Outcome twice = run(batch, settings, 2, {});
    expect_equal(twice.rows, once.rows);
    const bool again = std::ranges::any_of(twice.kept, [](const store::JournalRecord& record) {
      return record.type == static_cast<std::uint32_t>(RecordType::range) &&
             RangeRecord::read(record.payload).is_of_second_mapping();
    });
    EXPECT_TRUE(again);
  }
}

// A run of few threads finds longer cycles directly than one of many does: what counts is how the first
// began.
TEST(Restore, ShortCyclesAreFoundOnceWhateverTheThreads) {
  Batch batch({lines()[0]});
  const PlanSettings few = settings_of(1, 1024);
  PlanSettings many = few;
  many.mapping.threads = 1 << 12;
  const Outcome by_few = run(batch, few, 1, {}), by_many = run(batch, many, 1, {});
  expect_equal(by_few.rows, by_many.rows);
  const auto go_on = [&](const PlanSettings& settings, const Records& kept) {
    for (auto end = kept.begin(); end != kept.end(); ++end)
      expect_equal(run(batch, settings, 1, {kept.begin(), end}).rows, by_few.rows);
  };
  go_on(many, by_few.kept);
  go_on(few, by_many.kept);
}

TEST(Restore, WithEverythingKeptNothingIsLeftToDo) {
  Batch batch(lines());
  const PlanSettings settings = settings_of(1, 1024);
  const Outcome whole = run(batch, settings, 2, {});
  const Outcome again = run(batch, settings, 1, condense(whole.kept));
  expect_equal(again.rows, whole.rows);
  EXPECT_TRUE(std::all_of(again.rows.begin(), again.rows.end(),
                          [](const RowResult& row) { return row.map.steps == 0 || row.n_ranges > 0; }));
  // What fails without any work is found out again; nothing else is.
  EXPECT_TRUE(again.kept.empty());
}

TEST(Restore, WhatWasAtWorkIsAtWorkAgainAndWhatEndedHasEnded) {
  Batch batch(lines());
  const PlanSettings settings = settings_of(1, 1024);
  const Outcome whole = run(batch, settings, 2, {});
  std::set<std::uint64_t> ended, at_work;
  CyclesPlan plan(batch.input(), settings, real_clock());
  const std::uint64_t all = plan.statistics().pending;
  for (const auto& record : whole.kept) {
    plan.restore(record);
    if (record.type == static_cast<std::uint32_t>(RecordType::row)) {
      const std::uint64_t row = RowRecord::read(record.payload).report.row;
      ended.insert(row);
      at_work.erase(row);
    } else {
      at_work.insert(RangeRecord::read(record.payload).unit.row);
    }
    const sched::QueueStatistics queue = plan.statistics();
    EXPECT_EQ(queue.completed, ended.size());
    EXPECT_EQ(queue.running, at_work.size());
    EXPECT_EQ(queue.pending, all - ended.size() - at_work.size());
  }
  EXPECT_FALSE(ended.empty());
}

TEST(Restore, CondensedRecordsOfOneRegisterAreFew) {
  Batch batch({lines()[0]});
  const Outcome whole = run(batch, settings_of(2, 4096), 2, {});
  ASSERT_GE(whole.kept.size(), 5u);
  const Records all_but_the_end(whole.kept.begin(), whole.kept.end() - 1);
  EXPECT_LE(condense(all_but_the_end).size(), 6u);  // kind, segments, walks, contraction, leaders, walks
  EXPECT_EQ(condense(whole.kept).size(), 1u);
}

// A long run: a checkpoint for every result. What a restart needs is little, once a register is contracted or
// has ended.
TEST(Restore, ACompactedJournalHasWhatARestartNeeds) {
  Batch batch({lines()[0], lines()[2], lines()[3]});
  const PlanSettings settings = settings_of(2, 4096);
  const Outcome whole = run(batch, settings, 2, {});
  const Records all = compacted(whole.kept);
  EXPECT_EQ(all.size(), 3u) << "a row each";
  Records with_contraction;  // of the first register, up to there
  for (const auto& record : whole.kept) {
    if (record.type != static_cast<std::uint32_t>(RecordType::range)) continue;
    const RecordedUnit unit = RangeRecord::read(record.payload).unit;
    if (unit.row != 0) continue;
    with_contraction.push_back(record);
    if (unit.kind == UnitKind::contraction) break;
  }
  const Records without(with_contraction.begin(), with_contraction.end() - 1);
  EXPECT_GT(bytes_of(compacted(without)), std::uint64_t{8} * 512);
  EXPECT_LT(bytes_of(compacted(with_contraction)), bytes_of(compacted(without)) / 2);
  CheckpointCompaction seen;
  for (const auto& record : with_contraction) seen.see(record);
  EXPECT_GE(seen.outdated_bytes(), std::uint64_t{8} * 512);
}

TEST(Restore, OfARegisterThatIsTriedAgainTheLastAttemptCounts) {
  Batch batch({lines()[0]});
  const PlanSettings settings = settings_of(2, 1024);
  const Outcome whole = run(batch, settings, 2, {});
  const Records ranges(whole.kept.begin(), whole.kept.end() - 1);
  RowRecord late = RowRecord::read(whole.kept.back().payload);
  late.report.status = RowStatus::timed_out;
  late.limit_s = 1;
  for (const std::size_t n : {std::size_t{1}, ranges.size() / 2, ranges.size()}) {
    for (const std::size_t m : {std::size_t{0}, std::size_t{1}, ranges.size() / 2, ranges.size()}) {
      SCOPED_TRACE(fmt::format("{} ranges, the end of its time, {} ranges", n, m));
      Records journal(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(n));
      journal.push_back(late.journal());
      journal.insert(journal.end(), ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(m));
      expect_equal(run(batch, settings, 2, journal).rows, whole.rows);
      expect_equal(run(batch, settings, 2, compacted(journal)).rows, whole.rows);
    }
  }
}

TEST(Restore, RecordsThatContradictEachOtherAreRefused) {
  Batch batch({lines()[0]});
  const PlanSettings settings = settings_of(1, 1024);
  const Outcome whole = run(batch, settings, 1, {});
  const auto restore = [&](const Records& records) {
    CyclesPlan plan(batch.input(), settings, real_clock());
    for (const auto& record : records) plan.restore(record);
  };
  EXPECT_NO_THROW(restore(whole.kept));
  Records without_the_first(whole.kept.begin() + 1, whole.kept.end());
  EXPECT_THROW(restore(without_the_first), core::ProtocolError);
  Records the_end_twice = whole.kept;
  the_end_twice.push_back(whole.kept.back());
  EXPECT_THROW(restore(the_end_twice), core::ProtocolError);
  EXPECT_THROW(restore({{1, core::Bytes(3)}}), core::CorruptRecord);
  EXPECT_THROW(restore({{99, {}}}), core::ProtocolError);
}

}  // namespace
}  // namespace gforbit::job_cycles
