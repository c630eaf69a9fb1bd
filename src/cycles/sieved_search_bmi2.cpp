// The sieved search with the bit instructions of BMI2. Compiled with flags of its own (CMakeLists.txt).

#include "sieved_search_loop.hpp"

namespace gforbit::cycles {

void sieved_search_bmi2(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  search_with_sieve(task, findings, stop);
}

}  // namespace gforbit::cycles
