#include "cycles/register_spec.hpp"

#include <algorithm>

namespace gforbit::job_cycles {

galois::Field FieldCache::get(std::uint64_t order, const std::vector<std::uint64_t>& modulus) {
  const std::scoped_lock lock(mutex_);
  auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.order == order && entry.modulus == modulus;
  });
  if (at == entries_.end()) {
    Entry made{
        order, modulus,
        modulus.empty() ? galois::Field::of_order(order) : galois::Field::with_modulus(order, modulus)};
    if (entries_.size() == kMost) entries_.pop_back();
    entries_.push_back(std::move(made));
    at = entries_.end() - 1;
  }
  std::rotate(entries_.begin(), at, at + 1);
  return entries_.front().field;
}

core::Bytes pack_register(const fsr::Register& reg) {
  core::ByteWriter out;
  out.put(reg.field().order()).put_array(reg.field().modulus());
  out.put(reg.degree()).put_text(reg.feedback().text());
  return out.take();
}

fsr::Register unpack_register(std::span<const std::byte> bytes, FieldCache& fields) {
  core::ByteReader in(bytes);
  const auto order = in.get<std::uint64_t>();
  const auto modulus = in.get_array<std::uint64_t>();
  const auto degree = in.get<int>();
  const std::string text = in.get_text();
  return fsr::Register(fsr::Feedback::parse(fields.get(order, modulus), degree, text));
}

}  // namespace gforbit::job_cycles
