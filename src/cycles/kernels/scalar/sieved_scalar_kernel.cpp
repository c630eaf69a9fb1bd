#include <utility>

#include "gforbit/cycles/system_kernel.hpp"
#include "kernels/sieve_takeover.hpp"

namespace gforbit::cycles {

namespace {

class SievedScalarKernel final : public Kernel {
 public:
  SievedScalarKernel(const fsr::Register& reg, Partition partition, std::shared_ptr<LeaderSieve> sieve)
      : leaders_(make_scalar_kernel(fsr::Stepper(reg), partition), std::move(sieve), partition) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override {
    return leaders_.scalar().least_steps();
  }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    leaders_.scalar().segments(marks, walk_limit, block, findings, std::move(stop));
  }

  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
               Findings& findings, core::StopSignal stop) const override {
    leaders_.leaders(candidates, max_period, walk_limit, findings, stop,
                     [&](Findings& found, const core::StopSignal& signal) {
                       leaders_.scalar().leaders(candidates, max_period, walk_limit, found, signal);
                     });
  }

  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, core::StopSignal stop) const override {
    leaders_.resume(walks, max_period, walk_limit, findings, stop);
  }

 private:
  SievedLeaders leaders_;
};

}  // namespace

std::unique_ptr<Kernel> make_sieved_scalar_kernel(const fsr::Register& reg, Partition partition,
                                                  std::shared_ptr<LeaderSieve> sieve) {
  return std::make_unique<SievedScalarKernel>(reg, partition, std::move(sieve));
}

}  // namespace gforbit::cycles
