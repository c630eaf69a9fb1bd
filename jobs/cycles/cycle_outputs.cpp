#include "cycles/cycle_outputs.hpp"

#include <algorithm>

#include "gforbit/cycles/linear_complexity.hpp"
#include "gforbit/fsr/state.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/fsr/system.hpp"

namespace gforbit::job_cycles {

namespace {

/// Elements that a walk puts out.
class Output {
 public:
  explicit Output(const fsr::Register& reg) : reg_(reg), q_(reg.field().order()) {
    if (reg.system() != nullptr && reg.system()->output()) function_ = &*reg.system()->output();
  }

  [[nodiscard]] galois::Element operator()(std::uint64_t state) const {
    if (function_ == nullptr) return state % q_;
    return function_->evaluate(fsr::cells_of(state, q_, reg_.degree()));
  }

 private:
  const fsr::Register& reg_;
  std::uint64_t q_;
  const fsr::Feedback* function_ = nullptr;  ///< nullptr: cell 0
};

/// Whether a cycle is within a limit of states of all cycles together.
bool take(std::uint64_t period, std::uint64_t& left) {
  if (period > left) return false;
  left -= period;
  return true;
}

}  // namespace

std::optional<CycleOutputs> outputs_of(const fsr::Register& reg, std::span<const cycles::Cycle> cycles,
                                       const core::StopSignal& stop) {
  constexpr std::uint64_t kSlice = 1 << 16;
  const fsr::Stepper stepper(reg);
  const Output output(reg);
  std::uint64_t left_to_weigh = kMostWeighed, left_to_synthesize = kMostSynthesized;
  CycleOutputs outputs;
  std::vector<galois::Element> sequence;
  for (const cycles::Cycle& cycle : cycles) {
    std::int64_t weight = -1, complexity = -1;
    if (take(cycle.period, left_to_weigh)) {
      const bool synthesize = cycle.period <= kLongestSynthesized && take(cycle.period, left_to_synthesize);
      weight = 0;
      sequence.clear();
      std::uint64_t state = cycle.representative;
      for (std::uint64_t step = 0; step < cycle.period; ++step, state = stepper.next(state)) {
        if (step % kSlice == 0 && stop.stop_requested()) return std::nullopt;
        const galois::Element element = output(state);
        if (element != 0) ++weight;
        if (synthesize) sequence.push_back(element);
      }
      if (synthesize)
        complexity = static_cast<std::int64_t>(cycles::linear_complexity(reg.field(), sequence));
    }
    outputs.weights.push_back(weight);
    outputs.complexities.push_back(complexity);
  }
  return outputs;
}

}  // namespace gforbit::job_cycles
