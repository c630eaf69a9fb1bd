#include "gforbit/core/error.hpp"

#include <gtest/gtest.h>

#include <new>
#include <system_error>

namespace gforbit::core {
namespace {

TEST(MessageOf, SaysWhatHelpsWhereTheLibraryHasNoWords) {
  EXPECT_NE(message_of(std::bad_alloc()).find("--memory"), std::string::npos);
  EXPECT_NE(message_of(std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again)))
                .find("--threads"),
            std::string::npos);
  EXPECT_EQ(message_of(UsageError("as it is")), "as it is");
  EXPECT_EQ(message_of(std::system_error(std::make_error_code(std::errc::timed_out), "clock")),
            std::system_error(std::make_error_code(std::errc::timed_out), "clock").what());
}

}  // namespace
}  // namespace gforbit::core
