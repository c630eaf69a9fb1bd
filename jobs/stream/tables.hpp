/// The tables of the stream job, and items as rows of tables.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "gforbit/store/table.hpp"
#include "gforbit/stream/batch.hpp"

namespace gforbit::job_stream {

inline constexpr const char* kPipelines = "results/pipelines";
inline constexpr const char* kDeadLetters = "results/dead_letters";
inline constexpr const char* kRuntimePipelines = "runtime/pipelines";
inline constexpr const char* kRuntimeTerms = "runtime/terms";

/// Long names of columns whose values may be missing; what stands in parentheses stands for them.
inline constexpr const char* kNoInt64 = "value of the item (-9223372036854775808: none)";
inline constexpr const char* kNoUint64 = "value of the item (18446744073709551615: none)";
inline constexpr const char* kNoText = "value of the item (empty: none)";

template <class T>
[[nodiscard]] T missing_value() {
  if constexpr (std::is_same_v<T, std::int64_t>) return std::numeric_limits<T>::min();
  if constexpr (std::is_same_v<T, std::uint64_t>) return std::numeric_limits<T>::max();
  return T{};
}

/// One row a pipeline, in input order.
[[nodiscard]] store::TableSpec pipelines_table();
/// Sorted by pipeline, index, term.
[[nodiscard]] store::TableSpec dead_letters_table();
[[nodiscard]] store::TableSpec runtime_pipelines_table();
/// One row a term of a pipeline.
[[nodiscard]] store::TableSpec runtime_terms_table();
/// One row a pipeline of the part.
[[nodiscard]] store::TableSpec runtime_part_table();

/// A table that sinks write: pipeline and index, then the columns of the items.
[[nodiscard]] store::TableSpec sink_table(const std::string& path, const stream::Schema& schema);
/// A file of items: their columns alone.
[[nodiscard]] store::TableSpec file_table(const stream::Schema& schema);

/// All items of a batch as rows of a table made by sink_table().
[[nodiscard]] store::Table sink_rows(const store::TableSpec& spec, std::uint64_t pipeline,
                                     const stream::Batch& batch);
}  // namespace gforbit::job_stream
