// What kernels return, as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/trees.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::cycles {
namespace {

template <class Record>
void expect_record(const Record& record) {
  core::ByteWriter out;
  record.write(out);
  testing_support::expect_hostile_bytes_refused(out.take(), [](std::span<const std::byte> body) {
    core::ByteReader in(body);
    (void)Record::read(in);
  });
}

CycleCensus some_cycles() {
  CycleCensus census(2);
  census.add({0, 1});
  census.add({1, 7});
  census.add({3, 7});
  return census;
}

TEST(Records, OfACensus) {
  expect_record(some_cycles());
}

TEST(Records, OfFindings) {
  Findings findings;
  findings.cycles = {{0, 1}, {5, 12}};
  findings.counted = some_cycles();
  findings.segments = {{1, 2, 3}};
  findings.open = {{OpenWalk::Purpose::leader, 1, 2, 3, 4}};
  findings.seen = {1, 2, 3};
  findings.steps = 17;
  expect_record(findings);
}

TEST(Records, OfTrees) {
  TreeFindings findings;
  findings.basins = {{1, 2, 3}};
  findings.segments = findings.attachments = {{1, 2, 3}};
  findings.cycles = {{5, 12}};
  findings.open_basins.resize(1);
  findings.open_rims.resize(1);
  findings.open_leaders.resize(1);
  findings.seen = {4, 5};
  expect_record(findings);
}

SegmentBlock some_segments() {
  SegmentBlock block({{10}, {14}});
  block.set(11, 3, 5);
  block.set(12, 4, std::uint64_t{1} << 40);
  return block;
}

TEST(Records, OfSegments) {
  expect_record(some_segments());
}

TEST(Records, OfSegmentsIntoABlock) {
  core::ByteWriter out;
  some_segments().write(out);
  const core::Bytes bytes = out.take();
  SegmentBlock elsewhere({{0}, {12}});
  core::ByteReader in(bytes);
  EXPECT_THROW(elsewhere.insert(in), core::CorruptRecord);
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 2000; ++round) {
    SegmentBlock whole({{8}, {20}});
    core::Bytes changed = bytes;
    if (round % 2 == 0) changed.resize(random() % bytes.size());
    if (!changed.empty()) changed[random() % changed.size()] = static_cast<std::byte>(random());
    core::ByteReader from(changed);
    try {
      whole.insert(from);
    } catch (const core::CorruptRecord&) {
    }
  }
}

}  // namespace
}  // namespace gforbit::cycles
