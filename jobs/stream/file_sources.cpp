#include "stream/file_sources.hpp"

#include "stream/python_term.hpp"

namespace gforbit::job_stream {

stream::Library full_library() {
  stream::Library library = stream::builtin_library();
  add_csv_source(library);
  add_jsonl_source(library);
  add_bits_source(library);
  add_table_source(library);
  add_orbit_source(library);
  add_system_source(library);
  add_python_term(library);
  return library;
}

}  // namespace gforbit::job_stream
