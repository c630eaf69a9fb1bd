#pragma once

#include <string>

namespace gforbit::galois {

/// The FLINT library in use: "2.9.0".
[[nodiscard]] std::string library_version();

}  // namespace gforbit::galois
