#include "aligned_join.hpp"

#include <algorithm>
#include <utility>

namespace gforbit::stream {

namespace {

/// Item by item the larger index.
Indices later(const Indices& a, const Indices& b, std::size_t n) {
  if (a.is_counting() && b.is_counting()) return a[0] < b[0] ? b : a;
  auto list = make_block<std::uint64_t>(n);
  for (std::size_t i = 0; i < n; ++i) list[i] = std::max(a[i], b[i]);
  return Indices::list(std::move(list));
}

}  // namespace

void AlignedJoin::step(std::span<Inlet> in, Output& out, Context&) {
  for (;;) {
    std::size_t n = SIZE_MAX;
    for (const Inlet& inlet : in) n = std::min(n, inlet.at_hand());
    if (n == 0) break;
    std::vector<Batch> parts;
    Indices last;
    for (Inlet& inlet : in) {
      parts.push_back(inlet.take(n));
      last = parts.size() == 1 ? parts.back().indices : later(last, parts.back().indices, n);
    }
    if (Batch joined = join(std::move(parts), std::move(last)); joined.size > 0) out.emit(std::move(joined));
  }
  if (closed(in)) finish();
}

std::size_t AlignedJoin::waits_for(std::span<Inlet> in) {
  const auto found = std::ranges::find_if(in, [](const Inlet& inlet) { return inlet.empty(); });
  return found == in.end() ? 0 : static_cast<std::size_t>(found - in.begin());
}

bool AlignedJoin::closed(std::span<const Inlet> in) const {
  return std::ranges::any_of(in, [](const Inlet& inlet) { return inlet.ended && inlet.empty(); });
}

}  // namespace gforbit::stream
