// The one place where an error becomes a message and an exit status.
#include <fmt/format.h>

#include <iostream>
#include <new>
#include <system_error>

#include "commands/standard_output.hpp"
#include "commands/tool.hpp"
#include "gforbit/sys/limits.hpp"

namespace gforbit::commands {

ExitStatus explain_error() {
  try {
    throw;
  } catch (const BrokenPipe&) {
    return ExitStatus::done;
  } catch (const core::Error& error) {
    std::cerr << fmt::format("gforbit: {}\n", error.what()) << std::flush;
    return error.status();
  } catch (const std::bad_alloc&) {
    std::cerr << fmt::format("gforbit: out of memory: {}\n", sys::memory_advice(sys::process_limits()))
              << std::flush;
  } catch (const std::system_error& error) {
    const bool no_thread = error.code() == std::errc::resource_unavailable_try_again;
    std::cerr << (no_thread ? fmt::format("gforbit: no further thread can be started: {}\n",
                                          sys::thread_advice(sys::process_limits()))
                            : fmt::format("gforbit: internal error: {}\n", error.what()))
              << std::flush;
  } catch (const std::exception& error) {
    std::cerr << fmt::format("gforbit: internal error: {}\n", error.what()) << std::flush;
  }
  return ExitStatus::internal;
}

}  // namespace gforbit::commands
