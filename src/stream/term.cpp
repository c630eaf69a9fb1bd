#include "gforbit/stream/term.hpp"

#include <algorithm>
#include <limits>

#include "gforbit/core/error.hpp"

namespace gforbit::stream {

Batch ItemMap::apply(const Batch& in, Context& context) const {
  BatchBuilder builder(out_schema_);
  std::vector<Value> out;
  for (std::size_t row = 0; row < in.size; ++row) {
    out.clear();
    try {
      if (map(Item(in, row), out)) builder.add(in.indices[row], std::move(out));
    } catch (const std::exception& error) {
      if (core::stops_run(error)) throw;
      context.fail_row(in, row, error.what());
    }
  }
  return builder.take();
}

std::uint64_t Inlet::bound() const noexcept {
  if (!batches.empty()) return batches.front().indices[first];
  return ended ? std::numeric_limits<std::uint64_t>::max() : watermark;
}

Batch Inlet::take(std::size_t n) {
  Batch taken = batches.front().slice(first, n);
  skip(n);
  return taken;
}

bool Inlet::skip(std::size_t n) {
  items -= n;
  first += n;
  if (first < batches.front().size) return false;
  batches.pop_front();
  first = 0;
  return true;
}

bool Join::closed(std::span<const Inlet> in) const {
  return std::ranges::all_of(in, [](const Inlet& inlet) { return inlet.ended && inlet.empty(); });
}

}  // namespace gforbit::stream
