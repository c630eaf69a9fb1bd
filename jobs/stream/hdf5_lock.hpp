/// Serial HDF5 takes one thread at a time in the whole process: sources read while the team works, and rank 0
/// may publish a snapshot meanwhile.
#pragma once

#include <mutex>

namespace gforbit::job_stream {

[[nodiscard]] std::recursive_mutex& hdf5_mutex();

}  // namespace gforbit::job_stream
