// AVX-512 as every processor that has it. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include "qary_avx512.hpp"

namespace gforbit::cycles::qary {

namespace {

struct ByteLanes : Avx512Bytes, ShuffledTables<Avx512Bytes, Bytes512> {
  using Vec = Avx512Bytes::Vec;
  static constexpr bool kAffine = false, kLookup = false;
};

}  // namespace

constinit const LevelFunctions kAvx512Functions = avx512_functions<ByteLanes>();

}  // namespace gforbit::cycles::qary

#endif
