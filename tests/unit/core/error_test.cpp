#include "gforbit/core/error.hpp"

#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <string>
#include <system_error>

#include "gforbit/core/build_info.hpp"

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

TEST(StopsRun, ACorruptRecordABrokenProtocolAndABugDo) {
  EXPECT_TRUE(stops_run(CorruptRecord("")));
  EXPECT_TRUE(stops_run(ProtocolError("")));
  EXPECT_TRUE(stops_run(InternalError("")));
  EXPECT_TRUE(stops_run(std::out_of_range("of the standard library")));
  EXPECT_TRUE(stops_run(std::bad_optional_access()));
  EXPECT_FALSE(stops_run(CertificateError("")));
  EXPECT_FALSE(stops_run(InputError("")));
  EXPECT_FALSE(stops_run(std::bad_alloc()));
  EXPECT_FALSE(stops_run(std::length_error("more memory than there is")));
  EXPECT_FALSE(stops_run(std::runtime_error("")));
}

TEST(MessageOf, AsksForAReportOfABugAndNamesTheVersion) {
  for (const std::string& text :
       {message_of(InternalError("two is three")), message_of(std::out_of_range("two is three"))}) {
    EXPECT_TRUE(text.starts_with("internal error: two is three; ")) << text;
    EXPECT_NE(text.find("please report it"), std::string::npos) << text;
    EXPECT_NE(text.find(build_info().version), std::string::npos) << text;
  }
  EXPECT_EQ(message_of(CertificateError("states are missing")), "states are missing");
  EXPECT_NE(message_of(CorruptRecord("it ends early")).find("it ends early: memory or network"),
            std::string::npos);
}

}  // namespace
}  // namespace gforbit::core
