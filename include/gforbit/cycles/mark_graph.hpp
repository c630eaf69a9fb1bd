/// The functional graph of the marks of a singular register, on rank 0: what basins and rims say, put
/// together.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/trees.hpp"

namespace gforbit::cycles {

/// O(M) memory. Not thread-safe. Use: add basins; find_cycles(); add rims (of rims_to_search(), and of the
/// cycles without a mark); then the transient states.
class MarkGraph {
 public:
  explicit MarkGraph(std::uint64_t marks);

  void add_basins(const TreeFindings& findings);
  /// States in basins so far, the marks themselves included.
  [[nodiscard]] const core::Natural& basin_states() const noexcept { return basin_states_; }

  /// The cycles that contain a mark. Call once, after all basins.
  /// @throws core::CertificateError  a mark has no basin or two: a range was lost or counted twice
  [[nodiscard]] CycleCensus find_cycles(std::uint64_t stored);
  /// One for each mark on a cycle: the stretch of the cycle that ends in it. After find_cycles().
  [[nodiscard]] std::vector<RimWalk> rims_to_search() const;

  /// @param with_marks  the rims are of cycles that contain marks
  void add_rims(const TreeFindings& findings, bool with_marks);

  struct Transients {
    core::Natural states = 0;      ///< counted in trees, never as a difference
    std::uint64_t max_length = 0;  ///< largest transient length
  };
  /// @throws core::CertificateError  a mark reaches no cycle, or basins and rims of cycle marks disagree
  [[nodiscard]] Transients transients() const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  [[nodiscard]] std::vector<std::uint64_t> distances() const;

  // By mark.
  std::vector<std::uint32_t> next_;    ///< next mark, kNone: runs into a cycle without a mark
  std::vector<std::uint64_t> length_;  ///< steps to it
  std::vector<std::uint64_t> basin_size_;
  std::vector<std::uint64_t> basin_depth_;
  std::vector<std::uint64_t> attached_;  ///< steps to the cycle where no mark is between, else 0
  std::vector<bool> has_basin_, on_cycle_;

  core::Natural basin_states_ = 0;
  core::Natural rim_states_ = 0;              ///< transient states in the rims of all cycles
  core::Natural marked_rim_states_ = 0;       ///< of these, in the rims of cycles with marks
  core::Natural expected_marked_states_ = 0;  ///< the same as the basins of the marks on cycles have it
  std::uint64_t rim_depth_ = 0;
};

}  // namespace gforbit::cycles
