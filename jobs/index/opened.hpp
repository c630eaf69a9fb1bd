/// An index that was opened for one of its registers.
#pragma once

#include "gforbit/index/file.hpp"
#include "index/options.hpp"

namespace gforbit::job_index {

struct Opened {
  explicit Opened(const IndexOptions& options);

  index::IndexFile file;
  std::size_t number;  ///< of the register
  index::IndexedRegister reg;
  index::OrbitView view;
};

}  // namespace gforbit::job_index
