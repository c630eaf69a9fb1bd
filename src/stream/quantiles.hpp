// Quantiles of a stream of numbers in bounded memory.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/core/bytes.hpp"

namespace gforbit::stream {

/// Exact up to `exact` values. Beyond it a sketch (after Munro and Paterson, 1980, and Karnin, Lang and
/// Liberty, 2016, but without chance): sorted buffers of k = exact / 32 values, of which two of equal weight
/// become one by leaving out every second value. Of n values the rank of a quantile is off by at most n
/// log2(n / k) / k.
class Quantiles {
 public:
  explicit Quantiles(std::uint64_t exact);
  void add(double value);
  /// Linear between the two values around the place, as numpy does it; NaN for no values.
  [[nodiscard]] double quantile(double share) const;
  [[nodiscard]] std::uint64_t bytes() const noexcept;

  void save(core::ByteWriter& out) const;
  void load(core::ByteReader& in);

 private:
  void compact(std::size_t level);

  std::uint64_t exact_;
  std::size_t k_;
  std::uint64_t count_ = 0;
  bool is_sketch_ = false;
  std::vector<std::vector<double>> levels_;  ///< values of weight 2^level
  std::vector<std::uint8_t> odd_;            ///< by level: which half stays next
};

}  // namespace gforbit::stream
