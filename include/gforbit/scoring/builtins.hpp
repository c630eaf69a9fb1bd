/// Grid operations that need no solver program, and compositions of them.
///
/// An operation sees one grid and the demos of the task as the operations before it have left them, so that
/// one which learns (a recoloring) learns what is still missing. It returns nothing where it does not apply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/scoring/task.hpp"

namespace gforbit::scoring {

/// A demo on its way: its input after the operations so far, and what it should become.
struct DemoImage {
  const Grid* input;
  const Grid* output;
};

struct Builtin {
  std::string_view name;
  std::string_view meaning;
  bool learns;  ///< looks at the demos
  /// The result has at most kMostCells cells. Pure, thread-safe. Cost: O(cells of grid, result and demos),
  /// times a logarithm where components are looked for.
  std::optional<Grid> (*apply)(const Grid& grid, std::span<const DemoImage> demos);
};

/// All of them; the order is part of the contract, because enumerations follow it.
[[nodiscard]] std::span<const Builtin> builtins();
/// Position in builtins(); nullopt for an unknown name.
[[nodiscard]] std::optional<std::uint32_t> find_builtin(std::string_view name);

/// Builtins applied one after the other, the first one first; never empty.
using Composition = std::vector<std::uint32_t>;
inline constexpr int kDeepest = 4;

/// "crop_to_content+rotate_90": names joined by `+`, in order of application.
[[nodiscard]] std::string composition_text(const Composition& composition);

/// Compositions of length 1 to `depth` of all builtins but the identity.
/// @param depth  1 to kDeepest
[[nodiscard]] std::uint64_t composition_count(int depth);
/// Number `index` of them: short ones first, the operation applied last changes fastest.
[[nodiscard]] Composition composition_at(std::uint64_t index);

/// Applies compositions to all samples of one task. Keeps what the first operations of the last composition
/// made, so that neighbors in an enumeration cost one operation each. Not thread-safe; `task` must outlive
/// it.
class TaskImages {
 public:
  /// @param hide_demo  an operation that learns does not see the demo that it is applied to
  TaskImages(const Task& task, bool hide_demo);

  /// One result a sample, in the order of Task::sample(); empty where an operation does not apply.
  /// Valid until the next call. Stops between operations: all results are empty then.
  [[nodiscard]] const std::vector<std::optional<Grid>>& apply(const Composition& composition,
                                                              const core::StopSignal& stop = {});

 private:
  using Images = std::vector<std::optional<Grid>>;
  [[nodiscard]] Images step(const Builtin& builtin, const Images& before) const;

  const Task& task_;
  bool hide_demo_;
  Composition applied_;
  std::vector<Images> stages_;  ///< [0]: the inputs; [i]: after i operations of applied_
};

}  // namespace gforbit::scoring
