#include "gforbit/cycles/lookup.hpp"

#include <cassert>
#include <utility>

#include "kernels/sieve_takeover.hpp"
#include "lookup_segments.hpp"

namespace gforbit::cycles {

namespace {

class LookupKernel final : public Kernel {
 public:
  LookupKernel(const fsr::Register& reg, Partition partition, SimdLevel level,
               std::shared_ptr<LeaderSieve> sieve)
      : partition_(partition),
        level_(level),
        step_(step_of(reg, sieve.get())),
        leaders_(make_scalar_kernel(fsr::Stepper(reg), partition), std::move(sieve), partition) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return 1 << 20; }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    const auto walk = segment_walk();
    walk({*step_, partition_, marks, walk_limit}, block, findings, stop);
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
  /// From the sieve, which is used at once.
  static std::shared_ptr<const PackedStep> step_of(const fsr::Register& reg, LeaderSieve* sieve) {
    if (sieve == nullptr) return PackedStep::compile(reg);
    sieve->use();
    return sieve->step();
  }

  [[nodiscard]] decltype(&lookup_segments_plain) segment_walk() const {
#if defined(__x86_64__)
    if (level_ == SimdLevel::avx512 && partition_.size() == 2 && vectors_apply(*step_))
      return lookup_segments_avx512;
#endif
    return level_ >= SimdLevel::avx2 ? lookup_segments_bmi2 : lookup_segments_plain;
  }

  Partition partition_;
  SimdLevel level_;
  std::shared_ptr<const PackedStep> step_;  ///< shared by all kernels that have one sieve
  SievedLeaders leaders_;
};

}  // namespace

bool lookup_applies(const fsr::Register& reg) {
  return reg.field().order() > 2 && PackedStep::can_pack(reg);
}

std::unique_ptr<Kernel> make_lookup_kernel(const fsr::Register& reg, Partition partition, SimdLevel level,
                                           std::shared_ptr<LeaderSieve> sieve) {
  assert(lookup_applies(reg));
  return std::make_unique<LookupKernel>(reg, partition, level, std::move(sieve));
}

}  // namespace gforbit::cycles
