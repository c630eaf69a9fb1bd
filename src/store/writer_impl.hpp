/// What ResultWriter and TableStream share.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_writer.hpp"
#include "hdf5.hpp"

namespace gforbit::store {

struct ResultWriter::Impl {
  std::optional<OutputTarget> own_target;
  std::filesystem::path path;
  std::filesystem::path temporary;
  hdf5::File file;
  int open_streams = 0;
  bool has_header = false;
  bool failed = false;  ///< after an error HDF5's caches may lack data: only throwing away is safe

  void create(Hdf5Format format);
  void discard() noexcept;

  /// Runs `action`; a failure of HDF5 becomes an OutputError that names the file.
  template <class Action>
  auto guarded(Action&& action) {
    hdf5::initialize();
    try {
      return action();
    } catch (const hdf5::Failure& failure) {
      failed = true;
      throw core::OutputError(fmt::format("'{}' could not be written: {}", path.string(), failure.what()));
    }
  }
};

namespace hdf5 {

/// Creates or replaces an attribute. @throws Failure
void put_attribute(hid_t object, const std::string& name, const AttributeValue& value);
/// The group `path`, created with its parents where it does not exist. @throws Failure
[[nodiscard]] Group require_group(hid_t file, const std::string& path);

}  // namespace hdf5

/// HDF5 ends a text at its first zero byte, so such a text would be stored cut.
void refuse_zero_bytes(std::string_view text, std::string_view where);

}  // namespace gforbit::store
