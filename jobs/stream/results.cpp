#include "stream/results.hpp"
#include "stream/byte_bits.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <map>
#include <type_traits>
#include <utility>

#include "gforbit/report/export.hpp"
#include "gforbit/store/output_place.hpp"
#include "stream/csv_cells.hpp"
#include "stream/tables.hpp"

namespace gforbit::job_stream {

namespace {

/// The tables of sinks, in results for pipelines that completed, in runtime/partial for the others.
class SinkTables {
 public:
  SinkTables(store::ResultWriter& file, const StreamInput& input, bool completed) : completed_(completed) {
    const std::string folder = completed ? "results/" : "runtime/partial/";
    for (const auto& [name, schema] : input.tables) {
      const auto spec = sink_table(folder + name, schema);
      tables_.emplace(name, Entry{spec, file.open_table(spec)});
    }
  }

  void write(StreamPlan& plan, const StreamInput& input, store::Table* letters) {
    for (std::uint64_t row = 0; row < plan.rows().size(); ++row) {
      const PipelineRow& known = plan.rows()[row];
      if ((known.status == RowStatus::completed) != completed_ || plan.units(row).empty()) continue;
      const stream::Graph graph = make_graph(input.lines[row].text);
      for (const auto& [number, offset] : plan.units(row))
        write_unit(plan, plan.read_rows(offset), graph, row, letters);
    }
    for (auto& [name, entry] : tables_) entry.stream.close();
  }

 private:
  struct Entry {
    store::TableSpec spec;
    store::TableStream stream;
  };

  void write_unit(StreamPlan& plan, const UnitRows& rows, const stream::Graph& graph, std::uint64_t row,
                  store::Table* letters) {
    for (std::size_t i = 0; i < graph.sinks().size(); ++i) {
      if (graph.sink(i).kind() != stream::SinkKind::table) continue;
      const SinkTime time(plan, graph, row, i);
      Entry& entry = tables_.at(graph.sink(i).target());
      for (const stream::Batch& batch : rows.kept.at(i))
        entry.stream.append(sink_rows(entry.spec, row, batch));
    }
    if (letters == nullptr) return;
    for (const stream::DeadLetter& letter : rows.letters)
      letters->append(row, letter.index, graph.nodes().at(letter.node).name, letter.message, letter.record);
  }

  bool completed_;
  std::map<std::string, Entry> tables_;
};

void write_pipelines(store::ResultWriter& file, const StreamInput& input, const StreamPlan& plan) {
  store::Table pipelines(pipelines_table()), runtime(runtime_pipelines_table());
  for (std::size_t row = 0; row < input.lines.size(); ++row) {
    const PipelineRow& known = plan.rows()[row];
    const std::uint64_t first = input.first_equal(row);
    pipelines.append(input.lines[row].id, input.lines[row].text, known.status, known.message,
                     first == row ? std::int64_t{-1} : static_cast<std::int64_t>(first));
    runtime.append(known.items, known.units.size(), known.elapsed_s, plan.rows()[first].errors);
  }
  file.write(pipelines);
  file.write(runtime);
}

void write_terms(store::ResultWriter& file, const StreamInput& input, const StreamPlan& plan) {
  constexpr double kNs = 1e-9;
  store::Table table(runtime_terms_table());
  for (const auto& [row, terms] : plan.metrics()) {
    const stream::Graph graph = make_graph(input.lines[row].text);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const stream::TermMetrics& m = terms[i];
      const bool is_engine = i == graph.nodes().size();
      table.append(row, static_cast<std::int32_t>(i), is_engine ? "engine" : graph.nodes()[i].name, m.in,
                   m.out, m.filtered, m.errors, m.runs, kNs * static_cast<double>(m.busy),
                   kNs * static_cast<double>(m.idle), kNs * static_cast<double>(m.blocked),
                   kNs * static_cast<double>(m.ready), m.queue_largest, m.queue_mean(), m.latency.mean_s(),
                   m.latency.quantile_s(0.5), m.latency.quantile_s(0.95), m.latency.quantile_s(0.99),
                   m.latency.largest_s());
    }
  }
  file.write(table);
}

void append_cell(const stream::Value& value, std::string& lines) {
  std::visit(
      [&]<class T>(const T& v) {
        if constexpr (std::is_same_v<T, std::string>) {
          lines += csv_cell(v);
        } else if constexpr (std::is_same_v<T, stream::Elements>) {
          lines += csv_cell(v.text());
        } else if constexpr (std::is_same_v<T, double>) {
          lines += std::isnan(v) ? "nan" : fmt::format("{}", v);  // whatever its sign bit
        } else if constexpr (!std::is_same_v<T, stream::Null>) {
          fmt::format_to(std::back_inserter(lines), "{}", v);
        }
      },
      value);
}

/// The items of a batch as lines of comma-separated values.
void append_csv(const stream::Batch& batch, std::string& lines) {
  for (std::size_t row = 0; row < batch.size; ++row) {
    for (std::size_t c = 0; c < batch.columns.size(); ++c) {
      if (c > 0) lines += ',';
      append_cell(batch.value(c, row), lines);
    }
    // An empty line would be no row.
    if (batch.columns.size() == 1 && batch.columns[0].is_null(row)) lines += "\"\"";
    lines += '\n';
  }
}

/// Packs bits to bytes; the last byte is filled with zeros.
class BytesOfBits {
 public:
  explicit BytesOfBits(const stream::BitsSink& sink) : sink_(sink) {}

  /// The bytes that the bits of the batch complete.
  [[nodiscard]] std::string take(const stream::Batch& batch) {
    const stream::Column& column = batch.columns.at(sink_.column());
    if (const auto* const elements = std::get_if<stream::Elements>(&column)) {
      bits_.append(elements->slice(0, batch.size));
    } else {
      const auto& vectors = std::get<stream::Slice<stream::Elements>>(column);
      for (std::size_t row = 0; row < batch.size; ++row) bits_.append(vectors[row]);
    }
    const stream::Elements all = bits_.take();
    const std::uint64_t whole = all.size() / 8 * 8;
    if (whole < all.size()) bits_.append(all.slice(whole, all.size() - whole));
    return bytes(all.slice(0, whole));
  }
  /// The rest.
  [[nodiscard]] std::string end() { return bytes(bits_.take()); }

 private:
  [[nodiscard]] std::string bytes(const stream::Elements& bits) const {
    std::string bytes;
    for_each_word(bits, [&](std::uint64_t word, int n) {
      if (sink_.most_significant_first()) word = with_bytes_reversed(word);
      for (int bit = 0; bit < n; bit += 8) bytes += static_cast<char>(word >> bit);
    });
    return bytes;
  }

  const stream::BitsSink& sink_;
  stream::ElementsBuilder bits_{true};
};

void write_bits(const stream::BitsSink& sink, StreamPlan& plan, std::uint64_t row, std::size_t number,
                std::ostream& out) {
  BytesOfBits bits(sink);
  for (const auto& [unit, offset] : plan.rows()[row].units) {
    const UnitRows rows = plan.read_rows(offset);
    for (const stream::Batch& batch : rows.kept.at(number)) {
      out << bits.take(batch);
      if (!out) report::finish_output(out);
    }
  }
  out << bits.end();
}

void write_items(const stream::Sink& sink, const stream::Schema& schema, StreamPlan& plan, std::uint64_t row,
                 std::size_t number, std::ostream& out) {
  const bool csv = sink.kind() == stream::SinkKind::csv;
  if (csv) report::write_csv_header(file_table(schema), out);
  for (const auto& [unit, offset] : plan.rows()[row].units) {
    const UnitRows rows = plan.read_rows(offset);
    for (const stream::Batch& batch : rows.kept.at(number)) {
      std::string lines;
      if (csv) {
        append_csv(batch, lines);
      } else {
        for (std::size_t i = 0; i < batch.size; ++i) lines += text_of_row(schema, batch, i) + '\n';
      }
      out << lines;
      if (!out) report::finish_output(out);
    }
  }
}

/// The file of a sink; where it cannot be written nothing of it stays.
void write_file(const stream::Sink& sink, const stream::Schema& schema, StreamPlan& plan, std::uint64_t row,
                std::size_t number) {
  store::TextOutput file(sink.target());
  if (sink.kind() == stream::SinkKind::bits) {
    write_bits(static_cast<const stream::BitsSink&>(sink), plan, row, number, file.stream());
  } else {
    write_items(sink, schema, plan, row, number, file.stream());
  }
  file.commit();
}

}  // namespace

launch::RankWords rank_words() {
  return {{"units", "work units done", "", store::ColumnType::uint64},
          {"items", "items of sources", "", store::ColumnType::uint64}};
}

void write_tables(store::ResultWriter& file, const StreamInput& input, StreamPlan& plan, bool with_letters) {
  write_pipelines(file, input, plan);
  store::Table letters(dead_letters_table());
  SinkTables(file, input, true).write(plan, input, with_letters ? &letters : nullptr);
  if (with_letters) file.write(letters);
  SinkTables(file, input, false).write(plan, input, nullptr);
  write_terms(file, input, plan);
}

void write_files(const StreamInput& input, StreamPlan& plan) {
  for (std::uint64_t row = 0; row < input.lines.size(); ++row) {
    if (plan.rows()[row].status != RowStatus::completed) continue;
    const stream::Graph graph = make_graph(input.lines[row].text);
    for (std::size_t i = 0; i < graph.sinks().size(); ++i) {
      const stream::Sink& sink = graph.sink(i);
      if (!stream::is_file(sink.kind())) continue;
      const SinkTime time(plan, graph, row, i);
      write_file(sink, graph.sink_schema(i), plan, row, i);
    }
  }
}

std::string printed(const stream::Sink& sink, const stream::Schema& schema, const stream::Batch& batch) {
  std::string text;
  for (std::size_t i = 0; i < batch.size; ++i) {
    const std::string row = text_of_row(schema, batch, i);
    text += fmt::format("{}{}{}: {}\n", sink.target(), sink.target().empty() ? "" : " ", batch.indices[i],
                        std::string_view(row).substr(1, row.size() - 2));
  }
  return text;
}

}  // namespace gforbit::job_stream
