// What an item costs that does nothing: queue, leases, messages, team. Alone or under mpirun:
//
//     bench_empty_items [ITEMS]
//
// A round on one rank is what the engine itself costs; over MPI it is what a round trip costs that no work
// hides.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "gforbit/comm/session.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/queue_plan.hpp"
#include "gforbit/sched/worker_team.hpp"

namespace {

using namespace gforbit;

class EmptyExecutor final : public sched::Executor {
 public:
  class Nothing final : public sched::Execution {
   public:
    int width() const noexcept override { return 1; }
    bool work(core::StopSignal) override { return false; }
    core::Bytes result() override { return {}; }
  };
  std::unique_ptr<sched::Execution> start(std::span<const std::byte>) override {
    return std::make_unique<Nothing>();
  }
  std::uint64_t work_done() const noexcept override { return 0; }
};

void lead(sched::Transport& transport, std::uint64_t items, const std::string& network) {
  sched::Queue queue([] { return std::chrono::steady_clock::now(); });
  queue.submit_batch(items, [](std::uint64_t) { return sched::Priority::normal; });
  sched::QueuePlan plan(queue, [](sched::ItemId) { return core::Bytes(); });
  plan.close();
  sched::Coordinator coordinator(plan, transport);
  EmptyExecutor executor;
  const auto begin = std::chrono::steady_clock::now();
  static_cast<void>(sched::run_worker_team(transport, executor, 1, &coordinator));
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
  std::cout << fmt::format("{} empty items, {} rank{}, {}: {:.2f} us an item\n", queue.statistics().completed,
                           transport.size(), transport.size() == 1 ? "" : "s", network,
                           time.count() / static_cast<double>(items));
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t items = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr && std::getenv("PMI_SIZE") == nullptr) {
    sched::MemoryNetwork network(1);
    lead(*network.transport(0), items, "in memory");
    return 0;
  }
  comm::Session session;
  const auto transport = session.transport();
  if (session.rank() == 0) {
    lead(*transport, items, "MPI");
  } else {
    EmptyExecutor executor;
    static_cast<void>(sched::run_worker_team(*transport, executor, 1, nullptr));
  }
}
