/// HDF5's C API with ownership and errors: one owner type for each kind of handle, one check for each call.
///
/// A destructor never throws; on the way to success call close(), because HDF5 reports a failed write of
/// cached data only there. Private to the module: no other header or module includes hdf5.h.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gforbit::store::hdf5 {

/// A call of HDF5 failed. what() names the object and HDF5's own reason. The classes of the module turn it
/// into core::OutputError or core::InputError, which also name the file.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Before the first call of each thread: no printing by the library, no clean-up at exit (after a failed
/// write that clean-up would try to write again; every file is closed explicitly here).
void initialize();

/// Throws Failure: "cannot WHAT: reason", the reason taken from HDF5's error stack, which is cleared.
[[noreturn]] void fail(std::string_view what);

/// @return `result`; throws Failure where it is negative. hid_t, herr_t, htri_t, hssize_t and counts alike.
template <class Result>
Result checked(Result result, std::string_view what) {
  if (result < 0) fail(what);
  return result;
}

template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  Handle() = default;
  /// Takes ownership; throws Failure if `id` is invalid.
  Handle(hid_t id, std::string_view what) : id_(checked(id, what)) {}
  ~Handle() {
    if (id_ >= 0) Close(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }

  [[nodiscard]] hid_t get() const noexcept { return id_; }
  [[nodiscard]] bool is_open() const noexcept { return id_ >= 0; }
  /// @throws Failure  data could not be written, or (a file) something in it is still open
  void close(std::string_view what) {
    if (id_ >= 0) checked(Close(std::exchange(id_, H5I_INVALID_HID)), what);
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using File = Handle<H5Fclose>;
using Object = Handle<H5Oclose>;  ///< a group or a dataset, whichever it is
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Attribute = Handle<H5Aclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Properties = Handle<H5Pclose>;

/// A copy of `type` that its owner closes.
[[nodiscard]] Type copy_type(hid_t type);
/// Variable-length UTF-8.
[[nodiscard]] Type text_type();
/// `width` bytes of UTF-8 padded with zeros.
[[nodiscard]] Type fixed_text_type(std::size_t width);

/// File access: no locking by HDF5 (the module has its own, and file systems without flock would refuse to
/// open), and closing a file fails where an object in it is still open.
[[nodiscard]] Properties file_access();

/// Makes sure that the index of chunks has those of the rows [first, first + n) of a list. HDF5 takes one
/// that it does not find for one that was never written, and reads zeros; before its version 1.10 the index
/// has no checksums.
/// @throws Failure  a chunk is missing
void require_chunks(hid_t dataset, std::uint64_t first, std::uint64_t n);

[[nodiscard]] bool has_link(hid_t location, const std::string& path);

/// "/a/b" of "/a/b/c"; empty for an object of the root group.
[[nodiscard]] std::string parent_of(const std::string& path);

}  // namespace gforbit::store::hdf5
