// Units and results as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "hostile_bytes.hpp"
#include "stream/units.hpp"

namespace gforbit::job_stream {
namespace {

using testing_support::expect_hostile_bytes_refused;
using Body = std::span<const std::byte>;

TEST(Records, OfUnits) {
  UnitBody unit;
  unit.text = "range(3) * table(t)";
  unit.place = unit.state = core::ByteWriter().put(7).take();
  expect_hostile_bytes_refused(unit.bytes(), [](Body body) { (void)UnitBody::read(body); });
}

TEST(Records, OfAnUnknownTreatmentOfErrorsAreRefused) {
  UnitBody unit;
  unit.on_error = stream::OnError(3);
  EXPECT_THROW((void)UnitBody::read(unit.bytes()), core::CorruptRecord);
}

TEST(Records, OfResults) {
  UnitResult result;
  result.rows = core::ByteWriter().put(7).take();
  result.metrics.resize(2);
  expect_hostile_bytes_refused(
      result.bytes(), [](Body body) { (void)UnitResult::read(body); }, sizeof result.errors);
}

// Merging such metrics would write behind the buckets.
TEST(Records, OfMetricsWithUnknownBucketsAreRefused) {
  UnitResult result;
  result.metrics.resize(1);
  core::Bytes bytes = result.bytes();
  std::fill(bytes.end() - sizeof(stream::TermMetrics) - sizeof result.errors, bytes.end(), std::byte{0xff});
  EXPECT_THROW((void)UnitResult::read(bytes), core::CorruptRecord);
}

TEST(Records, OfRows) {
  UnitRows rows;
  stream::Batch batch;
  batch.size = 2;
  batch.indices = stream::Indices::counting(5);
  batch.columns.push_back(stream::make_slice(std::vector<std::int64_t>{1, 2}));
  rows.kept = {{batch}, {}};
  rows.letters.push_back({3, 1, "too short"});
  expect_hostile_bytes_refused(
      put_rows(rows), [](Body body) { (void)get_rows(body); },
      sizeof(std::uint64_t));  // the text of the record: empty
}

}  // namespace
}  // namespace gforbit::job_stream
