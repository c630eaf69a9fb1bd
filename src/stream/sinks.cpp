#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "gforbit/core/error.hpp"
#include "item_terms.hpp"
#include "sources.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

bool is_name(const std::string& text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_letter);
}

Library::Entry file_sink(SinkKind kind, const std::string& usage) {
  return {{"path"},
          [kind](Arguments& a) -> Pipeline::Make {
            const std::string path = a.word("path");
            if (path.empty()) a.fail("path", "must not be empty");
            return [kind, path] { return std::make_unique<Sink>(kind, path); };
          },
          usage};
}

}  // namespace

void BitsSink::prepare(const Schema& in) {
  column_ = in.index_of(name_);
  const ColumnType& type = in[column_];
  if ((type.type != Type::element && type.type != Type::elements) || type.field->order() != 2)
    throw core::InputError(
        type.field ? fmt::format("'{}' is of {} of GF({}): bits are written of GF(2) only", name_,
                                 type_name(type.type), type.field->order())
                   : fmt::format("'{0}' is of {1}, not of elements of GF(2): elements(column={0}, field=2) "
                                 "makes them of integers",
                                 name_, type_name(type.type)));
}

void add_sinks(Library& library) {
  library.add_term("table", {{"name"},
                             [](Arguments& a) -> Pipeline::Make {
                               const std::string name = a.word("name");
                               if (!is_name(name) || name == "pipelines" || name == "dead_letters")
                                 a.fail("name",
                                        "a table is named by letters, digits and '_'; pipelines and "
                                        "dead_letters are taken");
                               return [name] { return std::make_unique<Sink>(SinkKind::table, name); };
                             },
                             "table(name): rows of results/name in the output"});
  library.add_term("csv", file_sink(SinkKind::csv, "csv(\"path\"): a file of comma-separated values"));
  library.add_term("jsonl", file_sink(SinkKind::jsonl, "jsonl(\"path\"): a file with a JSON object a line"));
  library.add_term("bits", {{"path"},
                            [](Arguments& a) -> Pipeline::Make {
                              const std::string path = a.word("path"), column = a.word_or("column", "value");
                              const std::string order = a.word_or("order", "msb");
                              if (path.empty()) a.fail("path", "must not be empty");
                              if (order != "msb" && order != "lsb") a.fail("order", "expected msb or lsb");
                              return [=] { return std::make_unique<BitsSink>(path, column, order == "msb"); };
                            },
                            "bits(\"path\", column=value, order=msb|lsb): a file of bits, eight a byte"});
  library.add_term("discard", {{},
                               [](Arguments&) -> Pipeline::Make {
                                 return [] { return std::make_unique<Sink>(SinkKind::discard, ""); };
                               },
                               "discard: counts only"});
  library.add_term("print", {{"label"},
                             [](Arguments& a) -> Pipeline::Make {
                               const std::string label = a.word_or("label", "");
                               return [label] { return std::make_unique<Sink>(SinkKind::print, label); };
                             },
                             "print(label): writes items to standard output and hands them on"});
  library.add_term("delay", {{"seconds"},
                             [](Arguments& a) -> Pipeline::Make {
                               const double seconds = a.real("seconds");
                               if (seconds > 3600) a.fail("seconds", "at most 3600");
                               return [seconds] { return std::make_unique<Delay>(seconds); };
                             },
                             "delay(seconds): hands items on later; values and order stay"});
}

Library builtin_library() {
  Library library;
  add_sources(library);
  add_item_terms(library);
  add_stateful_terms(library);
  add_aggregate(library);
  add_running(library);
  add_joins(library);
  add_combiners(library);
  add_statistics(library);
  add_sinks(library);
  return library;
}

}  // namespace gforbit::stream
