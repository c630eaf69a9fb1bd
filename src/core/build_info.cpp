#include "gforbit/core/build_info.hpp"

#include "revision.inc"

namespace gforbit::core {

BuildInfo build_info() {
#if defined(__clang__)
  const std::string compiler = "clang++ " __clang_version__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  return {GFORBIT_VERSION, GFORBIT_REVISION, compiler, GFORBIT_BUILD_TYPE};
}

}  // namespace gforbit::core
