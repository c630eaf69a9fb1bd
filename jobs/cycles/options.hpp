/// Options of `gforbit cycles`: which registers, how they are mapped, what is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/forms.hpp"
#include "skeleton/job.hpp"

namespace gforbit::job_cycles {

/// Of the file of --registers.
enum class FileFormat : std::uint8_t { automatic, coefficients, taps, monomials, expressions, data_set };

enum class Method : std::uint8_t { automatic, algebraic, enumerate };

struct CyclesOptions : skeleton::JobOptions {
  // Exactly one of the forms, system, registers and batch is there.
  std::optional<std::uint64_t> field;    ///< q; there unless batch or system is
  std::vector<std::uint64_t> modulus;    ///< empty: the default
  fsr::Form form;                        ///< what the options say of one register
  std::optional<std::string> registers;  ///< file, "-": standard input
  FileFormat format{FileFormat::automatic};
  std::optional<std::string> batch;   ///< JSONL file, "-": standard input
  std::optional<std::string> system;  ///< JSON file, "-": standard input

  Method method{Method::automatic};  ///< of every register whose line does not say otherwise
  bool verify{false};                ///< both methods where both apply
  bool double_check{false};          ///< enumerate twice, in two ways
  bool basins{false};                ///< sizes of basins and distances to cycles, of singular registers
  bool sequences{false};             ///< what the stored cycles put out
  std::uint64_t store_cycles{};      ///< rows of the cycle table for each register; config::kNoLimit: all
  std::string index;                 ///< file of the orbit index; empty: none
  std::optional<std::uint64_t> index_states;  ///< distinguished states of each register in it, at most
  std::optional<cycles::SimdLevel> simd;      ///< forced vector level; none: the fastest of each rank
};

/// The description behind parsing and --help; its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command cycles_command(CyclesOptions& options);

/// The options of one register.
[[nodiscard]] config::Section form_section(CyclesOptions& options);

/// The option of a system.
[[nodiscard]] config::Section system_section(CyclesOptions& options);

/// Reads what follows `gforbit describe`. @throws core::UsageError
[[nodiscard]] CyclesOptions parse_describe_options(std::span<const std::string> arguments);

/// Reads what follows `gforbit cycles` and checks what the options say about each other. No input file is
/// opened yet.
/// @throws core::UsageError
[[nodiscard]] CyclesOptions parse_cycles_options(std::span<const std::string> arguments);

}  // namespace gforbit::job_cycles
