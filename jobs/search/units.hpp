/// Units of the search; their results are search::Tally. Each has one list of its fields.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "gforbit/core/fields.hpp"
#include "gforbit/search/family.hpp"

namespace gforbit::job_search {

/// What a rank must know of a family to work on any of its functions.
struct UnitBody {
  std::int32_t degree = 0;
  std::vector<std::uint64_t> form;      ///< Form::counts()
  std::uint64_t first = 0;              ///< of the point 0: the rank, or the number of the sample
  std::optional<std::uint64_t> seed{};  ///< of samples
  static constexpr auto kFields =
      std::tuple(&UnitBody::degree, &UnitBody::form, &UnitBody::first, &UnitBody::seed);

  /// @throws core::CorruptRecord  there is no such family
  [[nodiscard]] search::Family family() const;
};

}  // namespace gforbit::job_search
