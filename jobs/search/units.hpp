/// Units of the search; their results are search::Tally. Each has one list of its fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/core/fields.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/search/examine.hpp"
#include "skeleton/range_job.hpp"

namespace gforbit::job_search {

/// What a rank must know to examine some functions of a family: its form, its template, or the functions.
struct UnitBody {
  std::int32_t degree = 0;
  search::Goal goal{};
  std::vector<std::uint64_t> form{};     ///< Form::counts(); empty: no form
  std::string pattern{};                 ///< text of a Template; empty: no template
  std::vector<std::string> functions{};  ///< feedback polynomials
  std::uint64_t first = 0;               ///< rank of the point 0, or number of its sample
  std::optional<std::uint64_t> seed{};   ///< of samples of a form
  static constexpr auto kFields =
      std::tuple(&UnitBody::degree, &UnitBody::goal, &UnitBody::form, &UnitBody::pattern,
                 &UnitBody::functions, &UnitBody::first, &UnitBody::seed);

  /// @param points  of `functions`, these
  /// @return nullopt if `stop` was requested first
  /// @throws core::CorruptRecord  there is no such family
  [[nodiscard]] std::optional<search::Tally> examine(const search::Examiner& examiner,
                                                     skeleton::Points points,
                                                     const core::StopSignal& stop) const;
};

}  // namespace gforbit::job_search
