#include "gforbit/core/error.hpp"

#include <fmt/format.h>

#include <functional>
#include <new>
#include <optional>
#include <system_error>
#include <variant>

#include "gforbit/core/build_info.hpp"

namespace gforbit::core {

namespace {

template <class... Kinds>
bool is_one_of(const std::exception& error) noexcept {
  return ((dynamic_cast<const Kinds*>(&error) != nullptr) || ...);
}

/// What the standard library throws too when it is called wrongly; but std::length_error is about memory, and
/// std::invalid_argument about input.
bool is_bug(const std::exception& error) noexcept {
  if (is_one_of<std::length_error, std::invalid_argument>(error)) return false;
  return is_one_of<std::logic_error, std::bad_optional_access, std::bad_variant_access,
                   std::bad_function_call>(error);
}

bool is_unreadable(const std::exception& error) noexcept {
  return is_one_of<CorruptRecord, ProtocolError>(error);
}

}  // namespace

bool stops_run(const std::exception& error) noexcept {
  return is_bug(error) || is_unreadable(error);
}

std::string request_for_report(const std::exception& error) {
  return fmt::format(
      "internal error: {}; this is a bug of gforbit {}: please report it, with this message, the command "
      "line "
      "and the input",
      error.what(), build_info().version);
}

std::string message_of(const std::exception& error) {
  if (is_one_of<std::bad_alloc>(error))
    return "out of memory: lower --memory or --threads, or allow more (ulimit -v, the limit of the "
           "container)";
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again)
    return "no further thread can be started: lower --threads, or allow more (ulimit -u, pids.max of the "
           "container)";
  if (is_unreadable(error))
    return fmt::format(
        "{}: memory or network may have failed; run the same command with --resume, and report a bug of "
        "gforbit {} if that ends so again",
        error.what(), build_info().version);
  return is_bug(error) ? request_for_report(error) : error.what();
}

}  // namespace gforbit::core
