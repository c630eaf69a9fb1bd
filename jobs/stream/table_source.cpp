#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_reader.hpp"
#include "stream/file_sources.hpp"
#include "stream/hdf5_lock.hpp"
#include "stream/tables.hpp"

namespace gforbit::job_stream {

namespace {

using stream::Schema;
using stream::Type;

/// Rows of a table of a result file.
class TableSource final : public stream::Source {
 public:
  TableSource(std::string path, std::string table) : path_(std::move(path)), table_(std::move(table)) {}
  ~TableSource() override {
    const std::lock_guard lock(hdf5_mutex());
    reader_.reset();
  }
  TableSource(const TableSource&) = delete;
  TableSource& operator=(const TableSource&) = delete;

  [[nodiscard]] Schema prepare() override {
    const std::lock_guard lock(hdf5_mutex());
    reader_.emplace(path_);
    end_ = length_ = reader_->n_rows(table_);
    std::vector<stream::ColumnType> columns;
    wanted_.clear();
    may_lack_.clear();
    for (const store::ColumnSpec& column : reader_->spec(table_).columns) {
      const bool text =
          column.type == store::ColumnType::fixed_text || column.type == store::ColumnType::text;
      columns.push_back({column.name,
                         text                                        ? Type::text
                         : column.type == store::ColumnType::float64 ? Type::float64
                         : column.type == store::ColumnType::uint64  ? Type::uint64
                                                                     : Type::int64,
                         {},
                         may_lack(column)});
      may_lack_.push_back(columns.back().nullable);
      wanted_.push_back(true);
    }
    schema_ = Schema(std::move(columns));
    return schema_;
  }
  void only(const stream::ColumnSet& wanted) override { wanted_ = wanted; }

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context&) override {
    stream::Produced produced;
    if (next_ < end_) {
      if (next_ < block_first_ || next_ >= block_first_ + block_.size) read_block();
      const std::uint64_t at = next_ - block_first_;
      produced.batch = block_.slice(at, std::min<std::uint64_t>({n, block_.size - at, end_ - next_}));
      next_ += produced.batch.size;
    }
    produced.ended = next_ == end_;
    return produced;
  }
  [[nodiscard]] std::uint64_t position() const noexcept override { return next_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }
  [[nodiscard]] std::string file() const override { return path_; }
  [[nodiscard]] bool can_cut() const override { return true; }
  void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes&) override {
    next_ = begin;
    end_ = end;
  }
  void save(core::ByteWriter& out) const override { out.put(next_); }
  void load(core::ByteReader& in) override { next_ = in.get<std::uint64_t>(); }

 private:
  /// Chunks of the file are inflated once: what small batches would read of them again and again is kept.
  void read_block() {
    const std::lock_guard lock(hdf5_mutex());
    block_first_ = next_ / kRows * kRows;
    const auto n = static_cast<std::size_t>(std::min(kRows, length_ - block_first_));
    block_ = {n, stream::Indices::counting(block_first_), {}};
    for (std::size_t c = 0; c < schema_.size(); ++c) {
      switch (schema_[c].type) {
        case Type::text:
          block_.columns.push_back(texts(c, n));
          break;
        case Type::float64:
          block_.columns.push_back(numbers<double>(c, n));
          break;
        case Type::uint64:
          block_.columns.push_back(numbers<std::uint64_t>(c, n));
          break;
        default:
          block_.columns.push_back(numbers<std::int64_t>(c, n));
      }
    }
  }
  static bool may_lack(const store::ColumnSpec& column) {
    const std::string_view name = column.long_name;
    return name == kNoInt64 || name == kNoUint64 || name == kNoText;
  }
  template <class T>
  stream::Column numbers(std::size_t c, std::size_t n) {
    if (!wanted_[c]) return filler<T>();
    auto values = stream::make_block<T>(n);
    const std::span all(values.get(), n);
    reader_->read_values(table_, schema_[c].name, block_first_, all);
    return with_nulls(all, stream::make_slice(std::move(values)), may_lack_[c]);
  }
  stream::Column texts(std::size_t c, std::size_t n) {
    if (!wanted_[c]) return filler<std::string>();
    auto values = reader_->read_texts(table_, schema_[c].name, block_first_, n);
    const std::span<const std::string> all(values);  // moving the vector leaves its values where they are
    return with_nulls(all, stream::make_slice(std::move(values)), may_lack_[c]);
  }
  template <class T>
  static stream::Column with_nulls(std::span<T> values, stream::Column column, bool may_lack) {
    if (!may_lack) return column;
    auto nulls = stream::make_block<std::uint8_t>(values.size());
    std::ranges::transform(values, nulls.get(), [](const T& value) -> std::uint8_t {
      return value == missing_value<std::remove_cv_t<T>>() ? 1 : 0;
    });
    column.nulls = stream::make_slice(std::move(nulls));
    return column;
  }
  /// What stands in columns that are not read.
  template <class T>
  static const stream::Slice<T>& filler() {
    static const stream::Slice<T> kFiller = stream::make_slice(std::vector<T>(kRows));
    return kFiller;
  }

  /// Of a block: as many as a chunk of a column of integers has.
  static constexpr std::uint64_t kRows = std::uint64_t{1} << 16;

  std::string path_, table_;
  Schema schema_;
  std::vector<bool> may_lack_;
  stream::ColumnSet wanted_;
  std::optional<store::ResultReader> reader_;
  std::uint64_t length_ = 0, next_ = 0, end_ = 0;
  stream::Batch block_;  ///< rows from block_first_ on
  std::uint64_t block_first_ = 0;
};

}  // namespace

std::recursive_mutex& hdf5_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

void add_table_source(stream::Library& library) {
  library.add_source("hdf5", {{"path", "table"},
                              [](stream::Arguments& a) -> stream::Pipeline::Make {
                                const std::string path = a.word("path");
                                const std::string table = a.word("table");
                                return [path, table] { return std::make_unique<TableSource>(path, table); };
                              },
                              "hdf5(\"path\", table=\"results/cycles\"): rows of a table of a result file"});
}

}  // namespace gforbit::job_stream
