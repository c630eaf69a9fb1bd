#pragma once

#include <string>

namespace gforbit::store {

/// The HDF5 library in use: "1.10.8".
[[nodiscard]] std::string library_version();

}  // namespace gforbit::store
