#include "index/opened.hpp"

#include <fmt/format.h>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_index {

namespace {

std::size_t choose(const index::IndexFile& file, const IndexOptions& options) {
  if (!options.reg) {
    if (file.size() == 1) return 0;
    throw core::UsageError(fmt::format("'{}' has {}: choose one by --register ID, such as {}", options.file,
                                       core::counted(file.size(), "register"), file.register_at(0).id));
  }
  for (std::size_t number = 0; number < file.size(); ++number) {
    if (file.register_at(number).id == *options.reg) return number;
  }
  throw core::UsageError(fmt::format("'{}' has no register {}", options.file, core::quoted(*options.reg)));
}

}  // namespace

Opened::Opened(const IndexOptions& options)
    : file(options.file),
      number(choose(file, options)),
      reg(file.register_at(number)),
      view(file.view(number)) {}

}  // namespace gforbit::job_index
