// Images of sets of states over GF(2) for every processor.

#include "bit_images_loop.hpp"

namespace gforbit::cycles {

constinit const ImageFunctions kPlainImages = Images<Vectors128>::functions();

}  // namespace gforbit::cycles
