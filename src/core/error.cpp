#include "gforbit/core/error.hpp"

#include <new>
#include <system_error>

namespace gforbit::core {

std::string message_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return "out of memory: lower --memory or --threads, or allow more (ulimit -v, the limit of the "
           "container)";
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again)
    return "no further thread can be started: lower --threads, or allow more (ulimit -u, pids.max of the "
           "container)";
  return error.what();
}

}  // namespace gforbit::core
