/// Why a system call failed, as text for the errors of this module. Private to the module.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace gforbit::store {

/// What helps where space is missing; empty for all other errors.
[[nodiscard]] inline std::string remedy(int error) {
  if (error == ENOSPC) return "free disk space";
  if (error == EDQUOT) return "free disk space, or ask for a larger quota";
  if (error == EFBIG) return "raise the limit: ulimit -f";
  return {};
}

/// "No space left on device (free disk space)"
[[nodiscard]] inline std::string reason(int error) {
  const std::string text = std::generic_category().message(error), help = remedy(error);
  return help.empty() ? text : text + " (" + help + ")";
}

}  // namespace gforbit::store
