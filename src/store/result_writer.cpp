#include "gforbit/store/result_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "canonical.hpp"
#include "gforbit/core/build_info.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/store/output_place.hpp"
#include "writer_impl.hpp"

namespace gforbit::store {

namespace {

using hdf5::checked;

void create_attribute(hid_t object, const std::string& name, const hdf5::Type& type, const hdf5::Space& space,
                      const void* value) {
  const std::string what = "write attribute " + name;
  if (checked(H5Aexists(object, name.c_str()), what) > 0) checked(H5Adelete(object, name.c_str()), what);
  hdf5::Attribute attribute(
      H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), what);
  checked(H5Awrite(attribute.get(), type.get(), value), what);
  attribute.close(what);
}

hdf5::Space scalar() {
  return {H5Screate(H5S_SCALAR), "make a scalar"};
}

hdf5::Space vector_of(std::size_t n) {
  const hsize_t size = n;
  return {H5Screate_simple(1, &size, nullptr), "make a shape"};
}

hdf5::Type number_type(std::int32_t) {
  return hdf5::copy_type(H5T_NATIVE_INT32);
}
hdf5::Type number_type(std::uint8_t) {
  return hdf5::copy_type(H5T_NATIVE_UINT8);
}
hdf5::Type number_type(std::int64_t) {
  return hdf5::copy_type(H5T_NATIVE_INT64);
}
hdf5::Type number_type(std::uint64_t) {
  return hdf5::copy_type(H5T_NATIVE_UINT64);
}
hdf5::Type number_type(double) {
  return hdf5::copy_type(H5T_NATIVE_DOUBLE);
}

struct AttributeWriter {
  hid_t object;
  const std::string& name;

  void operator()(const std::string& text) const {
    refuse_zero_bytes(text, name);
    const char* const value = text.c_str();
    create_attribute(object, name, hdf5::text_type(), scalar(), static_cast<const void*>(&value));
  }
  void operator()(const std::vector<std::string>& texts) const {
    std::vector<const char*> values;
    for (const std::string& text : texts) {
      refuse_zero_bytes(text, name);
      values.push_back(text.c_str());
    }
    create_attribute(object, name, hdf5::text_type(), vector_of(values.size()),
                     static_cast<const void*>(values.data()));
  }
  void operator()(const std::array<std::int32_t, 2>& pair) const {
    create_attribute(object, name, number_type(pair[0]), vector_of(pair.size()), pair.data());
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void operator()(Number number) const {
    create_attribute(object, name, number_type(number), scalar(), &number);
  }
};

}  // namespace

std::string type_of(const AttributeValue& value) {
  struct TypeName {
    std::string operator()(const std::string&) const { return "text"; }
    std::string operator()(const std::vector<std::string>&) const { return "list of text"; }
    std::string operator()(const std::array<std::int32_t, 2>&) const { return "list of int32"; }
    std::string operator()(std::int32_t) const { return "int32"; }
    std::string operator()(std::uint8_t) const { return "uint8"; }
    std::string operator()(std::int64_t) const { return "int64"; }
    std::string operator()(std::uint64_t) const { return "uint64"; }
    std::string operator()(double) const { return "float64"; }
  };
  return std::visit(TypeName{}, value);
}

void refuse_zero_bytes(std::string_view text, std::string_view where) {
  if (text.find('\0') != std::string_view::npos) {
    throw core::InternalError(fmt::format("a text for '{}' contains a zero byte", where));
  }
}

void hdf5::put_attribute(hid_t object, const std::string& name, const AttributeValue& value) {
  std::visit(AttributeWriter{object, name}, value);
}

hdf5::Group hdf5::require_group(hid_t file, const std::string& path) {
  if (path.empty() || path == "/" || has_link(file, path)) {
    return {H5Gopen2(file, path.empty() ? "/" : path.c_str(), H5P_DEFAULT), "open group " + path};
  }
  // One by one, because those that HDF5 would make on the way get a time stamp, and equal runs should give
  // equal bytes.
  static_cast<void>(require_group(file, parent_of(path)));
  const Properties creation(H5Pcreate(H5P_GROUP_CREATE), "make group properties");
  checked(H5Pset_obj_track_times(creation.get(), false), "make group properties");
  return {H5Gcreate2(file, path.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), "create group " + path};
}

void ResultWriter::Impl::create(Hdf5Format format) {
  hdf5::initialize();
  ::close(create_temporary(temporary));
  try {
    guarded([&] {
      // The root group too would get a time stamp.
      const hdf5::Properties creation(H5Pcreate(H5P_FILE_CREATE), "make file properties");
      checked(H5Pset_obj_track_times(creation.get(), false), "make file properties");
      const hdf5::Properties access = hdf5::file_access();
      // Both bounds, so that nothing that an older library cannot read comes in by a feature of a newer one.
      const auto bound = format == Hdf5Format::v1_8 ? H5F_LIBVER_V18 : H5F_LIBVER_V110;
      checked(H5Pset_libver_bounds(access.get(), bound, bound), "set the format version");
      file = hdf5::File(H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
                        fmt::format("create temporary file '{}'", temporary.string()));
    });
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void ResultWriter::Impl::discard() noexcept {
  if (!file.is_open()) return;
  file = hdf5::File();
  // If HDF5 failed to close, the process still holds the file and its space: emptying gives that back at
  // once.
  [[maybe_unused]] const int emptied = ::truncate(temporary.c_str(), 0);
  ::unlink(temporary.c_str());
}

ResultWriter::ResultWriter(const OutputTarget& target, Hdf5Format format) : impl_(std::make_unique<Impl>()) {
  target.renew();
  impl_->path = target.path();
  impl_->temporary = target.temporary_path();
  impl_->create(format);
}

ResultWriter::ResultWriter(const std::filesystem::path& path, bool force, Hdf5Format format)
    : impl_(std::make_unique<Impl>()) {
  impl_->own_target.emplace(path, force);
  impl_->path = impl_->own_target->path();
  impl_->temporary = impl_->own_target->temporary_path();
  impl_->create(format);
}

ResultWriter::~ResultWriter() {
  if (impl_) impl_->discard();
}

ResultWriter::ResultWriter(ResultWriter&&) noexcept = default;

ResultWriter& ResultWriter::operator=(ResultWriter&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->discard();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

void ResultWriter::set_header(std::string_view job, bool complete, core::ExitStatus exit_status) {
  const core::BuildInfo build = core::build_info();
  set_attribute("/", "schema", std::string(kSchema));
  set_attribute("/", "schema_version", kSchemaVersion);
  set_attribute("/", "job", std::string(job));
  set_attribute("/", "producer_version", build.version);
  set_attribute("/", "git_revision", build.revision);
  set_attribute("/", "complete", static_cast<std::uint8_t>(complete ? 1 : 0));
  set_attribute("/", "exit_status", static_cast<std::int32_t>(exit_status));
  impl_->has_header = true;
}

void ResultWriter::set_attribute(const std::string& object, const std::string& name,
                                 const AttributeValue& value) {
  impl_->guarded([&] {
    if (object != "/" && !hdf5::has_link(impl_->file.get(), object)) {
      static_cast<void>(hdf5::require_group(impl_->file.get(), object));
    }
    const hdf5::Object target(H5Oopen(impl_->file.get(), object.c_str(), H5P_DEFAULT), "open " + object);
    hdf5::put_attribute(target.get(), name, value);
  });
}

void ResultWriter::write_text(const std::string& path, const std::string& text) {
  refuse_zero_bytes(text, path);
  impl_->guarded([&] {
    static_cast<void>(hdf5::require_group(impl_->file.get(), hdf5::parent_of(path)));
    const hdf5::Properties creation(H5Pcreate(H5P_DATASET_CREATE), "make dataset properties");
    checked(H5Pset_obj_track_times(creation.get(), false), "make dataset properties");
    const hdf5::Type type = hdf5::text_type();
    const std::string what = "write " + path;
    hdf5::Dataset dataset(H5Dcreate2(impl_->file.get(), path.c_str(), type.get(), scalar().get(), H5P_DEFAULT,
                                     creation.get(), H5P_DEFAULT),
                          what);
    const char* const value = text.c_str();
    checked(
        H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<const void*>(&value)),
        what);
    dataset.close(what);
  });
}

void ResultWriter::write(const Table& table) {
  FixedTextWidths widths;
  for (std::size_t i = 0; i < table.n_columns(); ++i) {
    const ColumnSpec& column = table.spec().columns[i];
    if (column.type != ColumnType::fixed_text) continue;
    std::size_t width = 1;
    for (const auto& text : table.column<std::string>(column.name)) width = std::max(width, text.size());
    widths.emplace(column.name, width);
  }
  TableStream stream = open_table(table.spec(), widths);
  stream.append(table);
  stream.close();
}

std::string ResultWriter::commit() {
  if (!impl_->has_header) throw core::InternalError("a result file is committed without header");
  if (impl_->open_streams > 0)
    throw core::InternalError("a result file is committed while a table is being written");
  if (impl_->failed) {
    throw core::OutputError(
        fmt::format("'{}' could not be written: an earlier write failed", impl_->path.string()));
  }
  std::string digest = impl_->guarded([&] {
    static_cast<void>(hdf5::require_group(impl_->file.get(), "results"));
    std::string sha256 = hdf5::canonical_digest(impl_->file.get(), "results");
    hdf5::put_attribute(hdf5::require_group(impl_->file.get(), "/").get(), "results_sha256", sha256);
    checked(H5Fflush(impl_->file.get(), H5F_SCOPE_GLOBAL), "flush");
    return sha256;
  });
  try {
    impl_->guarded([&] { impl_->file.close("close"); });
    publish_file(impl_->temporary, impl_->path);
  } catch (...) {
    ::unlink(impl_->temporary.c_str());
    throw;
  }
  return digest;
}

}  // namespace gforbit::store
