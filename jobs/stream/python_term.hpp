/// Terms in Python: python("FILE.py:NAME").
#pragma once

#include <string>

#include "gforbit/stream/library.hpp"
#include "gforbit/stream/term.hpp"

namespace gforbit::job_stream {

/// Adds python.
void add_python_term(stream::Library& library);

/// The file of a term in Python; empty: it is none.
[[nodiscard]] std::string python_file(const stream::Term& term);

}  // namespace gforbit::job_stream
