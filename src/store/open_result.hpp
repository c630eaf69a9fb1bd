/// Opening a file that should be a result, and saying why it cannot be. Private to the module.
#pragma once

#include <filesystem>

#include "hdf5.hpp"

namespace gforbit::store {

/// Opens an HDF5 file for reading.
/// @throws core::InputError  names the file, what is wrong with it and what to do: it does not exist, is no
/// regular
///                           file, may not be read, is empty, is of another format, truncated, locked, left
///                           open by its writer, of a newer HDF5, or damaged
[[nodiscard]] hdf5::File open_result(const std::filesystem::path& path);

}  // namespace gforbit::store
