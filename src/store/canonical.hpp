/// The canonical walk of a group and its digest: equal for equal contents, wherever and however HDF5 stored
/// them.
#pragma once

#include <string>
#include <vector>

#include "hdf5.hpp"

namespace gforbit::store::hdf5 {

/// SHA-256 over everything below the group `path` of an open file: names (sorted), kinds, types, shapes,
/// attributes (sorted by name) and values in order; object references as the names of their targets.
/// Independent of chunks, compression, byte order, file addresses and the order in which things were written.
/// @return 64 hexadecimal digits
/// @throws Failure  something cannot be read, or is of a type that no result of gforbit has
/// @note Streams: memory is a few MiB and the longest row of texts.
[[nodiscard]] std::string canonical_digest(hid_t file, const std::string& path);

/// Names of the members of a group, sorted by their bytes.
[[nodiscard]] std::vector<std::string> sorted_members(hid_t group);

}  // namespace gforbit::store::hdf5
