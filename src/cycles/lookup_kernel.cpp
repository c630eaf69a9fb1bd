#include "gforbit/cycles/lookup.hpp"

#include <cassert>
#include <utility>

#include "lookup_segments.hpp"

namespace gforbit::cycles {

namespace {

class LookupKernel final : public Kernel {
 public:
  LookupKernel(const fsr::Register& reg, std::uint64_t marks, Partition partition, SimdLevel level,
               std::shared_ptr<LeaderSieve> sieve)
      : partition_(partition),
        level_(level),
        scalar_(make_scalar_kernel(fsr::Stepper(reg), marks, partition)),
        sieve_(std::move(sieve)) {
    if (sieve_) sieve_->use();
    step_ = sieve_ ? sieve_->step() : PackedStep::compile(reg);
  }

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return 1 << 20; }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    const auto walk = level_ >= SimdLevel::avx2 ? lookup_segments_bmi2 : lookup_segments_plain;
    walk({*step_, partition_, marks, walk_limit}, block, findings, stop);
  }

  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
               Findings& findings, core::StopSignal stop) const override {
    if (sieve_ && sieve_->in_use()) {
      sieve_->search(candidates, partition_, max_period, walk_limit, 0, findings, stop);
    } else {
      scalar_->leaders(candidates, max_period, walk_limit, findings, stop);
    }
  }

  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, core::StopSignal stop) const override {
    scalar_->resume(walks, max_period, walk_limit, findings, stop);
  }

 private:
  Partition partition_;
  SimdLevel level_;
  std::unique_ptr<Kernel> scalar_;
  std::shared_ptr<LeaderSieve> sieve_;
  std::shared_ptr<const PackedStep> step_;  ///< shared by all kernels that have one sieve
};

}  // namespace

bool lookup_applies(const fsr::Register& reg) {
  return reg.field().order() > 2 && PackedStep::can_pack(reg);
}

std::unique_ptr<Kernel> make_lookup_kernel(const fsr::Register& reg, std::uint64_t marks, Partition partition,
                                           SimdLevel level, std::shared_ptr<LeaderSieve> sieve) {
  assert(lookup_applies(reg));
  return std::make_unique<LookupKernel>(reg, marks, partition, level, std::move(sieve));
}

}  // namespace gforbit::cycles
