#include "gforbit/core/bytes.hpp"

namespace gforbit::core {

ByteWriter& ByteWriter::append(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), first, first + size);
  return *this;
}

}  // namespace gforbit::core
