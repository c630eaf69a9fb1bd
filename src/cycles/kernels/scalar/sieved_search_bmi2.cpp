// The sieved search with the bit instructions of BMI2. Compiled with flags of its own (CMakeLists.txt).

#include "sieved_search_loop.hpp"

namespace gforbit::cycles {

void sieved_search_bmi2(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                        const core::StopSignal& stop) {
  search_with_sieve(task, long_walks, findings, stop);
}

void resume_packed_bmi2(const PackedStep& step, const Partition& partition, std::span<const OpenWalk> walks,
                        std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                        const core::StopSignal& stop) {
  resume_packed(step, partition, walks, max_period, walk_limit, findings, stop);
}

}  // namespace gforbit::cycles
