// The same batch on one persistent team, and with a team made for each register:
//
//     bench_team_per_register BATCH.jsonl THREADS
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "cycles/executor.hpp"
#include "cycles/input.hpp"
#include "cycles/plan.hpp"
#include "gforbit/config/line_file.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "unit/config/temp_folder.hpp"

namespace {

using namespace gforbit;
using Clock = std::chrono::steady_clock;

/// Registers of `batch`, on a team that ends with them.
void map(const std::string& batch, int threads) {
  auto input =
      job_cycles::BatchInput::from_options(job_cycles::parse_cycles_options(std::vector{"--batch=" + batch}));
  job_cycles::CyclesPlan plan(input, {}, [] { return Clock::now(); });
  job_cycles::CyclesExecutor executor([&](std::uint64_t row) { return plan.local_work(row); });
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  sched::Coordinator coordinator(plan, *transport);
  static_cast<void>(sched::run_worker_team(*transport, executor, threads, &coordinator));
}

template <class Work>
double seconds(Work&& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_team_per_register BATCH.jsonl THREADS\n";
    return 2;
  }
  const std::string batch = argv[1];
  const int threads = std::stoi(argv[2]);
  const testing_support::TempFolder folder;
  std::vector<std::string> singles;
  config::LineFile lines(batch);
  for (config::Line line; lines.next(line);)
    singles.push_back(folder.write(fmt::format("{}.jsonl", line.number), std::string(line.text) + "\n"));
  for (int round = 0; round < 3; ++round) {
    const double together = seconds([&] { map(batch, threads); });
    const double apart = seconds([&] {
      for (const std::string& single : singles) map(single, threads);
    });
    std::cout << fmt::format("{} registers: one team {:.3f} s, a team each {:.3f} s, ratio {:.1f}\n",
                             singles.size(), together, apart, apart / together);
  }
}
