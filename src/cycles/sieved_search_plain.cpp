// The sieved search for every processor.

#include "sieved_search_loop.hpp"

namespace gforbit::cycles {

void sieved_search_plain(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  search_with_sieve(task, findings, stop);
}

}  // namespace gforbit::cycles
