// The passes of peeling over GF(2) for every processor.

#include "peeling_bits_loop.hpp"

namespace gforbit::cycles {

constinit const BitPassFunctions kPlainBitPasses{find_first_level, take_level};

}  // namespace gforbit::cycles
