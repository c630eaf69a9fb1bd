#include "cycles/row_store.hpp"

#include <algorithm>
#include <stdexcept>

#include "gforbit/core/error.hpp"

namespace gforbit::job_cycles {

namespace {

void write(core::ByteWriter& out, const RegisterIdentity& identity) {
  out.put_text(identity.id).put(identity.field_order).put(identity.degree);
  out.put_text(identity.modulus).put_text(identity.feedback).put(identity.kind);
  core::put_natural(out, identity.state_count);
}

RegisterIdentity read_identity(core::ByteReader& in) {
  RegisterIdentity identity;
  identity.id = in.get_text();
  identity.field_order = in.get<std::uint64_t>();
  identity.degree = in.get<std::int32_t>();
  identity.modulus = in.get_text();
  identity.feedback = in.get_text();
  identity.kind = in.get<fsr::FeedbackKind>();
  identity.state_count = core::get_natural(in);
  return identity;
}

core::Bytes bytes_of(const RowResult& result, const RegisterIdentity* identity) {
  core::ByteWriter out;
  core::Field<RowResult>::write(out, result);
  out.put(identity != nullptr);
  if (identity != nullptr) write(out, *identity);
  return out.take();
}

void raise(core::Natural& largest, const core::Natural& value) {
  if (value > largest) largest = value;
}

}  // namespace

RegisterIdentity identity_of(const RegisterRequest& request) {
  const fsr::Register& reg = request.reg;
  return {.id = request.id,
          .field_order = reg.field().order(),
          .degree = reg.degree(),
          .modulus = reg.field().modulus_text(),
          .feedback = reg.text(),
          .kind = reg.kind(),
          .state_count = reg.state_count()};
}

void LargestValues::add(const RowResult& result) {
  if (result.status != RowStatus::completed) return;
  const MapReport& map = result.map;
  raise(transient_states, map.enumerated ? map.transient_states : map.algebra->map.transient_states);
  raise(leaf_states, map.enumerated ? map.leaf_states : map.algebra->map.leaf_states);
  if (map.algebra && map.algebra->complete) raise(order, map.algebra->map.order);
  core::Natural sum = 0;
  if (map.enumerated) {
    std::uint64_t longest = 0, most = 0;
    for (const auto& [p, n] : map.cycles.distribution()) {
      longest = p;
      most = std::max(most, n);
      sum += n;
    }
    raise(period, longest);
    raise(cycles_of_period, most);
    raise(max_period, longest);
  } else {
    for (const auto& [p, n] : map.algebra->map.distribution) {
      raise(period, p);
      raise(cycles_of_period, n);
      sum += n;
    }
    raise(max_period, map.algebra->map.max_period());
  }
  raise(n_cycles, sum);
}

RowStore::RowStore(const BatchInput& input, bool coalesce, const std::filesystem::path& folder)
    : input_(input), coalesce_(coalesce), spool_(folder), places_(input.size(), 0) {}

std::uint64_t RowStore::first_equal(std::uint64_t row) const {
  return coalesce_ ? input_.first_equal(row) : row;
}

RowStatus RowStore::status(std::uint64_t row) const {
  return static_cast<RowStatus>(places_.at(row) & 7);
}

void RowStore::end(std::uint64_t row, const RowResult& result, const RegisterIdentity* identity) {
  if (status(row) != RowStatus::pending) throw core::InternalError("a register ended twice");
  places_[row] = spool_.append(bytes_of(result, identity)) << 3 | static_cast<std::uint64_t>(result.status);
  largest_.add(result);
}

std::uint64_t RowStore::end_rest(RowStatus status, const std::string& message) {
  RowResult result;
  result.status = status;
  result.message = message;
  const std::uint64_t place =
      spool_.append(bytes_of(result, nullptr)) << 3 | static_cast<std::uint64_t>(status);
  std::uint64_t ended = 0;
  for (std::uint64_t row = 0; row < size(); ++row) {
    if (places_[row] != 0 || first_equal(row) != row) continue;
    places_[row] = place;
    ++ended;
  }
  return ended;
}

RowStore::Row RowStore::read(std::uint64_t row) const {
  Row read;
  if (status(row) != RowStatus::pending) {
    const core::Bytes bytes = spool_.read(places_[row] >> 3);
    core::ByteReader in(bytes);
    read.result = core::Field<RowResult>::read(in);
    if (in.get<bool>()) read.identity = read_identity(in);
  }
  const std::uint64_t first = first_equal(row);
  if (first != row) read.result.coalesced_into = static_cast<std::int64_t>(first);
  return read;
}

}  // namespace gforbit::job_cycles
