// AVX-512 with VPOPCNTDQ. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include "bitsliced_avx512.hpp"
#include "system_level.hpp"

namespace gforbit::cycles::bitsliced {

constinit const LevelFunctions kAvx512PopcountFunctions = level_functions<Avx512<true>>();
constinit const SystemFunctions kAvx512PopcountSystemFunctions = system_functions<Avx512<true>>();

}  // namespace gforbit::cycles::bitsliced

#endif
