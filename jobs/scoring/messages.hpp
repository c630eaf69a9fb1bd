/// The lines that solver programs read and write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/scoring/task.hpp"

namespace gforbit::job_scoring {

/// The requests of one task: what its samples have in common is written once. Thread-safe; `task` must
/// outlive it.
class Requests {
 public:
  /// @param hide_demo  a demo sample is left out of its own `demo`
  Requests(const scoring::Task& task, bool hide_demo);

  /// {"id": n, "task": "...", "sample": {"kind": "demo"|"test", "index": i}, "demo": [...], "input": grid}
  [[nodiscard]] std::string text(std::uint64_t id, std::size_t sample) const;

 private:
  const scoring::Task& task_;
  bool hide_demo_;
  std::string name_;                ///< in JSON
  std::vector<std::string> demos_;  ///< each as a member of `demo`
  std::string all_demos_;
};

struct Reply {
  struct Output {
    std::string candidate;              ///< empty: the solver itself
    std::optional<scoring::Grid> grid;  ///< nothing: it is no grid
  };
  std::vector<Output> outputs;
  std::string error;  ///< what the solver says it cannot do
  std::string fault;  ///< what is wrong with the first output that is no grid, and how many there are

  /// What is to be said of it; empty: nothing.
  [[nodiscard]] const std::string& complaint() const noexcept { return error.empty() ? fault : error; }
};

/// @param any_id  a reply without an id will do: of a process that answers one call
/// An output that is no grid costs only itself.
/// @throws core::InputError  not JSON, another id, no outputs and no error
[[nodiscard]] Reply reply_from_text(const std::string& text, std::uint64_t id, bool any_id);

/// What was wrong with a reply, and how it begins.
[[nodiscard]] std::string bad_reply_text(std::string_view what, std::string_view reply);

}  // namespace gforbit::job_scoring
