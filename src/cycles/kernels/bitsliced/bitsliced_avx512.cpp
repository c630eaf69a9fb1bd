// AVX-512 as every processor that has it. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include "bitsliced_avx512.hpp"
#include "system_level.hpp"

namespace gforbit::cycles::bitsliced {

constinit const LevelFunctions kAvx512Functions = level_functions<Avx512<false>>();
constinit const SystemFunctions kAvx512SystemFunctions = system_functions<Avx512<false>>();

}  // namespace gforbit::cycles::bitsliced

#endif
