#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "reader_impl.hpp"

namespace gforbit::store::hdf5 {

namespace {

/// One text of at most `width` bytes; what follows the first zero byte is padding.
std::string unpadded(const char* bytes, std::size_t width) {
  return {bytes, ::strnlen(bytes, width)};
}

std::vector<std::string> to_strings(const std::vector<const char*>& pointers) {
  std::vector<std::string> texts;
  texts.reserve(pointers.size());
  for (const char* const pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
  return texts;
}

std::vector<std::string> to_strings(const std::string& bytes, std::size_t width, std::size_t n) {
  std::vector<std::string> texts;
  texts.reserve(n);
  for (std::size_t i = 0; i < n; ++i) texts.push_back(unpadded(bytes.data() + i * width, width));
  return texts;
}

/// Reads `n` texts through `read(type, buffer)`.
template <class Read>
std::vector<std::string> texts_through(const Type& type, hid_t space, std::size_t n, std::string_view what,
                                       Read read) {
  if (H5Tget_class(type.get()) != H5T_STRING) throw Failure(fmt::format("cannot {}: it is no text", what));
  if (n == 0) return {};
  if (checked(H5Tis_variable_str(type.get()), what) > 0) {
    std::vector<const char*> pointers(n, nullptr);
    auto* const buffer = static_cast<void*>(pointers.data());
    checked(read(type.get(), buffer), what);
    std::vector<std::string> texts = to_strings(pointers);
    H5Dvlen_reclaim(type.get(), space, H5P_DEFAULT, buffer);
    return texts;
  }
  const std::size_t width = H5Tget_size(type.get());
  std::string bytes(n * width, '\0');
  checked(read(type.get(), static_cast<void*>(bytes.data())), what);
  return to_strings(bytes, width, n);
}

std::size_t n_points(hid_t space, std::string_view what) {
  return static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space), what));
}

hid_t native(std::int64_t) {
  return H5T_NATIVE_INT64;
}
hid_t native(double) {
  return H5T_NATIVE_DOUBLE;
}

/// A selection of rows in the file and the space that holds them in memory.
struct Rows {
  Space file, memory;
  Rows(hid_t dataset, std::uint64_t first, std::uint64_t n, std::string_view what)
      : file(H5Dget_space(dataset), what) {
    const int rank = checked(H5Sget_simple_extent_ndims(file.get()), what);
    if (rank > 1) throw Failure(fmt::format("cannot {}: it has {} dimensions", what, rank));
    const hsize_t start = first;
    const hsize_t count = n;
    if (rank == 1) {
      require_chunks(dataset, first, n);
      checked(H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr), what);
    }
    memory = Space(H5Screate_simple(1, &count, nullptr), what);
  }
};

}  // namespace

std::optional<std::vector<std::string>> attribute_texts(hid_t object, const std::string& name) {
  const std::string what = "read attribute " + name;
  if (checked(H5Aexists(object, name.c_str()), what) == 0) return std::nullopt;
  const Attribute attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), what);
  const Type type(H5Aget_type(attribute.get()), what);
  const Space space(H5Aget_space(attribute.get()), what);
  return texts_through(type, space.get(), n_points(space.get(), what), what,
                       [&](hid_t memory, void* buffer) { return H5Aread(attribute.get(), memory, buffer); });
}

template <class Number>
std::optional<std::vector<Number>> attribute_numbers(hid_t object, const std::string& name) {
  const std::string what = "read attribute " + name;
  if (checked(H5Aexists(object, name.c_str()), what) == 0) return std::nullopt;
  const Attribute attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), what);
  const Type type(H5Aget_type(attribute.get()), what);
  const Space space(H5Aget_space(attribute.get()), what);
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind != H5T_INTEGER && !(std::floating_point<Number> && kind == H5T_FLOAT)) {
    throw Failure(
        fmt::format("cannot {}: it is no {}", what, std::floating_point<Number> ? "number" : "integer"));
  }
  std::vector<Number> values(n_points(space.get(), what));
  if (!values.empty()) checked(H5Aread(attribute.get(), native(Number{}), values.data()), what);
  return values;
}
template std::optional<std::vector<std::int64_t>> attribute_numbers(hid_t, const std::string&);
template std::optional<std::vector<double>> attribute_numbers(hid_t, const std::string&);

std::vector<std::string> read_texts(hid_t dataset, std::uint64_t first, std::uint64_t n) {
  const std::string what = fmt::format("read rows {} to {}", first, first + n);
  const Type type(H5Dget_type(dataset), what);
  const Rows rows(dataset, first, n, what);
  return texts_through(
      type, rows.memory.get(), static_cast<std::size_t>(n), what, [&](hid_t memory, void* buffer) {
        return H5Dread(dataset, memory, rows.memory.get(), rows.file.get(), H5P_DEFAULT, buffer);
      });
}

template <class Number>
void read_numbers(hid_t dataset, hid_t memory_type, std::uint64_t first, std::span<Number> out) {
  const std::string what = fmt::format("read rows {} to {}", first, first + out.size());
  const Rows rows(dataset, first, out.size(), what);
  checked(H5Dread(dataset, memory_type, rows.memory.get(), rows.file.get(), H5P_DEFAULT, out.data()), what);
}
template void read_numbers(hid_t, hid_t, std::uint64_t, std::span<std::uint64_t>);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::span<std::int64_t>);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::span<double>);

template <class Number>
void read_numbers(hid_t dataset, hid_t memory_type, std::uint64_t first, std::uint64_t n,
                  std::vector<Number>& out) {
  out.resize(static_cast<std::size_t>(n));
  read_numbers(dataset, memory_type, first, std::span(out));
}
template void read_numbers(hid_t, hid_t, std::uint64_t, std::uint64_t, std::vector<std::uint64_t>&);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::uint64_t, std::vector<std::int64_t>&);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::uint64_t, std::vector<std::int32_t>&);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::uint64_t, std::vector<std::int8_t>&);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::uint64_t, std::vector<std::uint8_t>&);
template void read_numbers(hid_t, hid_t, std::uint64_t, std::uint64_t, std::vector<double>&);

std::string type_name(hid_t type) {
  if (H5Tget_class(type) == H5T_REFERENCE) return "reference";
  if (H5Tget_class(type) == H5T_VLEN || H5Tget_class(type) == H5T_COMPOUND) return "reference";
  const auto known = column_type(type);
  if (!known) return "unknown";
  if (*known == ColumnType::fixed_text) return "text[]";
  return std::string(name_of(*known));
}

namespace {
herr_t collect_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<AttributeSpec>*>(names)->push_back({name, {}});
  return 0;
}
}  // namespace

std::vector<AttributeSpec> attributes_of(hid_t object) {
  std::vector<AttributeSpec> found;
  checked(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_attribute, &found),
          "list attributes");
  for (AttributeSpec& spec : found) {
    const std::string what = "inspect attribute " + spec.name;
    const Attribute attribute(H5Aopen(object, spec.name.c_str(), H5P_DEFAULT), what);
    const Space space(H5Aget_space(attribute.get()), what);
    const bool is_list = H5Sget_simple_extent_type(space.get()) == H5S_SIMPLE;
    spec.type = (is_list ? "list of " : "") + type_name(Type(H5Aget_type(attribute.get()), what).get());
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

std::optional<ColumnType> column_type(hid_t type) {
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0 ? ColumnType::text : ColumnType::fixed_text;
    case H5T_FLOAT:
      return size == 8 ? std::optional(ColumnType::float64) : std::nullopt;
    case H5T_INTEGER: {
      const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
      if (size == 8) return is_signed ? ColumnType::int64 : ColumnType::uint64;
      if (size == 4 && is_signed) return ColumnType::int32;
      if (size == 1) return is_signed ? ColumnType::int8 : ColumnType::uint8;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace gforbit::store::hdf5
