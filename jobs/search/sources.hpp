/// Where functions come from: the rows of results/families.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/search/template.hpp"
#include "search/options.hpp"
#include "search/units.hpp"

namespace gforbit::job_search {

/// A function as the tables show it.
struct NamedFunction {
  std::string id{};  ///< of a batch
  std::string feedback{};
  std::int64_t reversed_rank = -1;  ///< -1: it is not of the family
  std::string reversed_feedback{};
};

/// Functions of one degree.
class Source {
 public:
  struct Counts {
    std::uint64_t functions = 0;
    std::uint64_t candidates = 0;    ///< one of each pair of a function and its reverse
    std::uint64_t after_parity = 0;  ///< of these, as the goal is
  };

  virtual ~Source() = default;
  [[nodiscard]] virtual std::string form() const = 0;  ///< as in the column
  [[nodiscard]] virtual int degree() const = 0;
  [[nodiscard]] virtual const Counts& counts() const = 0;
  /// What is cut into units: ranks, numbers of samples, or lines.
  [[nodiscard]] virtual std::uint64_t points() const = 0;
  [[nodiscard]] virtual std::uint64_t ranks() const = 0;  ///< ranks are below
  [[nodiscard]] virtual UnitBody unit(skeleton::Points points) = 0;
  [[nodiscard]] virtual NamedFunction function(std::uint64_t rank) = 0;
  /// Why no function reaches the goal; empty: some may.
  [[nodiscard]] virtual std::string none_note() const { return {}; }
};

/// In the order of the results. @throws core::UsageError, core::InputError  as the options and files deserve
struct Sources {
  std::vector<std::unique_ptr<Source>> all;
  std::string digest{};  ///< of the file of --batch
};
[[nodiscard]] Sources make_sources(const SearchOptions& options);

/// The source of a row of results/families; nullptr: functions of a batch, which the file does not have.
/// @param random  samples of the form
/// @throws core::InputError  there is no such one
[[nodiscard]] std::unique_ptr<Source> source_of_row(const std::string& form, int degree,
                                                    const search::Goal& goal,
                                                    std::optional<std::uint64_t> random);

/// Column `form` of a batch.
inline constexpr const char* kBatchForm = "batch";

}  // namespace gforbit::job_search
