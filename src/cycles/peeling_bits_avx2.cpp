// The passes of peeling over GF(2) for AVX2. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include "peeling_bits_loop.hpp"

namespace gforbit::cycles {

constinit const BitPassFunctions kAvx2BitPasses{find_first_level, take_level};

}  // namespace gforbit::cycles

#endif
