#include "commands/standard_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <string_view>

#include "gforbit/core/error.hpp"

namespace gforbit::commands {

StandardOutput::StandardOutput() : is_terminal_(::isatty(STDOUT_FILENO) != 0) {
  setp(block_.data(), block_.data() + block_.size());
}

StandardOutput::int_type StandardOutput::overflow(int_type c) {
  write_block();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int StandardOutput::sync() {
  write_block();
  return 0;
}

void StandardOutput::write_block() {
  std::string_view rest(pbase(), static_cast<std::size_t>(pptr() - pbase()));
  setp(block_.data(), block_.data() + block_.size());  // before anything is thrown: never written twice
  while (!rest.empty() && !reader_left_) {
    const auto put = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EPIPE || (errno == EIO && is_terminal_))) {
      if (!outlives_reader_) throw BrokenPipe{};
      reader_left_ = true;
      std::cerr << "gforbit: the reader of standard output has closed it; the run continues without it\n"
                << std::flush;
      return;
    }
    if (put < 0)
      throw core::OutputError(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace gforbit::commands
