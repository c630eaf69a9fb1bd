#include "gforbit/galois/version.hpp"

#include <flint/flint.h>

namespace gforbit::galois {

std::string library_version() {
  return flint_version;
}

}  // namespace gforbit::galois
