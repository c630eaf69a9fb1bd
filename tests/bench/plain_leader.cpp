// Cycle leaders (Knuth): from each state walk until a smaller one, then it is not the smallest of its cycle,
// or until the state itself, then a cycle is found. No memory, about N ln N steps.
#include "bench/plain.hpp"

int main(int argc, char** argv) {
  return plain::main(argc, argv, [](const auto& step, std::uint64_t states) {
    plain::Distribution distribution;
    for (std::uint64_t start = 0; start < states; ++start) {
      std::uint64_t state = step(start), period = 1;
      for (; state > start; ++period) state = step(state);
      if (state == start) ++distribution[period];
    }
    return distribution;
  });
}
