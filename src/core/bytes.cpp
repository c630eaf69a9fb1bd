#include "gforbit/core/bytes.hpp"

#include "gforbit/core/error.hpp"

namespace gforbit::core {

void fail_corrupt(const char* what) {
  throw CorruptRecord(std::string("a byte record ") + what);
}

ByteWriter& ByteWriter::append(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), first, first + size);
  return *this;
}

}  // namespace gforbit::core
