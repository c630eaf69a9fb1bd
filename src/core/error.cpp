#include "gforbit/core/error.hpp"

#include <new>

namespace gforbit::core {

std::string message_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return "out of memory: lower --memory or --threads, or allow more (ulimit -v, the limit of the "
           "container)";
  return error.what();
}

}  // namespace gforbit::core
