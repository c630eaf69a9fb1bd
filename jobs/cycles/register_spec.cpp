#include "cycles/register_spec.hpp"

#include <algorithm>

#include "cycles/system_json.hpp"

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

RegisterSpec RegisterSpec::of(const fsr::Register& reg) {
  const auto modulus = reg.field().modulus();
  return {reg.field().order(), {modulus.begin(), modulus.end()}, reg.degree(), reg.text()};
}

fsr::Register RegisterSpec::make(FieldCache& fields) const {
  if (is_system(feedback))
    return fsr::Register(fsr::System(fields.get(order, modulus), read_system(feedback).form));
  return fsr::Register(fsr::Feedback::parse(fields.get(order, modulus), degree, feedback));
}

}  // namespace gforbit::job_cycles
