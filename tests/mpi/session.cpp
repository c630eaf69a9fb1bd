#include "mpi/session.hpp"

#include <gtest/gtest.h>

namespace gforbit::testing_support {

std::unique_ptr<comm::Session> session;

}  // namespace gforbit::testing_support

int main(int argc, char** argv) {
  using gforbit::testing_support::session;
  testing::InitGoogleTest(&argc, argv);
  session = std::make_unique<gforbit::comm::Session>();
  const int status = RUN_ALL_TESTS();
  session.reset();
  return status;
}
