// Images of sets of states over GF(2) for AVX2. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include "bit_images_loop.hpp"

namespace gforbit::cycles {

constinit const ImageFunctions kAvx2Images = Images<Vectors256>::functions();

}  // namespace gforbit::cycles

#endif
