/// Registers whose every state is known, and their indexes in files.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gforbit/cycles/mapping.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/index/build.hpp"
#include "gforbit/index/file.hpp"
#include "gforbit/index/locate.hpp"
#include "unit/config/temp_folder.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::testing_support {

/// Where every state is, by walks from every state.
inline std::vector<index::Place> all_places(const fsr::Register& reg,
                                            const std::vector<cycles::Cycle>& cycles) {
  const fsr::Stepper step(reg);
  std::vector<index::Place> places(step.state_count());
  std::vector<bool> known(places.size());
  for (std::uint64_t row = 0; row < cycles.size(); ++row) {
    std::uint64_t state = cycles[row].representative;
    for (std::uint64_t position = 0; position < cycles[row].period; ++position, state = step.next(state)) {
      places[state] = {row, cycles[row].representative, cycles[row].period, position, 0, state};
      known[state] = true;
    }
  }
  std::vector<std::uint64_t> path;
  for (std::uint64_t start = 0; start < places.size(); ++start) {
    std::uint64_t state = start;
    for (; !known[state]; state = step.next(state)) path.push_back(state);
    for (; !path.empty(); path.pop_back()) {
      places[path.back()] = places[state];
      ++places[path.back()].distance;
      state = path.back();
      known[state] = true;
    }
  }
  return places;
}

/// A register, mapped and indexed.
struct IndexedCase {
  fsr::Register reg;
  bool nonsingular;
  std::vector<cycles::Cycle> cycles;
  index::Orbits orbits;
};

inline IndexedCase indexed(const fsr::Register& reg, const index::BuildOptions& options = {}) {
  const auto map = cycles::map(reg);
  const bool nonsingular = fsr::is_nonsingular(reg.feedback()).value();
  auto rows = map.cycles.rows();
  auto orbits =
      index::build_orbits(reg, nonsingular, rows, index::index_marks(reg, options), options).value();
  return {reg, nonsingular, std::move(rows), std::move(orbits)};
}

inline void write_index(const std::string& path, const fsr::Register& reg, const index::Orbits& orbits) {
  index::IndexWriter writer(path);
  writer.add({"1", 0, reg}, orbits);
  writer.commit();
}

/// Of at most 2^bits states, over a field of any kind.
inline fsr::Register random_small_register(std::mt19937_64& random, int bits, bool nonsingular) {
  constexpr std::uint64_t kFields[] = {2, 2, 2, 3, 4, 5, 7, 8, 9, 16, 49, 256, 257};
  for (;;) {
    const std::uint64_t q = kFields[random() % std::size(kFields)];
    int most = 0;
    for (std::uint64_t states = q; states <= std::uint64_t{1} << bits; states *= q) ++most;
    if (most < 2) continue;
    const int degree = 2 + static_cast<int>(random() % static_cast<unsigned>(most - 1));
    return nonsingular ? random_nonsingular(random, q, degree) : random_register(random, q, degree);
  }
}

}  // namespace gforbit::testing_support
