#include <utility>

#include "gforbit/cycles/system_kernel.hpp"
#include "kernels/sieve_takeover.hpp"

namespace gforbit::cycles {

namespace {

class SievedScalarKernel final : public SievedKernel {
 public:
  SievedScalarKernel(const fsr::Register& reg, Partition partition, std::shared_ptr<LeaderSieve> sieve)
      : SievedKernel(make_scalar_kernel(fsr::Stepper(reg), partition), std::move(sieve), partition) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return scalar().least_steps(); }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    scalar().segments(marks, walk_limit, block, findings, std::move(stop));
  }

 private:
};

}  // namespace

std::unique_ptr<Kernel> make_sieved_scalar_kernel(const fsr::Register& reg, Partition partition,
                                                  std::shared_ptr<LeaderSieve> sieve) {
  return std::make_unique<SievedScalarKernel>(reg, partition, std::move(sieve));
}

}  // namespace gforbit::cycles
