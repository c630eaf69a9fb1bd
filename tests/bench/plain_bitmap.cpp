// The textbook way: a bit a state says whether it was visited; walk from each state that was not. One step
// and one access to memory a state, 2^d bits.
#include "bench/plain.hpp"

int main(int argc, char** argv) {
  return plain::main(argc, argv, [](const auto& step, std::uint64_t states) {
    constexpr unsigned kBits = 64;
    std::vector<std::uint64_t> visited((states + kBits - 1) / kBits, 0);
    if (states < kBits) visited[0] = ~std::uint64_t{0} << states;
    plain::Distribution distribution;
    for (std::uint64_t word = 0; word < visited.size(); ++word) {
      while (~visited[word] != 0) {
        const std::uint64_t start = word * kBits + static_cast<unsigned>(std::countr_one(visited[word]));
        std::uint64_t state = start, period = 0;
        do {
          visited[state / kBits] |= std::uint64_t{1} << state % kBits;
          state = step(state);
          ++period;
        } while (state != start);
        ++distribution[period];
      }
    }
    return distribution;
  });
}
