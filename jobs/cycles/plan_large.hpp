/// A register too large for a bundle, while it is at work on rank 0. For the plan's own files.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cycles/plan.hpp"

namespace gforbit::job_cycles {

[[nodiscard]] inline std::chrono::duration<double> timeout_of(const RegisterRequest& request) {
  return request.timeout.value_or(std::chrono::milliseconds(0));
}

struct CyclesPlan::LargeRegister {
  std::uint64_t row = 0;
  fsr::Register reg;
  RegisterSpec spec;  ///< the register, for units
  WorkOrder order;
  std::chrono::duration<double> timeout{0};
  /// When the work on its first unit began.
  std::optional<std::chrono::steady_clock::time_point> begin{};
  std::uint64_t n_ranges = 0;
  /// Algebra alone first says what it knows at once, where others wait that it may be quicker with.
  bool searches = true;
  bool algebra_out = false;
  bool classify_out = false;
  bool local_out = false;                  ///< a local unit uses the memory of the mapping
  bool nonsingular = false;                ///< known once there is a mapping
  std::optional<AlgebraReport> algebra{};  ///< its answer
  std::optional<AlgebraReport> proven{};   ///< what it has told before that
  std::uint64_t steps_counted = 0;         ///< of the mapping, in the sum of all registers
  AlgebraNews news{};                      ///< the last ones
  std::chrono::steady_clock::time_point news_at{};
  std::unique_ptr<cycles::Mapping> mapping{};  ///< once it is known to be nonsingular or not

  // Of a register that is mapped twice.
  std::optional<cycles::MapResult> first{};    ///< by the first mapping, once the second one is at work
  std::unique_ptr<cycles::Mapping> retired{};  ///< the first mapping, where a unit used its memory at its end
  std::map<std::uint64_t, int> first_ranks{};  ///< that walked from marks, by the first one of a range
  std::vector<cycles::MappingUnit> held_back{};  ///< for other ranks than those that asked

  /// Of a record: results are restored phase by phase. No mapping: before the register is classified.
  [[nodiscard]] std::uint32_t phase() const {
    if (!mapping) return 0;
    return 1 + static_cast<std::uint32_t>(mapping->phase()) + (first ? kSecondMapping : 0);
  }
};

}  // namespace gforbit::job_cycles
