#include "gforbit/store/result_reader.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <utility>

#include "canonical.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/store/result_writer.hpp"
#include "open_result.hpp"
#include "reader_impl.hpp"

namespace gforbit::store {

namespace fs = std::filesystem;
using hdf5::checked;

struct ResultReader::Impl {
  fs::path path;
  hdf5::File file;

  [[noreturn]] void refuse(const std::string& why) const {
    throw core::InputError(fmt::format("'{}' {}", path.string(), why));
  }

  /// Runs `action` on the object; a failure of HDF5 becomes an InputError that names file and object.
  template <class Action>
  auto at(const std::string& object, Action&& action) const {
    hdf5::initialize();
    try {
      const std::string name = object.empty() ? "/" : object;
      if (name != "/" && !hdf5::has_link(file.get(), name)) {
        throw core::InputError(fmt::format("'{}' has no '{}'", path.string(), name));
      }
      const hdf5::Object opened(H5Oopen(file.get(), name.c_str(), H5P_DEFAULT), "open it");
      return action(opened.get());
    } catch (const hdf5::Failure& failure) {
      throw core::InputError(fmt::format("'{}' is damaged or no result of gforbit: '{}': {}", path.string(),
                                         object, failure.what()));
    }
  }

  void check_schema(const ResultReader& reader) const;
  void find_tables(hid_t group, const std::string& prefix, int depth, std::vector<std::string>& found) const;
  void list(hid_t parent, const std::string& name, const std::string& object_path, int depth,
            std::vector<ObjectInfo>& found) const;
};

namespace {
constexpr int kMaxTableDepth = 8;

std::uint64_t dataset_length(hid_t dataset) {
  if (H5Iget_type(dataset) != H5I_DATASET) throw hdf5::Failure("it is no dataset");
  const hdf5::Space space(H5Dget_space(dataset), "inspect its shape");
  if (checked(H5Sget_simple_extent_ndims(space.get()), "inspect its shape") != 1) {
    throw hdf5::Failure("it is not one-dimensional");
  }
  return static_cast<std::uint64_t>(checked(H5Sget_simple_extent_npoints(space.get()), "inspect its shape"));
}

hid_t memory_type(std::uint64_t) {
  return H5T_NATIVE_UINT64;
}
hid_t memory_type(std::int64_t) {
  return H5T_NATIVE_INT64;
}
hid_t memory_type(std::int32_t) {
  return H5T_NATIVE_INT32;
}
hid_t memory_type(std::int8_t) {
  return H5T_NATIVE_INT8;
}
hid_t memory_type(std::uint8_t) {
  return H5T_NATIVE_UINT8;
}
hid_t memory_type(double) {
  return H5T_NATIVE_DOUBLE;
}

void read_column(hid_t dataset, std::uint64_t first, std::uint64_t n, ColumnData& out) {
  std::visit(
      [&]<class T>(std::vector<T>& values) {
        if constexpr (std::same_as<T, std::string>)
          values = hdf5::read_texts(dataset, first, n);
        else
          hdf5::read_numbers(dataset, memory_type(T{}), first, n, values);
      },
      out);
}

/// The root group counts as one.
bool is_hard_link(hid_t parent, const std::string& name) {
  if (name == "/") return true;
  H5L_info_t link{};
  checked(H5Lget_info(parent, name.c_str(), &link, H5P_DEFAULT), "look up " + name);
  return link.type == H5L_TYPE_HARD;
}

/// The only value of an attribute that should have just one.
template <class T>
std::optional<T> single(std::optional<std::vector<T>> values, const std::string& name) {
  if (!values) return std::nullopt;
  if (values->size() != 1)
    throw hdf5::Failure(fmt::format("attribute {} has {} values", name, values->size()));
  return std::move(values->front());
}
}  // namespace

void ResultReader::Impl::check_schema(const ResultReader& reader) const {
  const auto schema = reader.text_attribute("/", "schema");
  if (!schema) refuse("is an HDF5 file, but no result of gforbit: it has no root attribute 'schema'");
  if (*schema != kSchema) refuse(fmt::format("has schema {}, not 'gforbit'", core::quoted(*schema)));
  const auto version = reader.integers_attribute("/", "schema_version");
  if (!version || version->size() != 2) refuse("has no root attribute 'schema_version' of two integers");
  if ((*version)[0] > kSchemaVersion[0]) {
    refuse(fmt::format(
        "has schema version {}.{}; this gforbit reads versions {}.x: use the newer gforbit that wrote it",
        (*version)[0], (*version)[1], kSchemaVersion[0]));
  }
  if ((*version)[0] < kSchemaVersion[0]) {
    refuse(fmt::format("has schema version {}.{}, which this gforbit does not read", (*version)[0],
                       (*version)[1]));
  }
}

void ResultReader::Impl::find_tables(hid_t group, const std::string& prefix, int depth,
                                     std::vector<std::string>& found) const {
  for (const std::string& name : hdf5::sorted_members(group)) {
    const hdf5::Object member(H5Oopen(group, name.c_str(), H5P_DEFAULT), "open " + name);
    if (H5Iget_type(member.get()) != H5I_GROUP) continue;
    const std::string full_name = prefix + name;
    const auto encoding = hdf5::attribute_texts(member.get(), "encoding-type");
    if (encoding == std::vector<std::string>{"table"})
      found.push_back(full_name);
    else if (depth < kMaxTableDepth)
      find_tables(member.get(), full_name + "/", depth + 1, found);
  }
}

void ResultReader::Impl::list(hid_t parent, const std::string& name, const std::string& object_path,
                              int depth, std::vector<ObjectInfo>& found) const {
  ObjectInfo info{object_path, ObjectInfo::Kind::other, {}, 0, {}};
  if (!is_hard_link(parent, name)) return found.push_back(std::move(info));
  const hdf5::Object object(H5Oopen(parent, name.c_str(), H5P_DEFAULT), "open " + name);
  const H5I_type_t kind = H5Iget_type(object.get());
  if (kind == H5I_GROUP || kind == H5I_DATASET) info.attributes = hdf5::attributes_of(object.get());
  if (kind == H5I_DATASET) {
    info.kind = ObjectInfo::Kind::dataset;
    const hdf5::Space space(H5Dget_space(object.get()), "inspect its shape");
    info.dimensions = checked(H5Sget_simple_extent_ndims(space.get()), "inspect its shape");
    info.type = hdf5::type_name(hdf5::Type(H5Dget_type(object.get()), "inspect its type").get());
  }
  if (kind != H5I_GROUP) return found.push_back(std::move(info));
  info.kind = ObjectInfo::Kind::group;
  found.push_back(std::move(info));
  if (depth > kMaxTableDepth)
    throw hdf5::Failure(fmt::format("groups are nested more than {} deep", kMaxTableDepth));
  for (const std::string& member : hdf5::sorted_members(object.get()))
    list(object.get(), member, object_path.empty() ? member : object_path + "/" + member, depth + 1, found);
}

ResultReader::ResultReader(const fs::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->file = open_result(path);
  impl_->check_schema(*this);
}
ResultReader::~ResultReader() = default;
ResultReader::ResultReader(ResultReader&&) noexcept = default;
ResultReader& ResultReader::operator=(ResultReader&&) noexcept = default;

const fs::path& ResultReader::path() const noexcept {
  return impl_->path;
}

std::optional<std::string> ResultReader::text_attribute(const std::string& object,
                                                        const std::string& name) const {
  return impl_->at(object, [&](hid_t id) { return single(hdf5::attribute_texts(id, name), name); });
}

std::optional<std::int64_t> ResultReader::integer_attribute(const std::string& object,
                                                            const std::string& name) const {
  return impl_->at(object,
                   [&](hid_t id) { return single(hdf5::attribute_numbers<std::int64_t>(id, name), name); });
}

std::optional<double> ResultReader::real_attribute(const std::string& object, const std::string& name) const {
  return impl_->at(object, [&](hid_t id) { return single(hdf5::attribute_numbers<double>(id, name), name); });
}

std::optional<std::vector<std::int64_t>> ResultReader::integers_attribute(const std::string& object,
                                                                          const std::string& name) const {
  return impl_->at(object, [&](hid_t id) { return hdf5::attribute_numbers<std::int64_t>(id, name); });
}

std::optional<std::vector<std::string>> ResultReader::texts_attribute(const std::string& object,
                                                                      const std::string& name) const {
  return impl_->at(object, [&](hid_t id) { return hdf5::attribute_texts(id, name); });
}

bool ResultReader::contains(const std::string& path) const {
  return impl_->at("/", [&](hid_t root) { return hdf5::has_link(root, path); });
}

std::vector<ObjectInfo> ResultReader::contents() const {
  return impl_->at("/", [&](hid_t root) {
    std::vector<ObjectInfo> found;
    impl_->list(root, "/", "", 0, found);
    return found;
  });
}

std::vector<std::string> ResultReader::tables() const {
  return impl_->at("/", [&](hid_t root) {
    std::vector<std::string> found;
    impl_->find_tables(root, "", 0, found);
    std::sort(found.begin(), found.end());
    return found;
  });
}

bool ResultReader::has_table(const std::string& path) const {
  const auto all = tables();
  return std::find(all.begin(), all.end(), path) != all.end();
}

TableSpec ResultReader::spec(const std::string& table) const {
  TableSpec spec{table, text_attribute(table, "title").value_or(""), {}};
  const auto order = texts_attribute(table, "column-order");
  if (!order || order->empty()) impl_->refuse(fmt::format("has no column-order in table '{}'", table));
  for (const std::string& name : *order) {
    const std::string path = table + "/" + name;
    ColumnSpec column{
        name, text_attribute(path, "long_name").value_or(""), text_attribute(path, "units").value_or(""), {}};
    column.type = impl_->at(path, [](hid_t dataset) {
      static_cast<void>(dataset_length(dataset));
      const hdf5::Type stored(H5Dget_type(dataset), "inspect its type");
      const auto type = hdf5::column_type(stored.get());
      if (!type) throw hdf5::Failure("no table of gforbit has a column of its type");
      return *type;
    });
    if (const auto meanings = text_attribute(path, "flag_meanings");
        meanings && column.type == ColumnType::int8) {
      for (const auto meaning : core::split(*meanings, ' ')) column.flag_meanings.emplace_back(meaning);
    }
    spec.columns.push_back(std::move(column));
  }
  return spec;
}

std::vector<std::uint64_t> ResultReader::column_lengths(const std::string& table) const {
  std::vector<std::uint64_t> lengths;
  for (const std::string& name :
       texts_attribute(table, "column-order").value_or(std::vector<std::string>{})) {
    lengths.push_back(impl_->at(table + "/" + name, dataset_length));
  }
  return lengths;
}

std::uint64_t ResultReader::n_rows(const std::string& table) const {
  const auto lengths = column_lengths(table);
  if (lengths.empty()) impl_->refuse(fmt::format("has no column-order in table '{}'", table));
  if (std::adjacent_find(lengths.begin(), lengths.end(), std::not_equal_to<>()) != lengths.end()) {
    impl_->refuse(fmt::format("has columns of different lengths in table '{}'", table));
  }
  return lengths.front();
}

std::vector<std::string> ResultReader::columns_without_row_scale(const std::string& table) const {
  std::vector<std::string> names =
      texts_attribute(table, "column-order").value_or(std::vector<std::string>{});
  const std::string scale_path = table + "/row";
  if (!impl_->at("/", [&](hid_t root) { return hdf5::has_link(root, scale_path); })) return names;
  std::erase_if(names, [&](const std::string& name) {
    return impl_->at(table + "/" + name, [&](hid_t column) {
      const hdf5::Dataset scale(H5Dopen2(impl_->file.get(), scale_path.c_str(), H5P_DEFAULT),
                                "open the scale 'row'");
      return H5DSis_scale(scale.get()) > 0 && H5DSis_attached(column, scale.get(), 0) > 0;
    });
  });
  return names;
}

bool ResultReader::rows_are_numbered(const std::string& table) const {
  constexpr std::uint64_t kBlock = std::uint64_t{1} << 16;
  const std::uint64_t n = n_rows(table);
  return impl_->at(table + "/row", [&](hid_t scale) {
    if (dataset_length(scale) != n) return false;
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t first = 0; first < n; first += kBlock) {
      hdf5::read_numbers(scale, H5T_NATIVE_UINT64, first, std::min(kBlock, n - first), numbers);
      for (std::uint64_t i = 0; i < numbers.size(); ++i) {
        if (numbers[i] != first + i) return false;
      }
    }
    return true;
  });
}

Table ResultReader::read(const std::string& table, std::uint64_t first, std::uint64_t n) const {
  const std::uint64_t total = n_rows(table);
  const std::uint64_t count = std::min(n, total - std::min(first, total));
  Table rows(spec(table));
  if (count == 0) return rows;
  for (std::size_t i = 0; i < rows.n_columns(); ++i) {
    impl_->at(table + "/" + rows.spec().columns[i].name,
              [&](hid_t dataset) { read_column(dataset, first, count, rows.data(i)); });
  }
  return rows;
}

Table ResultReader::read(const std::string& table) const {
  return read(table, 0, n_rows(table));
}

template <class Number>
void ResultReader::read_values(const std::string& table, const std::string& column, std::uint64_t first,
                               std::span<Number> out) const {
  impl_->at(table + "/" + column,
            [&](hid_t dataset) { hdf5::read_numbers(dataset, memory_type(Number{}), first, out); });
}
template void ResultReader::read_values(const std::string&, const std::string&, std::uint64_t,
                                        std::span<std::int64_t>) const;
template void ResultReader::read_values(const std::string&, const std::string&, std::uint64_t,
                                        std::span<std::uint64_t>) const;
template void ResultReader::read_values(const std::string&, const std::string&, std::uint64_t,
                                        std::span<double>) const;

std::vector<std::string> ResultReader::read_texts(const std::string& table, const std::string& column,
                                                  std::uint64_t first, std::uint64_t n) const {
  return impl_->at(table + "/" + column, [&](hid_t dataset) { return hdf5::read_texts(dataset, first, n); });
}

std::optional<std::string> ResultReader::text(const std::string& path) const {
  if (!contains(path)) return std::nullopt;
  return impl_->at(path, [](hid_t dataset) {
    if (H5Iget_type(dataset) != H5I_DATASET) throw hdf5::Failure("it is no dataset");
    const hdf5::Space space(H5Dget_space(dataset), "inspect its shape");
    if (checked(H5Sget_simple_extent_npoints(space.get()), "inspect its shape") != 1) {
      throw hdf5::Failure("it is no single text");
    }
    return hdf5::read_texts(dataset, 0, 1).front();
  });
}

std::string ResultReader::digest() const {
  return impl_->at("results", [&](hid_t) { return hdf5::canonical_digest(impl_->file.get(), "results"); });
}

}  // namespace gforbit::store
