#include "scoring/submission.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gforbit/store/output_place.hpp"
#include "scoring/grid_json.hpp"
#include "scoring/scores.hpp"

namespace gforbit::job_scoring {

namespace {

constexpr std::size_t kAttempts = 2;
/// Stands for an attempt that no candidate made.
constexpr const char* kNoAttempt = "[[0,0],[0,0]]";

/// An output for a test, and what ranks it.
struct Ranked {
  std::uint32_t task = 0, sample = 0;
  std::uint64_t demos_of_task = 0, demos = 0, candidate = 0;
  std::uint8_t attempt = 0;
  const std::string* grid = nullptr;
};

std::vector<Ranked> ranked_outputs(const PlanInput& input, const Collected& collected) {
  const Scores scores = score(input, collected);
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint64_t> demos;  // by candidate and task
  for (const CallRow& row : scores.rows) {
    if (row.match == 1 && input.tasks[row.task].is_demo(row.sample)) ++demos[{row.candidate, row.task}];
  }
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> place;  // by solver and number
  for (std::uint64_t i = 0; i < scores.candidates.size(); ++i)
    place[{scores.candidates[i].solver, scores.candidates[i].number}] = i;
  std::vector<Ranked> ranked;
  for (const OutputRow& output : collected.outputs) {
    if (input.tasks[output.task].is_demo(output.sample)) continue;
    const std::uint64_t candidate = place.at({output.solver, output.candidate});
    const auto found = demos.find({candidate, output.task});
    ranked.push_back({output.task, output.sample, found == demos.end() ? 0 : found->second,
                      scores.candidates[candidate].demo_matches, candidate, output.attempt, &output.grid});
  }
  std::ranges::sort(ranked, {}, [](const Ranked& r) {
    return std::tuple(r.task, r.sample, ~r.demos_of_task, ~r.demos, r.candidate, r.attempt);
  });
  return ranked;
}

using Attempts = std::vector<std::string>;

/// By task and sample.
std::map<std::pair<std::uint32_t, std::uint32_t>, Attempts> chosen(const std::vector<Ranked>& ranked) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, Attempts> all;
  for (const Ranked& r : ranked) {
    Attempts& attempts = all[{r.task, r.sample}];
    if (attempts.size() < kAttempts && std::ranges::find(attempts, *r.grid) == attempts.end())
      attempts.push_back(*r.grid);
  }
  return all;
}

}  // namespace

Submitted write_submission(const PlanInput& input, const Collected& collected,
                           const std::filesystem::path& path) {
  auto all = chosen(ranked_outputs(input, collected));
  Submitted submitted;
  store::TextOutput file(path);
  std::ostream& out = file.stream();
  out << '{';
  for (std::uint32_t t = 0; t < input.tasks.size(); ++t) {
    const scoring::Task& task = input.tasks[t];
    out << (t > 0 ? ",\n" : "\n") << nlohmann::json(task.id).dump() << ": [";
    for (std::size_t i = task.demos.size(); i < task.n_samples(); ++i) {
      Attempts& attempts = all[{t, static_cast<std::uint32_t>(i)}];
      if (const auto& expected = task.sample(i).output) {
        std::string text;
        append_grid(text, *expected);
        ++submitted.known;
        submitted.right += std::ranges::find(attempts, text) == attempts.end() ? 0 : 1;
      }
      attempts.resize(kAttempts, kNoAttempt);
      out << (i > task.demos.size() ? ", " : "") << "{\"attempt_1\": " << attempts[0]
          << ", \"attempt_2\": " << attempts[1] << '}';
    }
    out << ']';
  }
  out << "\n}\n";
  file.commit();
  return submitted;
}

}  // namespace gforbit::job_scoring
