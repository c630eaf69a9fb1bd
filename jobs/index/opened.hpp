/// An index that was opened for one of its registers.
#pragma once

#include "gforbit/index/file.hpp"
#include "index/options.hpp"

namespace gforbit::job_index {

/// The register with this id. @throws core::UsageError  there is none
[[nodiscard]] std::size_t register_number(const index::IndexFile& file, const IndexOptions& options);

struct Opened {
  explicit Opened(const IndexOptions& options);

  index::IndexFile file;
  std::size_t number;  ///< of the register
  index::IndexedRegister reg;
  index::OrbitView view;
};

}  // namespace gforbit::job_index
