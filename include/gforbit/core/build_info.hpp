/// What this binary was built from: named in every result file and by --version.
#pragma once

#include <string>

namespace gforbit::core {

struct BuildInfo {
  std::string version;  ///< "0.1.0"
  std::string
      revision;  ///< git commit, "-dirty" appended when the tree differed from it; "unknown" outside git
  std::string compiler;    ///< "g++ 12.2.0"
  std::string build_type;  ///< "Release"
};

[[nodiscard]] BuildInfo build_info();

}  // namespace gforbit::core
