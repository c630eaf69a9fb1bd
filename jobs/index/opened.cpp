#include "index/opened.hpp"

#include <fmt/format.h>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_index {

namespace {

std::size_t choose(const index::IndexFile& file, const IndexOptions& options) {
  if (options.reg) return register_number(file, options);
  if (file.size() == 1) return 0;
  throw core::UsageError(fmt::format("'{}' has {}: choose one by --register ID, such as {}", options.file,
                                     core::counted(file.size(), "register"), file.register_at(0).id));
}

}  // namespace

std::size_t register_number(const index::IndexFile& file, const IndexOptions& options) {
  for (std::size_t number = 0; number < file.size(); ++number) {
    if (file.register_at(number).id == *options.reg) return number;
  }
  throw core::UsageError(fmt::format("'{}' has no register {}: it has {}, such as {}", options.file,
                                     core::quoted(*options.reg), core::counted(file.size(), "register"),
                                     file.register_at(0).id));
}

Opened::Opened(const IndexOptions& options)
    : file(options.file),
      number(choose(file, options)),
      reg(file.register_at(number)),
      view(file.view(number)) {}

}  // namespace gforbit::job_index
