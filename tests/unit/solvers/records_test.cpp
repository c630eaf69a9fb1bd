// What goes to the helper process and back, as bytes: truncated and corrupt messages are refused.
#include <gtest/gtest.h>

#include "gforbit/solvers/call.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::solvers {
namespace {

template <class Record>
void expect_record(const Record& record) {
  testing_support::expect_hostile_bytes_refused(
      core::to_bytes(record), [](std::span<const std::byte> body) { (void)core::from_bytes<Record>(body); });
}

TEST(Records, OfPrograms) {
  Program program;
  program.command = {"python3", "solver.py"};
  expect_record(program);
}

TEST(Records, OfCallsAndOutcomes) {
  Call call;
  call.request = "{}";
  expect_record(call);
  Outcome outcome;
  outcome.reply = "{}";
  outcome.message = "it crashed";
  outcome.stderr_tail = "why";
  expect_record(outcome);
}

}  // namespace
}  // namespace gforbit::solvers
