#include "gforbit/sys/log.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <sstream>
#include <vector>

#include "gforbit/core/text.hpp"

namespace gforbit::sys {
namespace {

using namespace std::chrono_literals;

/// A log on a string, at 2026-11-20T22:00:00Z, whose time moves when the test says so.
class LogTest : public testing::Test {
 protected:
  std::unique_ptr<Log> make(Log::Options options) {
    return std::make_unique<Log>(out_, options, [this] { return at_; });
  }
  void pass(std::chrono::milliseconds time) {
    at_.wall += time;
    at_.steady += time;
  }
  /// What was written since the last call.
  std::string take() {
    std::string text = out_.str();
    out_.str({});
    return text;
  }

  std::ostringstream out_;
  Moment at_{std::chrono::system_clock::time_point(1795212000s), SteadyTime(1000s)};
  const Progress half_{.done = 0.4219, .rate = 1.3e9, .unit = "states", .seconds_left = 12, .ranks = 3};
};

constexpr Log::Options kLines{.style = ProgressStyle::lines};
constexpr Log::Options kBar{.style = ProgressStyle::bar};
constexpr Log::Options kJson{.format = LogFormat::json, .style = ProgressStyle::lines};

TEST(ProgressStyleRule, BarNeedsTerminalAndText) {
  using enum ProgressMode;
  using S = ProgressStyle;
  EXPECT_EQ(progress_style(automatic, LogFormat::text, true, false), S::bar);
  EXPECT_EQ(progress_style(automatic, LogFormat::text, true, true), S::lines);
  EXPECT_EQ(progress_style(automatic, LogFormat::text, false, false), S::lines);
  EXPECT_EQ(progress_style(automatic, LogFormat::json, true, false), S::lines);
  EXPECT_EQ(progress_style(always, LogFormat::text, true, true), S::bar);
  EXPECT_EQ(progress_style(always, LogFormat::text, false, false), S::lines);
  EXPECT_EQ(progress_style(always, LogFormat::json, true, true), S::lines);
  EXPECT_EQ(progress_style(never, LogFormat::text, true, false), S::none);
}

TEST(ProgressText, LeavesOutWhatIsUnknown) {
  EXPECT_EQ(progress_text({.done = 0.421, .rate = 1.3e9, .seconds_left = 12, .ranks = 3}),
            "42.1 %  1.3e9 states/s  12 s left  3 ranks");
  EXPECT_EQ(progress_text({.done = -1, .rate = -1, .ranks = 2, .busy_share = 0.956, .note = "1 running"}),
            "2 ranks  96 % busy  1 running");
  EXPECT_EQ(progress_text({.done = -1, .rate = -1}), "1 rank");
}

TEST(ProgressText, SaysHundredOnlyAtTheEnd) {
  EXPECT_EQ(progress_text({.done = 0.99999, .rate = -1}), "99.9 %  1 rank");
  EXPECT_EQ(progress_text({.done = 1, .rate = -1}), "100.0 %  1 rank");
}

TEST(Pacer, DistancesDoubleUpToAMinute) {
  const SteadyTime start{500s};
  ProgressPacer pacer(start);
  std::vector<int> printed;
  for (int tenth = 0; tenth <= 3000; ++tenth) {
    if (pacer.due(start + tenth * 100ms)) printed.push_back(tenth / 10);
  }
  EXPECT_EQ(printed, (std::vector{2, 4, 8, 16, 32, 64, 124, 184, 244}));
}

TEST_F(LogTest, TextLinesAreDated) {
  const auto log = make(kLines);
  log->info("start", "2 registers", {{"registers", std::int64_t{2}}});
  pass(61s);
  log->warning("placement", "ranks share cores");
  EXPECT_EQ(take(), "2026-11-20T22:00:00Z  2 registers\n2026-11-20T22:01:01Z  warning: ranks share cores\n");
}

TEST_F(LogTest, ProgressLinesHaveTheDocumentedForm) {
  const auto log = make(kLines);
  pass(2s);
  log->progress(half_);
  EXPECT_EQ(take(), "2026-11-20T22:00:02Z  42.1 %  1.3e9 states/s  12 s left  3 ranks\n");
}

TEST_F(LogTest, ProgressLinesAreSparseAndWithoutCarriageReturns) {
  const auto log = make(kLines);
  for (int i = 0; i < 60 * 10; ++i) {
    log->progress(half_);
    pass(100ms);
  }
  log->end_progress({.done = 1, .ranks = 3});
  const std::string text = take();
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6) << text;  // 2, 4, 8, 16, 32 s and the end
  EXPECT_NE(text.find("100.0 %"), std::string::npos);
}

TEST_F(LogTest, ShortJobSaysNothingUnlessAsked) {
  make(kLines)->end_progress({.done = 1});
  EXPECT_EQ(take(), "");
  make({.style = ProgressStyle::lines, .eager = true})->end_progress({.done = 1});
  EXPECT_NE(take().find("100.0 %"), std::string::npos);
}

TEST_F(LogTest, NoProgressWhereItIsOff) {
  const auto log = make({});
  pass(1h);
  log->progress(half_);
  log->end_progress(half_);
  EXPECT_EQ(take(), "");
}

TEST_F(LogTest, StateIsSaidWhenAskedForWhateverTheStyle) {
  for (const auto options : {kLines, kBar, Log::Options{}}) {
    const auto log = make(options);
    log->progress(half_);
    take();
    log->ask_for_state();
    EXPECT_EQ(take(), "");
    log->progress(half_);
    EXPECT_NE(take().find("2026-11-20T22:00:00Z  42.1 %  1.3e9 states/s  12 s left  3 ranks\n"),
              std::string::npos);
    log->progress(half_);
    EXPECT_EQ(take().find("22:00:00Z"), std::string::npos);  // asked once, said once
  }
  const auto log = make({.format = LogFormat::json});
  log->ask_for_state();
  log->progress(half_);
  EXPECT_NE(take().find(R"("event":"state")"), std::string::npos);
}

TEST_F(LogTest, BarIsRedrawnFiveTimesASecond) {
  const auto log = make(kBar);
  for (int i = 0; i < 100; ++i) {  // one second
    log->progress(half_);
    pass(10ms);
  }
  const std::string text = take();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 5);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.substr(text.rfind('\r')),
            "\r\x1b[K[==========              ]  42.1 %  1.3e9 states/s  12 s left  3 ranks");
}

TEST_F(LogTest, MessageTakesThePlaceOfTheBar) {
  const auto log = make(kBar);
  log->progress(half_);
  take();
  log->info("checkpoint", "checkpoint written");
  EXPECT_EQ(take(), "\r\x1b[K2026-11-20T22:00:00Z  checkpoint written\n");
  pass(1s);
  log->progress(half_);
  EXPECT_EQ(take().find("\r\x1b[K["), 0U);
}

TEST_F(LogTest, BarEndsWithItsLastStateAndALineEnd) {
  auto log = make(kBar);
  log->progress(half_);
  log->end_progress({.done = 1});
  const std::string text = take();
  EXPECT_NE(text.find("[========================]  100.0 %"), std::string::npos) << text;
  EXPECT_EQ(text.back(), '\n');
  log.reset();
  EXPECT_EQ(take(), "");
}

TEST_F(LogTest, AbandonedBarLeavesTheCursorOnAFreshLine) {
  auto log = make(kBar);
  log->progress(half_);
  take();
  log.reset();
  EXPECT_EQ(take(), "\n");
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  const auto log = make(kJson);
  log->warning("placement", "say \"no\"\n",
               {{"ranks", std::int64_t{-3}},
                {"states", std::uint64_t{18446744073709551615ULL}},
                {"rate", 0.5},
                {"left", std::nan("")},
                {"host", "n1"}});
  log->info("start", "x");
  EXPECT_EQ(
      take(),
      R"({"time":"2026-11-20T22:00:00Z","level":"warning","event":"placement","message":"say \"no\"\u000a",)"
      R"("fields":{"ranks":-3,"states":18446744073709551615,"rate":0.5,"left":null,"host":"n1"}})"
      "\n"
      R"({"time":"2026-11-20T22:00:00Z","level":"info","event":"start","message":"x","fields":{}})"
      "\n");
}

TEST_F(LogTest, JsonProgressCarriesTheNumbers) {
  const auto log = make(kJson);
  pass(2s);
  log->progress({.done = 0.5, .rate = 1e9, .unit = "states", .seconds_left = -1, .ranks = 2});
  EXPECT_EQ(
      take(),
      R"({"time":"2026-11-20T22:00:02Z","level":"info","event":"progress",)"
      R"("message":"50.0 %  1.0e9 states/s  2 ranks",)"
      R"("fields":{"done":0.5,"rate":1000000000,"unit":"states","seconds_left":null,"ranks":2,"busy_share":null}})"
      "\n");
}

TEST_F(LogTest, JsonStaysValidForBytesThatAreNotUtf8) {
  const auto log = make(kJson);
  log->info("e",
            "a\xff"
            "b \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xc0\xaf \xed\xa0\x80 \xe2\x82");
  EXPECT_NE(take().find("\"a\\ufffdb \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \\ufffd\\ufffd "
                        "\\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\""),
            std::string::npos);
}

TEST_F(LogTest, BrokenSinkDoesNotEndTheJob) {
  const auto log = make(kBar);
  out_.setstate(std::ios::badbit);
  EXPECT_NO_THROW(log->info("start", "x"));
  EXPECT_NO_THROW(log->progress(half_));
}

}  // namespace
}  // namespace gforbit::sys
