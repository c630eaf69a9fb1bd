/// Reading a result file: what it says about itself, its tables in blocks of rows, its digest.
///
/// Accepts schema `gforbit` of this major version and any minor. Everything that is wrong with the file is a
/// core::InputError that names the file and, inside it, the object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/store/table.hpp"

namespace gforbit::store {

/// A group or dataset of a file, with what is known of it without reading its values.
struct ObjectInfo {
  enum class Kind { group, dataset, other };  ///< other: a link that leads nowhere or elsewhere, a named type
  std::string path;                           ///< without a leading slash; empty for the root group
  Kind kind{};
  std::string type;    ///< of a dataset: that of an element, as docs/file-format.md names it
  int dimensions = 0;  ///< of a dataset
  std::vector<AttributeSpec> attributes;  ///< sorted by name
};

/// Move-only, not thread-safe (nor are two readers in two threads: serial HDF5).
class ResultReader {
 public:
  /// @throws core::InputError  no such file, no HDF5 file, truncated, another schema, a newer major version
  explicit ResultReader(const std::filesystem::path& path);
  ~ResultReader();
  ResultReader(ResultReader&&) noexcept;
  ResultReader& operator=(ResultReader&&) noexcept;

  [[nodiscard]] const std::filesystem::path& path() const noexcept;

  /// Attribute of a group or dataset ("/" is the root); nullopt where it does not exist.
  /// @throws core::InputError  it is of another kind, or there is no such object
  [[nodiscard]] std::optional<std::string> text_attribute(const std::string& object,
                                                          const std::string& name) const;
  [[nodiscard]] std::optional<std::int64_t> integer_attribute(const std::string& object,
                                                              const std::string& name) const;
  [[nodiscard]] std::optional<double> real_attribute(const std::string& object,
                                                     const std::string& name) const;
  /// One-dimensional.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers_attribute(const std::string& object,
                                                                            const std::string& name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> texts_attribute(const std::string& object,
                                                                        const std::string& name) const;

  /// Whether there is an object of this path.
  [[nodiscard]] bool contains(const std::string& path) const;
  /// Everything in the file: each object before its members, members sorted by name. Objects of kind `other`
  /// are not entered.
  [[nodiscard]] std::vector<ObjectInfo> contents() const;

  /// Paths of all tables (groups with encoding-type "table"), sorted: "results/cycles", ...
  [[nodiscard]] std::vector<std::string> tables() const;
  [[nodiscard]] bool has_table(const std::string& path) const;
  /// @throws core::InputError  no such table, or a column that column-order names is missing or of an unknown
  /// type
  [[nodiscard]] TableSpec spec(const std::string& table) const;
  /// Lengths of the columns in the table's order: a file from elsewhere may break the rule that they are
  /// equal.
  [[nodiscard]] std::vector<std::uint64_t> column_lengths(const std::string& table) const;
  /// @throws core::InputError  the columns are not equally long
  [[nodiscard]] std::uint64_t n_rows(const std::string& table) const;

  /// Names of the columns that are not attached to the table's dimension scale `row`: none in a file by
  /// gforbit.
  [[nodiscard]] std::vector<std::string> columns_without_row_scale(const std::string& table) const;

  /// Whether the table's dimension scale `row` holds 0, 1, 2, ... and is as long as the table.
  [[nodiscard]] bool rows_are_numbered(const std::string& table) const;

  /// The rows [first, first + n), cut at the end of the table.
  /// @throws core::InputError  also where a checksum shows that stored data were damaged
  [[nodiscard]] Table read(const std::string& table, std::uint64_t first, std::uint64_t n) const;
  [[nodiscard]] Table read(const std::string& table) const;
  /// The rows from `first` on of one column, converted to the type of `out`, a number. What does not fit it
  /// is cut off at its ends.
  template <class Number>
  void read_values(const std::string& table, const std::string& column, std::uint64_t first,
                   std::span<Number> out) const;
  /// The same of texts.
  [[nodiscard]] std::vector<std::string> read_texts(const std::string& table, const std::string& column,
                                                    std::uint64_t first, std::uint64_t n) const;

  /// The text of a scalar dataset; nullopt where it does not exist.
  [[nodiscard]] std::optional<std::string> text(const std::string& path) const;

  /// Digest of /results as it is now, to be compared with the root attribute results_sha256. Reads all of it.
  [[nodiscard]] std::string digest() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gforbit::store
