// What an item costs that does nothing, in a job of ranges: plan, queue, leases, messages, team. Alone or
// under mpirun:
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
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "skeleton/range_plan.hpp"

namespace {

using namespace gforbit;

/// Items of one point each, of which nothing is to be known.
class EmptyJob final : public skeleton::RangeJob {
 public:
  explicit EmptyJob(std::uint64_t items) : rows_({}, {0, items}) {}
  [[nodiscard]] Words words() const override { return {"item", "items"}; }
  [[nodiscard]] const skeleton::JobOptions& options() const override { return options_; }
  [[nodiscard]] skeleton::Subject subject() const override { return {"items", {}}; }
  [[nodiscard]] const skeleton::BatchRows& rows() const override { return rows_; }
  [[nodiscard]] skeleton::RangeItem item(std::uint64_t) const override { return {}; }
  [[nodiscard]] core::Bytes unit(std::uint64_t, skeleton::Points) const override { return {}; }
  void merge(std::uint64_t, skeleton::Points, std::span<const std::byte>) override {}
  void write_results(store::ResultWriter&, const skeleton::RangeRows&) const override {}

 private:
  skeleton::JobOptions options_;
  skeleton::BatchRows rows_;
};

std::unique_ptr<sched::Executor> empty_executor() {
  return skeleton::make_range_executor(
      [](std::span<const std::byte>, skeleton::Points, core::StopSignal) { return core::Bytes(); });
}

void lead(sched::Transport& transport, std::uint64_t items, const std::string& network) {
  EmptyJob job(items);
  skeleton::RangePlan plan(job, transport.size(), core::work_now);
  sched::Coordinator coordinator(plan, transport);
  const auto executor = empty_executor();
  const auto begin = std::chrono::steady_clock::now();
  static_cast<void>(sched::run_worker_team(transport, *executor, 1, &coordinator));
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
  std::cout << fmt::format("{} empty items, {} rank{}, {}: {:.2f} us an item\n", plan.extent().done,
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
    static_cast<void>(sched::run_worker_team(*transport, *empty_executor(), 1, nullptr));
  }
}
