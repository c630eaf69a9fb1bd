/// A register as bytes: what a unit carries to other ranks, which do not read the input.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::job_cycles {

/// The fields used last by order and modulus, so that tables are built once and a batch over any number of
/// fields takes bounded memory. Thread-safe.
class FieldCache {
 public:
  /// @throws core::InputError  as galois::Field; an empty modulus asks for the default
  [[nodiscard]] galois::Field get(std::uint64_t order, const std::vector<std::uint64_t>& modulus);

 private:
  struct Entry {
    std::uint64_t order = 0;
    std::vector<std::uint64_t> modulus;
    galois::Field field;
  };
  static constexpr std::size_t kMost = 64;  ///< tables of a field take at most a few megabytes

  std::mutex mutex_;
  std::vector<Entry> entries_;  ///< the one used last comes first
};

[[nodiscard]] core::Bytes pack_register(const fsr::Register& reg);
[[nodiscard]] fsr::Register unpack_register(std::span<const std::byte> bytes, FieldCache& fields);

}  // namespace gforbit::job_cycles
