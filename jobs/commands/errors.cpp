// The one place where an error becomes a message and an exit status.
#include <fmt/format.h>

#include <iostream>
#include <new>
#include <system_error>

#include "commands/standard_output.hpp"
#include "commands/tool.hpp"
#include "gforbit/sys/limits.hpp"

namespace gforbit::commands {

namespace {

void say(const std::string& message) {
  std::cerr << fmt::format("gforbit: {}\n", message) << std::flush;
}

}  // namespace

ExitStatus explain_error() {
  try {
    throw;
  } catch (const BrokenPipe&) {
    return ExitStatus::done;
  } catch (const core::Error& error) {
    say(core::message_of(error));
    return error.status();
  } catch (const std::bad_alloc&) {
    say("out of memory: " + sys::memory_advice(sys::process_limits()));
  } catch (const std::system_error& error) {
    const bool no_thread = error.code() == std::errc::resource_unavailable_try_again;
    say(no_thread ? "no further thread can be started: " + sys::thread_advice(sys::process_limits())
                  : core::request_for_report(error));
  } catch (const std::exception& error) {
    say(core::request_for_report(error));
  }
  return ExitStatus::internal;
}

}  // namespace gforbit::commands
