/// What solvers read and write.
#include "scoring/messages.hpp"

#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "unit/scoring/grids.hpp"

namespace gforbit::job_scoring {
namespace {

using scoring::grid;

TEST(Requests, SayWhatTheContractSays) {
  const scoring::Task task{
      "a \"task\"", {{grid("12"), grid("1 2")}, {grid("3"), grid("4")}}, {{grid("56"), {}}}};
  const std::string demos = R"({"input": [[1,2]], "output": [[1],[2]]}, {"input": [[3]], "output": [[4]]})";
  EXPECT_EQ(Requests(task, false).text(7, 2),
            R"({"id": 7, "task": "a \"task\"", "sample": {"kind": "test", "index": 0}, "demo": [)" + demos +
                R"(], "input": [[5,6]]})");
  EXPECT_EQ(Requests(task, false).text(8, 1),
            R"({"id": 8, "task": "a \"task\"", "sample": {"kind": "demo", "index": 1}, "demo": [)" + demos +
                R"(], "input": [[3]]})");
  const Requests hidden(task, true);
  EXPECT_NE(hidden.text(9, 1).find(R"("demo": [{"input": [[1,2]], "output": [[1],[2]]}], "input": [[3]])"),
            std::string::npos);
  EXPECT_NE(hidden.text(9, 2).find("[" + demos + "]"), std::string::npos) << "a test sees every demo";
}

TEST(Replies, AreReadOrRefusedWithTheReason) {
  const Reply reply = reply_from_text(
      R"({"id": 3, "outputs": [[[1, -2]], {"candidate": "turn", "output": [[7]]}]})", 3, false);
  ASSERT_EQ(reply.outputs.size(), 2U);
  EXPECT_EQ(reply.outputs[0].candidate, "");
  EXPECT_EQ(reply.outputs[0].grid->at(0, 1), -2);
  EXPECT_EQ(reply.outputs[1].candidate, "turn");
  EXPECT_EQ(reply_from_text(R"({"id": 3, "error": "cannot"})", 3, false).error, "cannot");
  EXPECT_NO_THROW(static_cast<void>(reply_from_text(R"({"outputs": []})", 3, true)));

  const auto refused = [](const char* text) {
    try {
      static_cast<void>(reply_from_text(text, 3, false));
    } catch (const core::InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refused(R"({"id": 4, "outputs": []})"), "the reply has not the id of its request");
  EXPECT_EQ(refused(R"({"outputs": []})"), "the reply has not the id of its request");
  EXPECT_EQ(refused(R"({"id": 3})"), "the reply has neither a list 'outputs' nor an 'error'");
  EXPECT_EQ(refused(R"([3])"), "the reply is no JSON object");
  EXPECT_NE(refused("{\"id\": 3,").find("not valid JSON"), std::string::npos);
}

TEST(Replies, ABadOutputCostsOnlyItself) {
  const auto fault = [](const char* outputs) {
    return reply_from_text(std::string(R"({"id": 3, "outputs": )") + outputs + '}', 3, false).fault;
  };
  EXPECT_EQ(fault("[[[1], [2, 3]]]"), "output 1: row 2 is no list of 1 cells, as row 1 is");
  EXPECT_EQ(fault("[[[2147483648]]]"),
            "output 1: row 1, column 1 is '2147483648': expected an integer of 32 bits");
  EXPECT_EQ(
      fault("[[[1]], [], null]"),
      "output 2: expected a grid: a list of equally long rows, at least one cell (2 of 3 outputs are no "
      "grids)");
  EXPECT_NE(fault(R"([{"candidate": "a\nb", "output": [[1]]}])").find("'candidate'"), std::string::npos);
  EXPECT_EQ(fault("[[[1]]]"), "");
  const Reply reply = reply_from_text(
      R"({"id": 3, "outputs": [{"candidate": "a", "output": []}, {"candidate": "b", "output": [[1]]}]})", 3,
      false);
  ASSERT_EQ(reply.outputs.size(), 2U);
  EXPECT_EQ(reply.outputs[0].candidate, "a");
  EXPECT_FALSE(reply.outputs[0].grid);
  EXPECT_TRUE(reply.outputs[1].grid);
}

}  // namespace
}  // namespace gforbit::job_scoring
