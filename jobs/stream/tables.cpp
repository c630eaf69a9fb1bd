#include "stream/tables.hpp"

#include "skeleton/plan_parts.hpp"
#include "skeleton/results.hpp"

#include <fmt/format.h>

#include <type_traits>
#include <variant>
#include <vector>

namespace gforbit::job_stream {

using store::ColumnSpec;
using store::ColumnType;
using store::TableSpec;

namespace {

ColumnSpec pipeline_column() {
  return {"pipeline", "row in results/pipelines", "", ColumnType::uint64};
}

ColumnSpec item_column(const stream::ColumnType& column) {
  switch (column.type) {
    case stream::Type::int64:
      return {column.name, column.nullable ? kNoInt64 : "value of the item", "", ColumnType::int64};
    case stream::Type::uint64:
      return {column.name, column.nullable ? kNoUint64 : "value of the item", "", ColumnType::uint64};
    case stream::Type::float64:
      return {column.name, "value of the item (NaN: none)", "", ColumnType::float64};
    case stream::Type::text:
      return {column.name, column.nullable ? kNoText : "value of the item", "", ColumnType::text};
    case stream::Type::element:
      return {column.name, fmt::format("element of GF({})", column.field->order()), "", ColumnType::int64};
    case stream::Type::elements:
      return {column.name, fmt::format("elements of GF({}), separated by commas", column.field->order()), "",
              ColumnType::text};
  }
  return {};
}

/// Appends the values of a column of items to one of a table.
void fill(const stream::Batch& batch, std::size_t from, store::ColumnData& to) {
  const stream::Column& column = batch.columns[from];
  std::visit(
      [&]<class C>(const C& values) {
        for (std::size_t i = 0; i < batch.size; ++i) {
          if (column.is_null(i)) {
            std::visit([]<class T>(std::vector<T>& all) { all.push_back(missing_value<T>()); }, to);
          } else if constexpr (std::is_same_v<C, stream::Slice<stream::Elements>>) {
            std::get<std::vector<std::string>>(to).push_back(values[i].text());
          } else if constexpr (std::is_same_v<C, stream::Elements>) {
            std::get<std::vector<std::int64_t>>(to).push_back(static_cast<std::int64_t>(values[i]));
          } else {
            std::get<std::vector<std::remove_cvref_t<decltype(values[i])>>>(to).push_back(values[i]);
          }
        }
      },
      static_cast<const stream::AnyColumn&>(column));
}

}  // namespace

TableSpec pipelines_table() {
  return {kPipelines,
          "Pipelines in input order",
          {
              {"id", "name of the pipeline", "", ColumnType::fixed_text},
              {"pipeline", "its text", "", ColumnType::text},
              skeleton::status_column("how it ended"),
              {"message", "why it did not complete (empty)", "", ColumnType::text},
              {"coalesced_into",
               "row of the first pipeline of equal text and timeout, whose work it shares (-1: none)", "",
               ColumnType::int64},
          }};
}

TableSpec dead_letters_table() {
  return {kDeadLetters,
          "Items that could not be done (--on-error dead-letter)",
          {
              pipeline_column(),
              {"index", "source index of the item", "", ColumnType::uint64},
              {"term", "name of the term", "", ColumnType::text},
              {"message", "why", "", ColumnType::text},
              {"record", "the line of a file, or the values that came in (empty: not known)", "",
               ColumnType::text},
          }};
}

TableSpec runtime_pipelines_table() {
  return {kRuntimePipelines,
          "Cost of each pipeline",
          {
              {"items", "items from its sources", "", ColumnType::uint64},
              {"units", "work units in which it was processed", "", ColumnType::uint64},
              {"elapsed_s", "busy time, summed over work units", "s", ColumnType::float64},
              {"errors", "items that could not be processed and were left out", "", ColumnType::uint64},
          }};
}

TableSpec runtime_terms_table() {
  const auto count = [](const char* name, const char* what) {
    return ColumnSpec{name, what, "", ColumnType::uint64};
  };
  const auto time = [](const char* name, const char* what) {
    return ColumnSpec{name, what, "s", ColumnType::float64};
  };
  return {
      kRuntimeTerms,
      "What each term did, for the pipelines that worked in this run (at most 10000 of them)",
      {
          pipeline_column(),
          {"term", "number of the term in its pipeline", "", ColumnType::int32},
          {"name", "name of the term; `engine` after the last one: what the pipeline took beside its terms",
           "", ColumnType::text},
          count("in", "items that came in"),
          count("out", "items that went out"),
          count("filtered", "items without output"),
          count("errors", "items that could not be processed"),
          count("runs", "times it was run"),
          time("busy_s", "busy time, summed over threads"),
          time("idle_s", "time without input: starved"),
          time("blocked_s", "time in which an edge after it was full"),
          time("ready_s", "time in which it could work and no thread was free"),
          count("queue_max", "most items that waited before it"),
          {"queue_mean", "items that waited before it, on average over time", "", ColumnType::float64},
          time("latency_mean_s", "from arrival before the term to leaving it: mean"),
          time("latency_p50_s", "median of this latency"),
          time("latency_p95_s", "95th percentile of this latency"),
          time("latency_p99_s", "99th percentile of this latency"),
          time("latency_max_s", "maximum of this latency"),
      }};
}

TableSpec runtime_part_table() {
  return skeleton::equal_rows_table("Pipelines of this part of a batch");
}

TableSpec sink_table(const std::string& path, const stream::Schema& schema) {
  TableSpec spec{path,
                 "Items in the order of pipeline and source index",
                 {pipeline_column(),
                  {"index", "source index of the item, of the last one where it is made of several", "",
                   ColumnType::uint64}}};
  for (const auto& column : schema.columns()) spec.columns.push_back(item_column(column));
  return spec;
}

TableSpec file_table(const stream::Schema& schema) {
  TableSpec spec{"items", "Items", {}};
  for (const auto& column : schema.columns()) spec.columns.push_back(item_column(column));
  return spec;
}

store::Table sink_rows(const TableSpec& spec, std::uint64_t pipeline, const stream::Batch& batch) {
  store::Table table(spec);
  table.column<std::uint64_t>("pipeline").assign(batch.size, pipeline);
  auto& indices = table.column<std::uint64_t>("index");
  for (std::size_t i = 0; i < batch.size; ++i) indices.push_back(batch.indices[i]);
  for (std::size_t c = 0; c < batch.columns.size(); ++c) fill(batch, c, table.data(c + 2));
  return table;
}

}  // namespace gforbit::job_stream
