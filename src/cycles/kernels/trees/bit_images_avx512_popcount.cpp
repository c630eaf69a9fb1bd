// Images of sets of states over GF(2) for AVX-512 with VPOPCNTDQ. Compiled with flags of its own
// (CMakeLists.txt).
#if defined(__x86_64__)

#include "bit_images_loop.hpp"

namespace gforbit::cycles {

constinit const ImageFunctions kAvx512PopcountImages = Images<Vectors512>::functions();

}  // namespace gforbit::cycles

#endif
