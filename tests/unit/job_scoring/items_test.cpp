/// Work items: each candidate on each task once, in any number of parts, and equal ones recognized.
#include "scoring/items.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "gforbit/core/error.hpp"
#include "unit/job_scoring/input.hpp"

namespace gforbit::job_scoring {
namespace {

constexpr const char* kSolvers = R"([
  {"id": "deep", "enumerate": 3, "priority": "low"},
  {"id": "turn", "builtin": "rotate_90"},
  {"id": "same turn", "compose": ["rotate_90"], "priority": "high"},
  {"id": "program", "command": ["a", "b"], "protocol": "worker", "timeout": 2},
  {"id": "again", "command": ["a", "b"], "protocol": "worker", "timeout": "2s", "priority": "critical"},
  {"id": "other limit", "command": ["a", "b"], "protocol": "worker", "timeout": 3}])";

constexpr const char* kChosen = R"([
  {"id": "all", "builtin": "rotate_90"},
  {"id": "last", "builtin": "rotate_90", "tasks": "a agai?"},
  {"id": "also last", "compose": ["rotate_90"], "tasks": ["no such", "a again"]},
  {"id": "twins", "builtin": "rotate_180", "tasks": ["a*"]},
  {"id": "none", "builtin": "rotate_180", "tasks": ["c"]}])";

using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;

std::set<Place> places(const PlanInput& input) {
  std::set<Place> all;
  const Items items(input);
  for (std::uint64_t i = 0; i < items.size(); ++i) {
    const Item item = items[i];
    for (std::uint64_t c = item.candidates.begin; c < item.candidates.end; ++c)
      EXPECT_TRUE(all.emplace(item.solver, item.task, c).second);
  }
  return all;
}

TEST(Items, HoldEachCandidateOnEachTaskOnce) {
  const PlanInput input = input_of(kSolvers, {turned("a"), turned("b", "56 78")});
  const auto all = places(input);
  EXPECT_EQ(all.size(), 2 * (scoring::composition_count(3) + 5));
  EXPECT_EQ(input.n_calls(), 2 * all.size());
}

TEST(Items, SolversAreCalledOnTheTasksTheyChoose) {
  const PlanInput input = input_of(kChosen, {turned("a"), turned("b", "56 78"), turned("a again")});
  EXPECT_EQ(places(input),
            (std::set<Place>{{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {1, 2, 0}, {2, 2, 0}, {3, 0, 0}, {3, 2, 0}}));
  EXPECT_EQ(input.n_calls(), 2 * 7U);
  const Items items(input);
  std::set<std::pair<std::uint32_t, std::uint32_t>> first;
  for (std::uint64_t i = 0; i < items.size(); ++i) {
    if (items.is_first(i)) first.emplace(items[i].solver, items[i].task);
  }
  EXPECT_EQ(first, (std::set<std::pair<std::uint32_t, std::uint32_t>>{{0, 0}, {0, 1}, {1, 2}, {3, 0}}))
      << "a task stands for an equal one where its solver is called on it";
  EXPECT_EQ(items.n_equal_tasks(0, 0), 2U);
  EXPECT_EQ(items.n_equal_tasks(1, 2), 1U);
  EXPECT_EQ(items.n_equal_tasks(3, 0), 2U);
  EXPECT_THROW(input_of(R"([{"id": "a", "builtin": "identity", "tasks": "z"}])", {turned("a")}),
               core::InputError);
}

TEST(Items, PartsHoldTogetherWhatTheBatchHolds) {
  const auto all = places(input_of(kSolvers, {turned("a")}));
  for (const std::uint64_t count : {2, 3, 7, 1000}) {
    std::set<Place> joined;
    for (std::uint64_t index = 1; index <= count; ++index) {
      for (const Place& place : places(input_of(kSolvers, {turned("a")}, {index, count})))
        EXPECT_TRUE(joined.insert(place).second);
    }
    EXPECT_EQ(joined, all) << count;
  }
  EXPECT_THROW(input_of(R"([{"id": "a", "builtin": "identity"}])", {turned("a")}, {1, 2}), core::UsageError);
}

TEST(Items, EqualWorkIsFoundWhateverItsName) {
  const PlanInput input = input_of(kSolvers, {turned("a"), turned("b", "56 78"), turned("a again")});
  const Items items(input);
  std::set<std::pair<std::string, std::string>> run;
  for (std::uint64_t i = 0; i < items.size(); ++i) {
    if (!items.is_first(i) || items[i].candidates.begin > 0) continue;
    run.emplace(input.solvers[items[i].solver].id, input.tasks[items[i].task].id);
    if (input.solvers[items[i].solver].id == "program") {
      EXPECT_EQ(items.priority(i), sched::Priority::critical) << "as urgent as its twin";
    }
  }
  EXPECT_EQ(run.size(), 2 * 4U);
  EXPECT_FALSE(run.contains({"same turn", "a"})) << "a composition of one is the builtin";
  EXPECT_FALSE(run.contains({"again", "a"}));
  EXPECT_FALSE(run.contains({"program", "a again"}));
  EXPECT_TRUE(run.contains({"other limit", "b"}));
  EXPECT_EQ(items.equal_solvers(3), (std::vector<std::uint32_t>{3, 4}));
  EXPECT_EQ(items.equal_tasks(0), (std::vector<std::uint32_t>{0, 2}));

  PlanInput each = input;
  each.rules.coalesce = false;
  const Items apart(each);
  for (std::uint64_t i = 0; i < apart.size(); ++i) EXPECT_TRUE(apart.is_first(i));
}

}  // namespace
}  // namespace gforbit::job_scoring
