/// Sources that read files: csv, jsonl, bits, hdf5, orbit, system.
#pragma once

#include "gforbit/stream/library.hpp"

namespace gforbit::job_stream {

/// All terms of the module stream, these sources, and the term in Python.
[[nodiscard]] stream::Library full_library();

/// Adds csv. Types of columns are those of the first thousand rows: integers, else numbers, else texts. A
/// later row that does not fit is an error of that item.
void add_csv_source(stream::Library& library);
/// Adds jsonl, whose columns are found in the same way.
void add_jsonl_source(stream::Library& library);
/// Adds bits.
void add_bits_source(stream::Library& library);
/// Adds hdf5.
void add_table_source(stream::Library& library);
/// Adds orbit.
void add_orbit_source(stream::Library& library);
/// Adds system, whose file is read with the arguments.
void add_system_source(stream::Library& library);

}  // namespace gforbit::job_stream
