/// Writing a result file (HDF5, schema gforbit). Everything goes to a temporary file; commit() publishes it.
/// A reader never sees a torn file, and without commit() the target stays as it was.
///
/// Layout of a table: one chunked, compressed, checksummed dataset a column, in a group that names the
/// columns' order, all on one dimension scale `row`. Serial HDF5: one thread at a time in the whole process.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_target.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::store {

inline constexpr std::string_view kSchema = "gforbit";
inline constexpr std::array<std::int32_t, 2> kSchemaVersion = {1, 1};

/// The oldest HDF5 library that opens the file. Files of 1.10 have checksums in the index of chunks, too.
enum class Hdf5Format : std::uint8_t { v1_8, v1_10 };

/// Texts are stored as variable-length UTF-8, everything else with exactly this type.
using AttributeValue = std::variant<std::string, std::vector<std::string>, std::int32_t, std::uint8_t,
                                    std::int64_t, std::uint64_t, double, std::array<std::int32_t, 2>>;

/// The type of a value as docs/file-format.md names it.
[[nodiscard]] std::string type_of(const AttributeValue& value);

/// Bytes of the longest value of a fixed_text column, by column name. Part of the column's type and so of the
/// digest.
using FixedTextWidths = std::map<std::string, std::size_t, std::less<>>;

/// A table that is written in blocks: memory is one block, whatever the number of rows. Must end before its
/// writer. The sizes of the blocks leave no trace in the digest.
class TableStream {
 public:
  ~TableStream();
  TableStream(TableStream&&) noexcept;
  TableStream& operator=(TableStream&&) noexcept;

  /// Appends all rows of `block`, whose columns are those of the table.
  /// @throws core::OutputError  the disk is full, ...;  core::InternalError  other columns, or a fixed text
  /// wider than said
  void append(const Table& block);
  /// Writes what is left and ends the table. Without it commit() refuses: the table is not whole.
  /// @throws core::OutputError
  void close();

 private:
  friend class ResultWriter;
  struct Impl;
  explicit TableStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Move-only, not thread-safe.
class ResultWriter {
 public:
  /// A version of the file under a claim that the caller holds (`target` must outlive the writer).
  /// @throws core::OutputError  the temporary file cannot be created
  explicit ResultWriter(const OutputTarget& target, Hdf5Format format = Hdf5Format::v1_8);
  /// Claims `path` by itself. @throws as OutputTarget
  ResultWriter(const std::filesystem::path& path, bool force, Hdf5Format format = Hdf5Format::v1_8);
  /// Without commit(): removes the temporary file.
  ~ResultWriter();
  ResultWriter(ResultWriter&&) noexcept;
  ResultWriter& operator=(ResultWriter&&) noexcept;

  /// All root attributes but results_sha256, which commit() writes: schema, schema_version, job,
  /// producer_version, git_revision, complete, exit_status.
  void set_header(std::string_view job, bool complete, core::ExitStatus exit_status);

  /// Sets an attribute of a group or dataset; "/" is the root. A group that does not exist is created, an
  /// attribute that exists is replaced.
  void set_attribute(const std::string& object, const std::string& name, const AttributeValue& value);

  /// A scalar dataset of text, such as "runtime/config".
  void write_text(const std::string& path, const std::string& text);

  /// The whole table at once; the widths of fixed texts are those of the longest values.
  void write(const Table& table);

  /// A table in blocks. @param widths  for each fixed_text column: bytes of the longest value that will come
  /// (at least 1)
  [[nodiscard]] TableStream open_table(const TableSpec& spec, const FixedTextWidths& widths = {});

  /// Digest of /results into the root attribute results_sha256, flush, close, fsync, rename, fsync of the
  /// directory. The writer is spent. @return the digest, 64 hexadecimal digits
  /// @throws core::OutputError  with path and reason; the target is untouched then.
  ///         core::InternalError   no header was set, or a stream is not closed
  std::string commit();

 private:
  friend class TableStream;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gforbit::store
