/// What a unit carries of its register to other ranks, which do not read the input.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

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

/// A register as it travels.
struct RegisterSpec {
  std::uint64_t order = 0;  ///< of the field
  std::vector<std::uint64_t> modulus;
  int degree = 0;
  std::string feedback;  ///< or the text of the system
  static constexpr auto kFields = std::tuple(&RegisterSpec::order, &RegisterSpec::modulus,
                                             &RegisterSpec::degree, &RegisterSpec::feedback);

  [[nodiscard]] static RegisterSpec of(const fsr::Register& reg);
  /// @throws core::InputError  it describes no register
  [[nodiscard]] fsr::Register make(FieldCache& fields) const;
};

}  // namespace gforbit::job_cycles
