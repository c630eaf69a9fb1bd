/// The scoring job on rank 0: makes units of solvers and tasks when ranks ask for work, and collects rows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/sched/work.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

struct PlanInput {
  std::vector<scoring::Task> tasks;
  std::vector<Solver> solvers;
  Rules rules;                       ///< but the slots
  std::vector<std::uint32_t> slots;  ///< by rank
  [[nodiscard]] std::uint64_t n_samples() const;
  [[nodiscard]] std::uint64_t n_calls() const;
};

/// Everything that came back, in order of arrival.
struct Collected {
  std::vector<CallRow> rows;
  std::map<std::pair<std::uint32_t, std::uint64_t>, scoring::DifferCounts> differs;  ///< (solver, candidate)
  std::vector<CallFacts> facts;
  std::vector<OutputRow> outputs;
  std::vector<std::vector<std::string>> names;  ///< by solver: of its candidates 1, 2, ...
};

class ScoringPlan final : public sched::WorkPlan {
 public:
  /// `input` must outlive the plan.
  explicit ScoringPlan(const PlanInput& input);

  [[nodiscard]] std::optional<sched::Unit> next(int rank) override;
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override;
  /// @throws core::EnvironmentError  always: a solver's failure is a row, so this is one of this program
  void failed(const sched::Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override {}
  [[nodiscard]] bool finished() const override;

  /// Hands out nothing more; the calls that have not come back are rows of the status cancelled.
  void stop();
  [[nodiscard]] std::uint64_t calls_done() const noexcept { return calls_done_; }
  [[nodiscard]] const Collected& collected() const noexcept { return collected_; }

 private:
  /// The next piece with at most `most_calls` calls (at least one candidate), if it is of the kind asked for.
  struct Cursor {
    std::size_t solver = 0, task = 0;
    std::uint64_t first = 0;
  };
  [[nodiscard]] bool at_end() const { return cursor_.solver == order_.size(); }
  [[nodiscard]] Piece take_piece(std::uint64_t most_calls);
  void add_cancelled(const Piece& piece);
  [[nodiscard]] std::uint64_t candidate_number(std::uint32_t solver, const std::string& name);

  const PlanInput& input_;
  std::vector<std::uint32_t> order_;  ///< rows of solvers, the urgent ones first
  Cursor cursor_;
  std::uint64_t items_ = 0;
  std::map<std::uint64_t, core::Bytes> out_;  ///< units by item
  bool stopped_ = false;
  std::vector<std::uint64_t> cancelled_;
  std::uint64_t calls_done_ = 0;
  Collected collected_;
  std::vector<std::map<std::string, std::uint64_t>> numbers_;  ///< by solver: candidates by name
};

}  // namespace gforbit::job_scoring
