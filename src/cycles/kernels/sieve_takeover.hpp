/// A search for leaders that gives way to the sieved search (leader_sieve.hpp) when it takes too long: what
/// all kernels do that have a search of their own.
#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/partition.hpp"

namespace gforbit::cycles {

/// For one thread and one call: signal() stops the search for the reason that `stop` has, or because the
/// sieve is in use from now on. Whenever it is asked, the time that this thread has worked is noted in the
/// sieve.
class SieveTakeover {
 public:
  /// @param sieve  nullptr: no takeover. Both outlive this.
  SieveTakeover(LeaderSieve* sieve, const core::StopSignal& stop)
      : sieve_(sieve),
        stop_(stop),
        last_(worked()),
        look_([this] { look(); }),
        signal_(own_.get_token(), &look_) {}
  SieveTakeover(const SieveTakeover&) = delete;
  SieveTakeover& operator=(const SieveTakeover&) = delete;

  [[nodiscard]] const core::StopSignal& signal() const noexcept {
    return sieve_ == nullptr ? stop_ : signal_;
  }
  /// After the search: it has to be done again with the sieve.
  [[nodiscard]] bool happened() {
    if (sieve_ != nullptr) look();
    return taken_over_;
  }

 private:
  /// Of this thread alone, so that a busy machine changes nothing.
  static std::chrono::nanoseconds worked() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }

  void look() {
    const auto now = worked();
    const auto before = std::exchange(last_, now);
    taken_over_ = taken_over_ || sieve_->note_time(now - before);
    if (taken_over_ || stop_.stop_requested()) own_.request_stop();
  }

  LeaderSieve* sieve_;
  const core::StopSignal& stop_;
  std::chrono::nanoseconds last_;
  bool taken_over_ = false;
  std::stop_source own_;
  core::StopSignal::Look look_;
  core::StopSignal signal_;
};

/// A kernel whose leaders and open walks are found with the sieve where it is in use, else by the kernel
/// itself.
class SievedKernel : public Kernel {
 public:
  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
               Findings& findings, core::StopSignal stop) const final {
    if (candidates.empty()) return;
    if (!is_in_use()) {
      SieveTakeover takeover(sieve_.get(), stop);
      Findings found;
      search_leaders(candidates, max_period, walk_limit, found, takeover.signal());
      if (!takeover.happened()) return findings.merge(std::move(found));
      findings.steps += found.steps;
    }
    sieve_->search(candidates, partition_, max_period, walk_limit, known_periods_, findings, stop);
  }

  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, core::StopSignal stop) const final {
    if (is_in_use()) {
      sieve_->resume(walks, partition_, max_period, walk_limit, findings, stop);
    } else {
      scalar_->resume(walks, max_period, walk_limit, findings, stop);
    }
  }

 protected:
  /// @param scalar         goes on with open walks until the sieve is in use
  /// @param sieve          nullptr: it never is
  /// @param known_periods  cycles of at most this period are not reported
  SievedKernel(std::unique_ptr<Kernel> scalar, std::shared_ptr<LeaderSieve> sieve, Partition partition,
               std::uint64_t known_periods = 0)
      : scalar_(std::move(scalar)),
        sieve_(std::move(sieve)),
        partition_(partition),
        known_periods_(known_periods) {}

  [[nodiscard]] const Kernel& scalar() const noexcept { return *scalar_; }
  [[nodiscard]] const Partition& partition() const noexcept { return partition_; }
  [[nodiscard]] std::uint64_t known_periods() const noexcept { return known_periods_; }

  /// leaders() while the sieve is not in use, of a range that is not empty; what it finds is dropped if that
  /// changes meanwhile.
  virtual void search_leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
                              Findings& found, const core::StopSignal& stop) const {
    scalar_->leaders(candidates, max_period, walk_limit, found, stop);
  }

 private:
  [[nodiscard]] bool is_in_use() const noexcept { return sieve_ && sieve_->in_use(); }

  std::unique_ptr<Kernel> scalar_;
  std::shared_ptr<LeaderSieve> sieve_;
  Partition partition_;
  std::uint64_t known_periods_;
};

}  // namespace gforbit::cycles
