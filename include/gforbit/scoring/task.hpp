/// A task: demo samples show what is wanted, test samples ask for it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/scoring/grid.hpp"

namespace gforbit::scoring {

struct Sample {
  Grid input;
  std::optional<Grid> output;  ///< a demo always has one; a test without one is answered, not scored
  static constexpr auto kFields = std::tuple(&Sample::input, &Sample::output);
};

struct Task {
  std::string id;
  std::vector<Sample> demos;
  std::vector<Sample> tests;
  static constexpr auto kFields = std::tuple(&Task::id, &Task::demos, &Task::tests);

  /// Samples are numbered demos first.
  [[nodiscard]] std::size_t n_samples() const noexcept { return demos.size() + tests.size(); }
  [[nodiscard]] bool is_demo(std::size_t sample) const noexcept { return sample < demos.size(); }
  [[nodiscard]] const Sample& sample(std::size_t i) const {
    return is_demo(i) ? demos[i] : tests[i - demos.size()];
  }
};

}  // namespace gforbit::scoring
