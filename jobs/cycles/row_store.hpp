/// What became of each row of the input: one word a row in memory, the results themselves on disk until the
/// output is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "cycles/input.hpp"
#include "cycles/tables.hpp"
#include "cycles/verdict.hpp"
#include "gforbit/store/spool.hpp"

namespace gforbit::job_cycles {

[[nodiscard]] RegisterIdentity identity_of(const RegisterRequest& request);

/// The largest values among the completed rows: they decide how wide the decimal columns are.
struct LargestValues {
  core::Natural n_cycles = 0, max_period = 0, transient_states = 0, leaf_states = 0, order = 0;
  core::Natural period = 0, cycles_of_period = 0;  ///< of the period distributions

  void add(const RowResult& result);
};

/// Not thread-safe; reading moves the file's read-ahead only.
class RowStore {
 public:
  /// A row with its result, read back. `identity` is there if it was given to end().
  struct Row {
    RowResult result;
    std::optional<RegisterIdentity> identity;
  };

  /// @param input   must outlive the store
  /// @param folder  where the finished rows are kept
  /// @throws core::OutputError
  RowStore(const BatchInput& input, bool coalesce, const std::filesystem::path& folder);

  [[nodiscard]] std::uint64_t size() const noexcept { return places_.size(); }
  /// The first equal row, whose result this row shares; the row itself if there is none before it.
  [[nodiscard]] std::uint64_t first_equal(std::uint64_t row) const;
  /// Of the row itself: a row that shares another one's result stays pending.
  /// @throws std::out_of_range  row >= size()
  [[nodiscard]] RowStatus status(std::uint64_t row) const;

  /// The row ends. @param identity  spares reading the input again; nullptr: not at hand
  /// @throws core::InternalError  it had ended;  core::OutputError  the disk is full, ...
  void end(std::uint64_t row, const RowResult& result, const RegisterIdentity* identity);
  /// All rows that are pending and not coalesced end alike. @return how many
  std::uint64_t end_rest(RowStatus status, const std::string& message);

  [[nodiscard]] Row read(std::uint64_t row) const;
  [[nodiscard]] RowResult operator[](std::uint64_t row) const { return read(row).result; }
  [[nodiscard]] const LargestValues& largest() const noexcept { return largest_; }

 private:
  const BatchInput& input_;
  bool coalesce_;
  mutable store::Spool spool_;
  std::vector<std::uint64_t> places_;  ///< offset in the spool * 8 + status; 0: pending
  LargestValues largest_;
};

}  // namespace gforbit::job_cycles
