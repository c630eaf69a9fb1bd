/// Joins of the n-th items of all inputs.
#pragma once

#include <span>
#include <vector>

#include "gforbit/stream/term.hpp"

namespace gforbit::stream {

/// Ends with the first input that ends.
class AlignedJoin : public Join {
 public:
  void step(std::span<Inlet> in, Output& out, Context& context) final;
  [[nodiscard]] std::size_t waits_for(std::span<Inlet> in) final;
  [[nodiscard]] bool closed(std::span<const Inlet> in) const final;
  [[nodiscard]] bool is_aligned() const final { return true; }

 protected:
  /// @param parts  as many items of each input, which belong together
  /// @param last   of these the largest index, item by item
  [[nodiscard]] virtual Batch join(std::vector<Batch> parts, Indices last) = 0;
  /// An input has ended, and all that belongs together was joined.
  virtual void finish() {}
};

}  // namespace gforbit::stream
