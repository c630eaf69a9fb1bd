// The placement that ranks tell each other, as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include "gforbit/sys/placement.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::sys {
namespace {

TEST(Records, OfPlacements) {
  RankPlacement placement;
  placement.host = "node";
  placement.cores = {0, 1, 2};
  placement.places = {{0}, {1, 2}};
  placement.quotas.resize(1);
  placement.quotas[0].group = "/group";
  const core::Bytes bytes = to_bytes(placement);
  EXPECT_EQ(placement_from_bytes(bytes), placement);
  testing_support::expect_hostile_bytes_refused(
      bytes, [](std::span<const std::byte> body) { (void)placement_from_bytes(body); });
}

}  // namespace
}  // namespace gforbit::sys
