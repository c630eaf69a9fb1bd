// The one place where an error becomes a message and an exit status.
#include <fmt/format.h>

#include <iostream>
#include <new>

#include "commands/standard_output.hpp"
#include "commands/tool.hpp"

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
    std::cerr << "gforbit: out of memory\n" << std::flush;
  } catch (const std::exception& error) {
    std::cerr << fmt::format("gforbit: internal error: {}\n", error.what()) << std::flush;
  }
  return ExitStatus::internal;
}

}  // namespace gforbit::commands
