/// `gforbit convert`: the other forms of a register, and the other configuration. No file is written.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>

#include "cycles/options.hpp"

namespace gforbit::job_cycles {

/// The first ones are of registers with one feedback (Fibonacci configuration), the others of Galois
/// configurations.
enum class TargetForm : std::uint8_t {
  feedback,
  coefficients,
  polynomial,
  taps,
  table,
  galois,
  mask,
  left_mask
};

enum class ConvertFormat : std::uint8_t { options, batch, map, json };

struct ConvertOptions {
  CyclesOptions source;
  TargetForm to{};
  ConvertFormat format{};
  std::optional<std::uint64_t> terminal;  ///< lowest cell with an update of a Galois configuration
};

/// Its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command convert_command(ConvertOptions& options);

/// @throws core::UsageError
[[nodiscard]] ConvertOptions parse_convert_options(std::span<const std::string> arguments);

/// @throws core::UsageError  the options describe no register
/// @throws core::InputError  the register has no such form, or no such configuration
void convert(const ConvertOptions& options, std::ostream& out);

}  // namespace gforbit::job_cycles
