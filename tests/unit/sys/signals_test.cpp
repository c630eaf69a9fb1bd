#include "gforbit/sys/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace gforbit::sys {
namespace {

int foreign_calls = 0;
extern "C" void foreign_handler(int) {
  ++foreign_calls;
}

TEST(SignalGuard, CountsStopsAndRemembersTheFirst) {
  const SignalGuard guard;
  EXPECT_EQ(guard.stops(), 0);
  EXPECT_EQ(guard.first_stop(), "");
  std::raise(SIGUSR1);
  EXPECT_EQ(guard.stops(), 1);
  std::raise(SIGTERM);
  std::raise(SIGINT);
  EXPECT_EQ(guard.stops(), 3);
  EXPECT_EQ(guard.first_stop(), "SIGUSR1");
  EXPECT_EQ(guard.reports(), 0);
}

TEST(SignalGuard, WhatTheSystemRepeatsIsOneStop) {
  const SignalGuard guard;
  std::raise(SIGXCPU);
  std::raise(SIGXCPU);
  std::raise(SIGHUP);
  EXPECT_EQ(guard.stops(), 1);
  EXPECT_EQ(guard.first_stop(), "SIGXCPU");
  std::raise(SIGTERM);
  std::raise(SIGHUP);
  EXPECT_EQ(guard.stops(), 2);
}

TEST(SignalGuard, WhatIsIgnoredStaysIgnored) {
  for (const int number : {SIGHUP, SIGINT, SIGXCPU}) {
    const auto former = std::signal(number, SIG_IGN);
    {
      const SignalGuard guard;
      std::raise(number);
      EXPECT_EQ(guard.stops(), 0) << "signal " << number;
    }
    EXPECT_EQ(std::signal(number, former), SIG_IGN);
  }
}

TEST(SignalGuard, ReportRequestsAreNoStops) {
  const SignalGuard guard;
  std::raise(SIGUSR2);
  std::raise(SIGUSR2);
  EXPECT_EQ(guard.reports(), 2);
  EXPECT_EQ(guard.stops(), 0);
  EXPECT_EQ(guard.first_stop(), "");
}

TEST(SignalGuard, StartsFromZeroAgain) {
  {
    const SignalGuard guard;
    std::raise(SIGTERM);
    std::raise(SIGUSR2);
  }
  const SignalGuard guard;
  EXPECT_EQ(guard.stops(), 0);
  EXPECT_EQ(guard.reports(), 0);
  EXPECT_EQ(guard.first_stop(), "");
}

TEST(SignalGuard, PutsFormerHandlersBack) {
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGXCPU}) {
    const auto former = std::signal(number, foreign_handler);
    foreign_calls = 0;
    {
      const SignalGuard guard;
      std::raise(number);
      EXPECT_EQ(foreign_calls, 0);
    }
    std::raise(number);
    EXPECT_EQ(foreign_calls, 1) << "signal " << number;
    std::signal(number, former);
  }
}

TEST(SignalGuard, OtherSignalsKeepTheirMeaning) {
  struct sigaction before {
  }, during{};
  sigaction(SIGCHLD, nullptr, &before);
  const SignalGuard guard;
  sigaction(SIGCHLD, nullptr, &during);
  EXPECT_EQ(before.sa_handler, during.sa_handler);
}

}  // namespace
}  // namespace gforbit::sys
