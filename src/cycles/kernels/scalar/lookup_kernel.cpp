#include "gforbit/cycles/lookup.hpp"

#include <cassert>
#include <utility>

#include "kernels/sieve_takeover.hpp"
#include "lookup_segments.hpp"

namespace gforbit::cycles {

namespace {

class LookupKernel final : public SievedKernel {
 public:
  LookupKernel(const fsr::Register& reg, Partition partition, SimdLevel level,
               std::shared_ptr<LeaderSieve> sieve)
      : SievedKernel(make_scalar_kernel(fsr::Stepper(reg), partition), sieve, partition),
        level_(level),
        step_(step_of(reg, sieve.get())) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return 1 << 20; }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    const auto walk = segment_walk();
    walk({*step_, partition(), marks, walk_limit}, block, findings, stop);
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
    if (level_ == SimdLevel::avx512 && partition().size() == 2 && vectors_apply(*step_))
      return lookup_segments_avx512;
#endif
    return level_ >= SimdLevel::avx2 ? lookup_segments_bmi2 : lookup_segments_plain;
  }

  SimdLevel level_;
  std::shared_ptr<const PackedStep> step_;  ///< shared by all kernels that have one sieve
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
