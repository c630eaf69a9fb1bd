/// The stream that is hashed: each item is a tag and values, texts and lists preceded by their length, so
/// that two different files cannot give one stream. Changing anything here changes every results_sha256:
/// raise kFormat then.
#include "canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gforbit/core/digest.hpp"

namespace gforbit::store::hdf5 {

namespace {

constexpr std::string_view kFormat = "gforbit canonical results 1";
constexpr std::size_t kBlockBytes = std::size_t{1} << 22;
constexpr std::size_t kBlockTexts =
    1024;                      ///< rows of variable length a block: their size is not known before
constexpr int kMaxDepth = 32;  ///< groups in groups; more is a circle of links

class Stream {
 public:
  void number(std::uint64_t value) {
    std::byte bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    hash_.update(bytes);
  }
  void text(std::string_view value) {
    number(value.size());
    hash_.update(value);
  }
  void raw(std::span<const std::byte> bytes) { hash_.update(bytes); }
  [[nodiscard]] std::string hex() { return hash_.hex(); }
  /// Of the object that a reference of the file leads to.
  [[nodiscard]] std::string name_of(hid_t file, const std::byte* reference);

 private:
  core::Sha256 hash_;
  bool has_names_ = false;
  std::unordered_map<haddr_t, std::string> names_;  ///< by address
};

bool is_variable(hid_t type) {
  return checked(H5Tdetect_class(type, H5T_VLEN), "inspect a type") > 0 ||
         (H5Tget_class(type) == H5T_STRING && checked(H5Tis_variable_str(type), "inspect a type") > 0);
}

/// Values whose bytes in memory are their canonical form.
bool is_plain(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  return kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM ||
         (kind == H5T_STRING && !is_variable(type));
}

Type super_type(hid_t type) {
  return {H5Tget_super(type), "inspect a type"};
}

struct HdfText {
  char* value;
  ~HdfText() { H5free_memory(value); }
};

void describe(Stream& out, hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  out.number(static_cast<std::uint64_t>(kind));
  switch (kind) {
    case H5T_INTEGER:
      out.number(H5Tget_size(type));
      out.number(static_cast<std::uint64_t>(H5Tget_sign(type)));
      return;
    case H5T_FLOAT:
      out.number(H5Tget_size(type));
      return;
    case H5T_STRING:
      out.number(is_variable(type) ? 0 : H5Tget_size(type));
      out.number(static_cast<std::uint64_t>(H5Tget_cset(type)));
      return;
    case H5T_REFERENCE:
      return;
    case H5T_VLEN:
      describe(out, super_type(type).get());
      return;
    case H5T_ENUM:
    case H5T_COMPOUND: {
      const int n = checked(H5Tget_nmembers(type), "inspect a type");
      out.number(static_cast<std::uint64_t>(n));
      if (kind == H5T_ENUM) describe(out, super_type(type).get());
      for (unsigned i = 0; i < static_cast<unsigned>(n); ++i) {
        const HdfText name{H5Tget_member_name(type, i)};
        if (name.value == nullptr) fail("inspect a type");
        out.text(name.value);
        if (kind == H5T_ENUM) continue;
        describe(out, Type(H5Tget_member_type(type, i), "inspect a type").get());
      }
      return;
    }
    default:
      throw Failure(fmt::format("cannot digest a value of HDF5 type class {}", static_cast<int>(kind)));
  }
}

herr_t collect_address(hid_t, const char* name, const H5O_info_t* info, void* names) {
  const std::string path = std::string_view(name) == "." ? "/" : fmt::format("/{}", name);
  static_cast<std::unordered_map<haddr_t, std::string>*>(names)->emplace(info->addr, path);
  return 0;
}

/// HDF5 looks for the name in the whole file each time.
std::string looked_up_name(hid_t file, const std::byte* reference) {
  const auto length = checked(H5Rget_name(file, H5R_OBJECT, reference, nullptr, 0), "resolve a reference");
  std::string name(static_cast<std::size_t>(length), '\0');
  checked(H5Rget_name(file, H5R_OBJECT, reference, name.data(), name.size() + 1), "resolve a reference");
  return name;
}

std::string Stream::name_of(hid_t file, const std::byte* reference) {
  if (!std::exchange(has_names_, true)) {
    const bool all =
        H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, collect_address, &names_, H5O_INFO_BASIC) >= 0;
    if (!all) names_.clear();  // the file is damaged somewhere
  }
  hobj_ref_t address = 0;
  std::memcpy(&address, reference, sizeof address);
  const auto known = names_.find(address);
  return known != names_.end() ? known->second : looked_up_name(file, reference);
}

void put_value(Stream& out, hid_t file, hid_t type, const std::byte* value) {
  switch (H5Tget_class(type)) {
    case H5T_STRING:
      if (is_variable(type)) {
        const char* text = nullptr;
        std::memcpy(&text, value, sizeof text);
        out.text(text == nullptr ? "" : text);
        return;
      }
      [[fallthrough]];
    case H5T_INTEGER:
    case H5T_FLOAT:
    case H5T_ENUM:
      out.raw({value, H5Tget_size(type)});
      return;
    case H5T_REFERENCE:
      out.text(out.name_of(file, value));
      return;
    case H5T_VLEN: {
      hvl_t list;
      std::memcpy(&list, value, sizeof list);
      const Type element = super_type(type);
      const std::size_t size = H5Tget_size(element.get());
      out.number(list.len);
      for (std::size_t i = 0; i < list.len; ++i) {
        put_value(out, file, element.get(), static_cast<const std::byte*>(list.p) + i * size);
      }
      return;
    }
    case H5T_COMPOUND: {
      const int n = checked(H5Tget_nmembers(type), "inspect a type");
      for (unsigned i = 0; i < static_cast<unsigned>(n); ++i) {
        const Type member(H5Tget_member_type(type, i), "inspect a type");
        put_value(out, file, member.get(), value + H5Tget_member_offset(type, i));
      }
      return;
    }
    default:
      throw Failure("cannot digest a value of this type");  // describe() has refused it before
  }
}

void put_values(Stream& out, hid_t file, hid_t type, std::span<const std::byte> values) {
  if (is_plain(type)) {
    out.raw(values);
    return;
  }
  const std::size_t size = H5Tget_size(type);
  for (std::size_t at = 0; at < values.size(); at += size) put_value(out, file, type, values.data() + at);
}

/// Gives back what HDF5 allocated for values of variable length.
class Reclaim {
 public:
  Reclaim(hid_t type, hid_t space, void* values) : type_(type), space_(space), values_(values) {}
  ~Reclaim() {
    if (!is_plain(type_)) H5Dvlen_reclaim(type_, space_, H5P_DEFAULT, values_);
  }
  Reclaim(const Reclaim&) = delete;
  Reclaim& operator=(const Reclaim&) = delete;

 private:
  hid_t type_, space_;
  void* values_;
};

Type memory_type(hid_t file_type) {
  return {H5Tget_native_type(file_type, H5T_DIR_ASCEND), "find the memory form of a type"};
}

std::vector<hsize_t> put_shape(Stream& out, hid_t space) {
  const int rank = checked(H5Sget_simple_extent_ndims(space), "inspect a shape");
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  if (rank > 0) checked(H5Sget_simple_extent_dims(space, shape.data(), nullptr), "inspect a shape");
  out.number(static_cast<std::uint64_t>(H5Sget_simple_extent_type(space)));
  out.number(shape.size());
  for (const hsize_t n : shape) out.number(n);
  return shape;
}

void put_attribute(Stream& out, hid_t file, hid_t object, const std::string& name) {
  const std::string what = "read attribute " + name;
  const Attribute attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), what);
  const Type file_type(H5Aget_type(attribute.get()), what);
  const Space space(H5Aget_space(attribute.get()), what);
  out.text(name);
  describe(out, file_type.get());
  put_shape(out, space.get());
  const auto n = static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space.get()), what));
  if (n == 0) return;
  const Type type = memory_type(file_type.get());
  std::vector<std::byte> values(n * H5Tget_size(type.get()));
  checked(H5Aread(attribute.get(), type.get(), values.data()), what);
  const Reclaim reclaim(type.get(), space.get(), values.data());
  put_values(out, file, type.get(), values);
}

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

herr_t collect_member(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

void put_attributes(Stream& out, hid_t file, hid_t object) {
  std::vector<std::string> names;
  checked(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_name, &names),
          "list attributes");
  std::sort(names.begin(), names.end());
  out.number(names.size());
  for (const std::string& name : names) put_attribute(out, file, object, name);
}

/// Blocks of rows: the first dimension is cut, all others are read whole.
void put_dataset(Stream& out, hid_t file, hid_t dataset) {
  const Type file_type(H5Dget_type(dataset), "read a dataset");
  const Space space(H5Dget_space(dataset), "read a dataset");
  describe(out, file_type.get());
  std::vector<hsize_t> shape = put_shape(out, space.get());
  const auto n_values =
      static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space.get()), "read a dataset"));
  if (n_values == 0) return;
  require_chunks(dataset, 0, shape.empty() ? 1 : shape[0]);
  const Type type = memory_type(file_type.get());

  const std::size_t n_rows = shape.empty() ? 1 : static_cast<std::size_t>(shape[0]);
  const std::size_t row_values = n_values / n_rows;
  const std::size_t row_bytes = row_values * H5Tget_size(type.get());
  const std::size_t block_rows =
      std::clamp(is_variable(file_type.get()) ? kBlockTexts / row_values : kBlockBytes / row_bytes,
                 std::size_t{1}, n_rows);
  std::vector<std::byte> values(block_rows * row_bytes);
  std::vector<hsize_t> start(shape.size(), 0);
  for (std::size_t first = 0; first < n_rows; first += block_rows) {
    const std::size_t n = std::min(block_rows, n_rows - first);
    if (!shape.empty()) {
      start[0] = first;
      shape[0] = n;
      checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr),
              "select rows");
    }
    const hsize_t count = n * row_values;
    const Space block(H5Screate_simple(1, &count, nullptr), "select rows");
    checked(H5Dread(dataset, type.get(), block.get(), space.get(), H5P_DEFAULT, values.data()),
            fmt::format("read rows {} to {}", first, first + n));
    const Reclaim reclaim(type.get(), block.get(), values.data());
    put_values(out, file, type.get(), {values.data(), n * row_bytes});
  }
}

void put_object(Stream& out, hid_t file, hid_t parent, const std::string& name, int depth) {
  if (depth > kMaxDepth) throw Failure(fmt::format("groups are nested more than {} deep", kMaxDepth));
  const Object object(H5Oopen(parent, name.c_str(), H5P_DEFAULT), "open " + name);
  const H5I_type_t kind = H5Iget_type(object.get());
  try {
    if (kind == H5I_GROUP) {
      out.text("group");
      put_attributes(out, file, object.get());
      const auto members = sorted_members(object.get());
      out.number(members.size());
      for (const std::string& member : members) {
        out.text(member);
        put_object(out, file, object.get(), member, depth + 1);
      }
    } else if (kind == H5I_DATASET) {
      out.text("dataset");
      put_attributes(out, file, object.get());
      put_dataset(out, file, object.get());
    } else {
      throw Failure("neither group nor dataset");
    }
  } catch (const Failure& failure) {
    throw Failure(name + ": " + failure.what());
  }
}

}  // namespace

// Both lists are asked for in any order and sorted here: for a given order HDF5 makes a table of its own, and
// frees it wrongly where the group is damaged.
std::vector<std::string> sorted_members(hid_t group) {
  std::vector<std::string> names;
  checked(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_member, &names), "list a group");
  std::sort(names.begin(), names.end());
  return names;
}

std::string canonical_digest(hid_t file, const std::string& path) {
  Stream out;
  out.text(kFormat);
  put_object(out, file, file, path, 0);
  return out.hex();
}

}  // namespace gforbit::store::hdf5
