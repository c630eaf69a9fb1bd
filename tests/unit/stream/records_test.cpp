// Batches as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include "gforbit/stream/batch.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::stream {
namespace {

void expect_batch(const Batch& batch) {
  core::ByteWriter out;
  put_batch(out, batch);
  testing_support::expect_hostile_bytes_refused(out.take(), [](std::span<const std::byte> body) {
    core::ByteReader in(body);
    (void)get_batch(in);
  });
}

TEST(Records, OfBatchesOfNumbersAndTexts) {
  Batch batch;
  batch.size = 3;
  batch.indices = Indices::list(std::vector<std::uint64_t>{1, 5, 6});
  batch.columns.push_back(make_slice(std::vector<std::int64_t>{1, 2, 3}));
  batch.columns.push_back(make_slice(std::vector<double>{1, 2, 3}));
  batch.columns.push_back(make_slice(std::vector<std::string>{"a", "", "longer"}));
  expect_batch(batch);
}

TEST(Records, OfBatchesOfElements) {
  Batch batch;
  batch.size = 2;
  batch.indices = Indices::counting(4);
  batch.columns.push_back(Elements::of_symbols({3, 4}));
  batch.columns.push_back(Elements::of_bits({2}, 2));
  batch.columns.push_back(
      make_slice(std::vector<Elements>{Elements::of_bits({1, 2}, 70), Elements::of_symbols({})}));
  expect_batch(batch);
}

}  // namespace
}  // namespace gforbit::stream
