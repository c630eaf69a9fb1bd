/// The session that the tests of a program share, from before the first to after the last.
#pragma once

#include <memory>

#include "gforbit/comm/session.hpp"

namespace gforbit::testing_support {

extern std::unique_ptr<comm::Session> session;

}  // namespace gforbit::testing_support
