#include "search/units.hpp"

#include <vector>

#include "gforbit/core/error.hpp"

namespace gforbit::job_search {

core::Bytes UnitBody::bytes() const {
  std::vector<std::uint64_t> counts;
  for (int k = 1; k <= form.largest_degree(); ++k) counts.push_back(form.count(k));
  return core::ByteWriter()
      .put(degree)
      .put_array(counts)
      .put(first)
      .put(seed.has_value())
      .put(seed.value_or(0))
      .take();
}

UnitBody UnitBody::read(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  UnitBody body;
  body.degree = in.get<int>();
  try {
    body.form = search::Form(in.get_array<std::uint64_t>());
  } catch (const core::InputError&) {
    core::fail_corrupt("has a form that is none");
  }
  body.first = in.get<std::uint64_t>();
  const bool has_seed = in.get<bool>();
  const auto seed = in.get<std::uint64_t>();
  if (has_seed) body.seed = seed;
  return body;
}

core::Bytes tally_bytes(const search::Tally& tally) {
  core::ByteWriter out;
  out.put(tally.without_short_cycles).put(static_cast<std::uint64_t>(tally.hits.size()));
  for (const search::Hit& hit : tally.hits) out.put(hit.rank).put(hit.n_cycles).put(hit.max_period);
  return out.take();
}

search::Tally read_tally(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  search::Tally tally;
  tally.without_short_cycles = in.get<std::uint64_t>();
  tally.hits.resize(in.get_count(3 * sizeof(std::uint64_t)));
  for (search::Hit& hit : tally.hits) {
    hit.rank = in.get<std::uint64_t>();
    hit.n_cycles = in.get<std::uint64_t>();
    hit.max_period = in.get<std::uint64_t>();
  }
  return tally;
}

}  // namespace gforbit::job_search
