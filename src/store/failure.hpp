/// Why the system refused, in the words of the errors of this room. Private to the room.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace gforbit::store {

/// "No space left on device (make room)"
[[nodiscard]] inline std::string reason(int error) {
  const std::string text = std::generic_category().message(error);
  if (error == ENOSPC) return text + " (make room)";
  if (error == EDQUOT) return text + " (make room, or ask for a larger quota)";
  if (error == EFBIG) return text + " (raise the limit: ulimit -f)";
  return text;
}

}  // namespace gforbit::store
