/// Every rank's side of the stream job: stretches of pipelines on the rank's team.
#pragma once

#include <atomic>
#include <memory>

#include "gforbit/sched/work.hpp"

namespace gforbit::job_stream {

class StreamExecutor final : public sched::Executor {
 public:
  StreamExecutor();
  [[nodiscard]] std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override;
  /// Items of sources.
  [[nodiscard]] std::uint64_t work_done() const noexcept override {
    return items_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> items_{0};
};

}  // namespace gforbit::job_stream
