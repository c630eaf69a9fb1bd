/// What a result file of a job holds, object by object: no more and no less. The jobs describe it from the
/// specifications that they write by, and `check` compares.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/table.hpp"

namespace gforbit::report {

class Findings;

struct TableRule {
  store::TableSpec spec;
  std::vector<store::AttributeSpec> attributes{};  ///< beside those of every table
  std::vector<std::string> newer{};  ///< columns that earlier files of the same version may lack
};

struct Layout {
  std::vector<TableRule> tables;
  std::map<std::string, std::vector<store::AttributeSpec>>
      groups;                      ///< attributes of groups that are no tables
  std::vector<std::string> texts;  ///< datasets of one text: "runtime/config"

  void add(store::TableSpec spec) { tables.push_back({std::move(spec), {}}); }
};

/// What every run writes under /runtime.
struct RunRules {
  std::vector<store::TableSpec> tables;
  std::vector<store::AttributeSpec> runtime, scheduler;  ///< attributes of /runtime and /runtime/scheduler
  TableRule part;                                        ///< of a part of a batch (--part I/N)
};

/// Adds what /runtime tells of a run, or of the files that were merged.
void add_run(const store::ResultReader& reader, const RunRules& rules, Layout& layout);

/// Compares the objects, types and attributes of the file with the layout; of tables under /results also the
/// titles, long names and units, which are part of the digest. What a file of a later minor version has more,
/// and one of an earlier lacks, is a note.
void check_layout(const store::ResultReader& reader, const Layout& layout, Findings& findings);

/// Key and value of each line of a text such as runtime/config or the attribute `problem`.
[[nodiscard]] std::map<std::string, std::string> key_values(const std::string& text);

/// The value of a key of runtime/config; empty where the file has none.
[[nodiscard]] std::string config_value(const store::ResultReader& reader, const std::string& key);

/// Whether `gforbit merge` wrote the file: /runtime then tells of no run.
[[nodiscard]] bool is_merged(const store::ResultReader& reader);

}  // namespace gforbit::report
