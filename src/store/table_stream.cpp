/// How a table gets into the file. Rows are collected to blocks of kBlockRows, a multiple of every chunk's
/// length, so that each chunk is compressed and written once, however small the pieces are in which rows
/// arrive.
#include <hdf5_hl.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_writer.hpp"
#include "writer_impl.hpp"

namespace gforbit::store {

namespace {

using hdf5::checked;

constexpr std::size_t kBlockRows = std::size_t{1} << 16;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
constexpr unsigned kGzipLevel = 4;
constexpr const char* kScaleName = "row";

hdf5::Type memory_type(ColumnType type, std::size_t width) {
  switch (type) {
    case ColumnType::uint64:
      return hdf5::copy_type(H5T_NATIVE_UINT64);
    case ColumnType::int64:
      return hdf5::copy_type(H5T_NATIVE_INT64);
    case ColumnType::int32:
      return hdf5::copy_type(H5T_NATIVE_INT32);
    case ColumnType::int8:
      return hdf5::copy_type(H5T_NATIVE_INT8);
    case ColumnType::uint8:
      return hdf5::copy_type(H5T_NATIVE_UINT8);
    case ColumnType::float64:
      return hdf5::copy_type(H5T_NATIVE_DOUBLE);
    case ColumnType::fixed_text:
      return hdf5::fixed_text_type(width);
    case ColumnType::text:
      return hdf5::text_type();
  }
  throw core::InternalError("column type out of range");
}

/// A power of two, so that kBlockRows is a multiple of it; less where the whole table is shorter.
std::size_t chunk_rows(hid_t type, std::size_t n_rows) {
  const std::size_t rows = std::bit_floor(std::max(kChunkBytes / H5Tget_size(type), std::size_t{1}));
  return std::clamp(std::min(rows, n_rows), std::size_t{1}, kBlockRows);
}

hdf5::Dataset create_column(hid_t group, const std::string& name, const hdf5::Type& type,
                            std::size_t n_first_rows) {
  const hdf5::Properties creation(H5Pcreate(H5P_DATASET_CREATE), "make column properties");
  const hsize_t chunk = chunk_rows(type.get(), n_first_rows);
  checked(H5Pset_chunk(creation.get(), 1, &chunk), "set chunks");
  checked(H5Pset_shuffle(creation.get()), "set the shuffle filter");
  checked(H5Pset_deflate(creation.get(), kGzipLevel), "set the gzip filter");
  // Optional, because HDF5 has no filters for texts of variable length and would refuse such a column.
  checked(H5Pset_filter(creation.get(), H5Z_FILTER_FLETCHER32, H5Z_FLAG_OPTIONAL, 0, nullptr),
          "set the checksum filter");
  checked(H5Pset_obj_track_times(creation.get(), false), "make column properties");
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const hdf5::Space space(H5Screate_simple(1, &none, &unlimited), "make a shape");
  return {H5Dcreate2(group, name.c_str(), type.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
          "create column " + name};
}

/// The values [first, first + n) as HDF5 reads them from memory.
class Values {
 public:
  Values(const ColumnData& column, ColumnType type, std::size_t width, std::size_t first, std::size_t n) {
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          if constexpr (!std::same_as<T, std::string>)
            data_ = values.data() + first;
          else if (type == ColumnType::text) {
            for (std::size_t i = first; i < first + n; ++i) pointers_.push_back(values[i].c_str());
            data_ = static_cast<const void*>(pointers_.data());
          } else {
            padded_.assign(n * width, '\0');
            for (std::size_t i = 0; i < n; ++i) values[first + i].copy(padded_.data() + i * width, width);
            data_ = padded_.data();
          }
        },
        column);
  }
  [[nodiscard]] const void* data() const noexcept { return data_; }

 private:
  std::vector<const char*> pointers_;
  std::string padded_;
  const void* data_ = nullptr;
};

void extend_and_write(const hdf5::Dataset& column, hid_t type, std::uint64_t at, std::size_t n,
                      const void* data, const std::string& what) {
  const hsize_t first = at;
  const hsize_t count = n;
  const hsize_t end = at + n;
  checked(H5Dset_extent(column.get(), &end), what);
  const hdf5::Space file_space(H5Dget_space(column.get()), what);
  checked(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &first, nullptr, &count, nullptr), what);
  const hdf5::Space memory_space(H5Screate_simple(1, &count, nullptr), what);
  checked(H5Dwrite(column.get(), type, memory_space.get(), file_space.get(), H5P_DEFAULT, data), what);
}

void describe_column(const hdf5::Dataset& dataset, const ColumnSpec& column) {
  hdf5::put_attribute(dataset.get(), "long_name", column.long_name);
  if (!column.units.empty()) hdf5::put_attribute(dataset.get(), "units", column.units);
  if (column.flag_meanings.empty()) return;
  std::vector<std::int8_t> codes(column.flag_meanings.size());
  std::iota(codes.begin(), codes.end(), std::int8_t{0});
  const hsize_t n = codes.size();
  const hdf5::Space space(H5Screate_simple(1, &n, nullptr), "make a shape");
  hdf5::Attribute values(
      H5Acreate2(dataset.get(), "flag_values", H5T_NATIVE_INT8, space.get(), H5P_DEFAULT, H5P_DEFAULT),
      "write attribute flag_values");
  checked(H5Awrite(values.get(), H5T_NATIVE_INT8, codes.data()), "write attribute flag_values");
  values.close("write attribute flag_values");
  hdf5::put_attribute(dataset.get(), "flag_meanings",
                      fmt::format("{}", fmt::join(column.flag_meanings, " ")));
}

/// What H5DSattach_scale writes for each column: it would write the list of the scale anew each time, which
/// takes quadratic time for a table of thousands of columns.
void attach_scale(const hdf5::Dataset& scale, const std::vector<hdf5::Dataset>& columns,
                  const std::string& table) {
  struct Use {
    hobj_ref_t dataset;
    int dimension;
  };
  const std::string what = fmt::format("attach the scale of {}", table);
  const auto reference_to = [&](const hdf5::Dataset& dataset) {
    hobj_ref_t reference = 0;
    checked(H5Rcreate(&reference, dataset.get(), ".", H5R_OBJECT, -1), what);
    return reference;
  };
  const auto write = [&](const hdf5::Dataset& dataset, const char* name, hid_t type, hsize_t n,
                         const void* values) {
    const hdf5::Space space(H5Screate_simple(1, &n, nullptr), what);
    hdf5::Attribute attribute(H5Acreate2(dataset.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                              what);
    checked(H5Awrite(attribute.get(), type, values), what);
    attribute.close(what);
  };
  const hdf5::Type list(H5Tvlen_create(H5T_STD_REF_OBJ), what);
  hobj_ref_t to_scale = reference_to(scale);
  const hvl_t only{1, &to_scale};
  std::vector<Use> uses;
  for (const hdf5::Dataset& column : columns) {
    write(column, "DIMENSION_LIST", list.get(), 1, &only);
    uses.push_back({reference_to(column), 0});
  }
  const hdf5::Type use(H5Tcreate(H5T_COMPOUND, sizeof(Use)), what);
  checked(H5Tinsert(use.get(), "dataset", HOFFSET(Use, dataset), H5T_STD_REF_OBJ), what);
  checked(H5Tinsert(use.get(), "dimension", HOFFSET(Use, dimension), H5T_NATIVE_INT), what);
  write(scale, "REFERENCE_LIST", use.get(), uses.size(), uses.data());
}

}  // namespace

struct TableStream::Impl {
  ResultWriter::Impl& writer;
  TableSpec spec;
  std::vector<std::size_t> widths;  ///< a column; 0 where it is no fixed text
  Table buffer;
  hdf5::Group group;
  std::vector<hdf5::Type> types;
  std::vector<hdf5::Dataset> columns;  ///< empty until the first rows are written: they decide the chunks
  hdf5::Dataset scale;
  std::uint64_t n_written = 0;
  bool closed = false;

  Impl(ResultWriter::Impl& the_writer, TableSpec the_spec, const FixedTextWidths& given)
      : writer(the_writer), spec(std::move(the_spec)), buffer(spec) {
    for (const ColumnSpec& column : spec.columns) {
      if (column.name == kScaleName)
        throw core::InternalError("a column cannot be called 'row', as the scale is");
      const auto width = given.find(column.name);
      if (column.type == ColumnType::fixed_text && width == given.end()) {
        throw core::InternalError(fmt::format("no width is given for '{}/{}'", spec.path, column.name));
      }
      widths.push_back(column.type == ColumnType::fixed_text ? std::max(width->second, std::size_t{1}) : 0);
    }
    writer.guarded([&] {
      if (hdf5::has_link(writer.file.get(), spec.path)) {
        throw core::InternalError(fmt::format("table '{}' is written twice", spec.path));
      }
      group = hdf5::require_group(writer.file.get(), spec.path);
      hdf5::put_attribute(group.get(), "title", spec.title);
      hdf5::put_attribute(group.get(), "encoding-type", std::string("table"));
      std::vector<std::string> names;
      for (const ColumnSpec& column : spec.columns) names.push_back(column.name);
      hdf5::put_attribute(group.get(), "column-order", names);
    });
    ++writer.open_streams;
  }

  void create_columns(std::size_t n_first_rows) {
    scale = create_column(group.get(), kScaleName, hdf5::copy_type(H5T_NATIVE_UINT64), n_first_rows);
    hdf5::put_attribute(scale.get(), "long_name", std::string("number of the row, from 0"));
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
      types.push_back(memory_type(spec.columns[i].type, widths[i]));
      columns.push_back(create_column(group.get(), spec.columns[i].name, types[i], n_first_rows));
      describe_column(columns[i], spec.columns[i]);
    }
  }

  void check_texts(const Table& block) const {
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
      const auto* const texts = std::get_if<std::vector<std::string>>(&block.data(i));
      if (texts == nullptr) continue;
      for (const std::string& text : *texts) {
        refuse_zero_bytes(text, spec.columns[i].name);
        if (widths[i] > 0 && text.size() > widths[i]) {
          throw core::InternalError(fmt::format("a value of '{}/{}' has {} bytes, its width was given as {}",
                                                spec.path, spec.columns[i].name, text.size(), widths[i]));
        }
      }
    }
  }

  void write_rows(const Table& block, std::size_t first, std::size_t n) {
    if (columns.empty()) create_columns(n);
    if (n == 0) return;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Values values(block.data(i), spec.columns[i].type, widths[i], first, n);
      extend_and_write(columns[i], types[i].get(), n_written, n, values.data(),
                       fmt::format("write {}/{}", spec.path, spec.columns[i].name));
    }
    std::vector<std::uint64_t> numbers(n);
    std::iota(numbers.begin(), numbers.end(), n_written);
    extend_and_write(scale, H5T_NATIVE_UINT64, n_written, n, numbers.data(),
                     fmt::format("write {}/row", spec.path));
    n_written += n;
  }

  void finish() {
    write_rows(buffer, 0, buffer.n_rows());
    buffer.drop_front(buffer.n_rows());
    checked(H5DSset_scale(scale.get(), kScaleName), "make the dimension scale");
    attach_scale(scale, columns, spec.path);
    for (std::size_t i = 0; i < columns.size(); ++i)
      columns[i].close(fmt::format("finish {}/{}", spec.path, spec.columns[i].name));
    scale.close(fmt::format("finish {}/row", spec.path));
    group.close(fmt::format("finish {}", spec.path));
  }
};

TableStream::TableStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TableStream::~TableStream() = default;
TableStream::TableStream(TableStream&&) noexcept = default;
TableStream& TableStream::operator=(TableStream&&) noexcept = default;

TableStream ResultWriter::open_table(const TableSpec& spec, const FixedTextWidths& widths) {
  return TableStream(std::make_unique<TableStream::Impl>(*impl_, spec, widths));
}

void TableStream::append(const Table& block) {
  if (impl_->closed) throw core::InternalError(fmt::format("table '{}' is closed", impl_->spec.path));
  if (block.spec().columns != impl_->spec.columns) {
    throw core::InternalError(fmt::format("a block for table '{}' has other columns", impl_->spec.path));
  }
  impl_->check_texts(block);
  const std::size_t n = block.n_rows();
  std::size_t at = 0;
  impl_->writer.guarded([&] {
    Table& buffer = impl_->buffer;
    while (at < n) {
      if (buffer.n_rows() == 0 && n - at >= kBlockRows) {
        impl_->write_rows(block, at, kBlockRows);
        at += kBlockRows;
        continue;
      }
      const std::size_t taken = std::min(n - at, kBlockRows - buffer.n_rows());
      buffer.append_rows(block, at, taken);
      at += taken;
      if (buffer.n_rows() == kBlockRows) {
        impl_->write_rows(buffer, 0, kBlockRows);
        buffer.drop_front(kBlockRows);
      }
    }
  });
}

void TableStream::close() {
  if (impl_->closed) return;
  impl_->writer.guarded([&] { impl_->finish(); });
  impl_->closed = true;
  --impl_->writer.open_streams;
}

}  // namespace gforbit::store
