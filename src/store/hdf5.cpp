#include "hdf5.hpp"

#include <fmt/format.h>

#include <mutex>

namespace gforbit::store::hdf5 {

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] { H5dont_atexit(); });
  // Where HDF5 is thread-safe each thread has an error stack of its own.
  thread_local const bool quiet = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  static_cast<void>(quiet);
}

namespace {
/// The first entry met walking up from the deepest call is the cause; those above it only say where it
/// passed.
herr_t keep_first(unsigned, const H5E_error2_t* entry, void* data) {
  auto* const text = static_cast<std::string*>(data);
  if (text->empty() && entry->desc != nullptr) text->assign(entry->desc);
  return 0;
}

/// "file write failed: time = ..., errno = 28, error message = 'No space left on device', buf = ..." holds
/// one piece that helps a user.
std::string readable(const std::string& description) {
  constexpr std::string_view kMark = "error message = '";
  const auto begin = description.find(kMark);
  if (begin == std::string::npos) return description;
  const auto first = begin + kMark.size();
  return fmt::format("{} ({})", description.substr(first, description.find('\'', first) - first),
                     description.substr(0, description.find(':')));
}

/// gforbit has a lock of its own and switches HDF5's off; only the environment switches them on again.
std::string_view lock_remedy(const std::string& description) {
  return description.find("unable to lock file") == std::string::npos
             ? ""
             : "; the environment asks for locks (HDF5_USE_FILE_LOCKING), which are refused here: set it to "
               "FALSE";
}
}  // namespace

void fail(std::string_view what) {
  std::string description;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &description);
  H5Eclear2(H5E_DEFAULT);
  throw Failure(fmt::format("cannot {}: {}{}", what,
                            description.empty() ? "HDF5 gives no reason" : "HDF5: " + readable(description),
                            lock_remedy(description)));
}

Type copy_type(hid_t type) {
  return {H5Tcopy(type), "copy a data type"};
}

Type text_type() {
  Type type = copy_type(H5T_C_S1);
  checked(H5Tset_size(type.get(), H5T_VARIABLE), "make a text type");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a text type");
  return type;
}

Type fixed_text_type(std::size_t width) {
  Type type = copy_type(H5T_C_S1);
  checked(H5Tset_size(type.get(), width), "make a text type");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a text type");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "make a text type");
  return type;
}

Properties file_access() {
  Properties access(H5Pcreate(H5P_FILE_ACCESS), "make file access properties");
  checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_SEMI), "set the close degree");
  checked(H5Pset_file_locking(access.get(), false, true), "switch file locking off");
  return access;
}

void require_chunks(hid_t dataset, std::uint64_t first, std::uint64_t n) {
  const std::string what = "look up its chunks";
  const Properties creation(H5Dget_create_plist(dataset), what);
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED) return;
  const Space space(H5Dget_space(dataset), what);
  if (checked(H5Sget_simple_extent_ndims(space.get()), what) != 1) return;
  hsize_t chunk = 0;
  checked(H5Pget_chunk(creation.get(), 1, &chunk), what);
  for (hsize_t at = first / chunk * chunk; at < first + n; at += chunk) {
    unsigned filters_left_out = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t bytes = 0;
    checked(H5Dget_chunk_info_by_coord(dataset, &at, &filters_left_out, &address, &bytes), what);
    if (address == HADDR_UNDEF) throw Failure(fmt::format("its rows from {} on are missing", at));
  }
}

std::string parent_of(const std::string& path) {
  const std::size_t end = path.rfind('/');
  return end == std::string::npos ? std::string() : path.substr(0, end);
}

bool has_link(hid_t location, const std::string& path) {
  // H5Lexists wants every part before the last to exist, so it is asked part by part.
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!part.empty() && part != "/" &&
        checked(H5Lexists(location, part.c_str(), H5P_DEFAULT), "look up " + part) == 0) {
      return false;
    }
    if (end == std::string::npos) return true;
  }
}

}  // namespace gforbit::store::hdf5
