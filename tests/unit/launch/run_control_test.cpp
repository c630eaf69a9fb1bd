#include "launch/run_control.hpp"

#include <gtest/gtest.h>

namespace gforbit::launch {
namespace {

using sys::Seconds;

TEST(SnapshotPause, IsStretchedWhereSnapshotsTakeLong) {
  EXPECT_EQ(snapshot_pause(Seconds(60), Seconds(0)), Seconds(60));
  EXPECT_EQ(snapshot_pause(Seconds(60), Seconds(1)), Seconds(60));
  EXPECT_EQ(snapshot_pause(Seconds(60), Seconds(5)), Seconds(95));
  EXPECT_EQ(snapshot_pause(Seconds(0), Seconds(5)), Seconds(0)) << "there are none";
}

}  // namespace
}  // namespace gforbit::launch
