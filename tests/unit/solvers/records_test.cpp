// What goes to the helper process and back, as bytes: truncated and corrupt messages are refused.
#include <gtest/gtest.h>

#include "gforbit/solvers/call.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::solvers {
namespace {

template <class Record>
void expect_record(const Record& record) {
  core::ByteWriter out;
  record.write(out);
  testing_support::expect_hostile_bytes_refused(out.take(), [](std::span<const std::byte> body) {
    core::ByteReader in(body);
    (void)Record::read(in);
  });
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
