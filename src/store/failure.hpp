/// Why the system refused, in the words of the errors of this room. Private to the room.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace gforbit::store {

/// What helps where room is missing; empty for all other errors.
[[nodiscard]] inline std::string remedy(int error) {
  if (error == ENOSPC) return "make room";
  if (error == EDQUOT) return "make room, or ask for a larger quota";
  if (error == EFBIG) return "raise the limit: ulimit -f";
  return {};
}

/// "No space left on device (make room)"
[[nodiscard]] inline std::string reason(int error) {
  const std::string text = std::generic_category().message(error), help = remedy(error);
  return help.empty() ? text : text + " (" + help + ")";
}

}  // namespace gforbit::store
