#include "gforbit/report/layout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "gforbit/core/text.hpp"
#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_writer.hpp"

namespace gforbit::report {

namespace {

using store::AttributeSpec;
using store::ObjectInfo;
using store::TableSpec;

constexpr const char* kMergedFrom = "merged_from";

/// What a path of the file should be.
struct Expected {
  ObjectInfo::Kind kind = ObjectInfo::Kind::group;
  std::string type{};
  int dimensions = 0;
  std::vector<AttributeSpec> attributes{};
  bool may_lack = false;
};

std::string shown(const std::string& path) {
  return path.empty() ? "/" : path;
}

std::vector<AttributeSpec> attributes_of(const store::ColumnSpec& column) {
  std::vector<AttributeSpec> attributes = {{"DIMENSION_LIST", "list of reference"}, {"long_name", "text"}};
  if (!column.units.empty()) attributes.push_back({"units", "text"});
  if (!column.flag_meanings.empty()) {
    attributes.push_back({"flag_values", "list of int8"});
    attributes.push_back({"flag_meanings", "text"});
  }
  return attributes;
}

std::string type_of(store::ColumnType type) {
  return type == store::ColumnType::fixed_text ? "text[]" : std::string(name_of(type));
}

class Comparison {
 public:
  Comparison(const store::ResultReader& reader, const Layout& layout, Findings& findings)
      : reader_(reader), layout_(layout), findings_(findings) {
    const auto version = reader.integers_attribute("/", "schema_version");
    if (!version || version->size() != 2) return;
    older_ = (*version)[1] < store::kSchemaVersion[1];
    newer_ = (*version)[1] > store::kSchemaVersion[1];
    if ((*version)[1] < 0)
      findings_.violation(fmt::format("schema version {}.{} does not exist", (*version)[0], (*version)[1]));
  }

  void run() {
    expect_all();
    for (const ObjectInfo& object : reader_.contents()) compare(object);
    for (const auto& [path, expected] : expected_) {
      if (!seen_.contains(path) && !expected.may_lack) missing(fmt::format("'{}' is missing", shown(path)));
    }
    for (const TableRule& rule : layout_.tables) {
      if (seen_.contains(rule.spec.path)) compare_texts(without_lacking(rule));
    }
  }

 private:
  void missing(const std::string& what) {
    older_ ? findings_.note(what + ": the file has an earlier minor version of the schema")
           : findings_.violation(what);
  }
  void extra(const std::string& what) {
    newer_ ? findings_.note(what + ": the file has a later minor version of the schema")
           : findings_.violation(what);
  }

  void expect_all() {
    expected_[""].attributes = {{"schema", "text"},       {"schema_version", "list of int32"},
                                {"job", "text"},          {"producer_version", "text"},
                                {"git_revision", "text"}, {"results_sha256", "text"},
                                {"complete", "uint8"},    {"exit_status", "int32"}};
    for (const auto& [path, attributes] : layout_.groups) expect_group(path).attributes = attributes;
    for (const std::string& path : layout_.texts) {
      expect_parents(path);
      expected_[path] = {ObjectInfo::Kind::dataset, "text", 0, {}, false};
    }
    for (const TableRule& rule : layout_.tables) expect_table(rule);
  }
  void expect_parents(const std::string& path) {
    for (auto at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1))
      expected_[path.substr(0, at)];
  }
  Expected& expect_group(const std::string& path) {
    expect_parents(path);
    return expected_[path];
  }
  void expect_table(const TableRule& rule) {
    auto& attributes = expect_group(rule.spec.path).attributes;
    attributes.insert(attributes.end(), rule.attributes.begin(), rule.attributes.end());
    attributes.push_back({"title", "text"});
    attributes.push_back({"encoding-type", "text"});
    attributes.push_back({"column-order", "list of text"});
    for (const store::ColumnSpec& column : rule.spec.columns) {
      const bool may_lack = std::ranges::find(rule.newer, column.name) != rule.newer.end();
      expected_[rule.spec.path + "/" + column.name] = {ObjectInfo::Kind::dataset, type_of(column.type), 1,
                                                       attributes_of(column), may_lack};
    }
    expected_[rule.spec.path + "/row"] = {ObjectInfo::Kind::dataset,
                                          "uint64",
                                          1,
                                          {{"long_name", "text"},
                                           {"CLASS", "text[]"},
                                           {"NAME", "text[]"},
                                           {"REFERENCE_LIST", "list of reference"}},
                                          false};
  }

  /// The specification as an earlier file of the same version may have it.
  [[nodiscard]] TableSpec without_lacking(const TableRule& rule) const {
    TableSpec spec = rule.spec;
    std::erase_if(spec.columns, [&](const store::ColumnSpec& column) {
      return std::ranges::find(rule.newer, column.name) != rule.newer.end() &&
             !seen_.contains(rule.spec.path + "/" + column.name);
    });
    return spec;
  }

  void compare(const ObjectInfo& object) {
    const auto found = expected_.find(object.path);
    if (found == expected_.end()) {
      // What is in it need not be said as well.
      const auto slash = object.path.rfind('/');
      if (slash == std::string::npos || expected_.contains(object.path.substr(0, slash)))
        extra(fmt::format("'{}' does not belong to a result of this job", object.path));
      return;
    }
    seen_.insert(object.path);
    const Expected& expected = found->second;
    if (object.kind != expected.kind) {
      findings_.violation(fmt::format("'{}' is no {}", shown(object.path),
                                      expected.kind == ObjectInfo::Kind::group ? "group" : "dataset"));
      return;
    }
    if (object.kind == ObjectInfo::Kind::dataset &&
        (object.type != expected.type || object.dimensions != expected.dimensions)) {
      findings_.violation(fmt::format("'{}' is {} of {} dimensions, not {} of {}", object.path, object.type,
                                      object.dimensions, expected.type, expected.dimensions));
    }
    compare_attributes(object, expected);
  }

  void compare_attributes(const ObjectInfo& object, const Expected& expected) {
    for (const AttributeSpec& attribute : object.attributes) {
      const auto same_name = [&](const AttributeSpec& other) { return other.name == attribute.name; };
      const auto known = std::ranges::find_if(expected.attributes, same_name);
      if (known == expected.attributes.end()) {
        extra(fmt::format("attribute '{}' does not belong to '{}'", attribute.name, shown(object.path)));
      } else if (known->type != attribute.type) {
        findings_.violation(fmt::format("attribute '{}' of '{}' is {}, not {}", attribute.name,
                                        shown(object.path), attribute.type, known->type));
      }
    }
    for (const AttributeSpec& attribute : expected.attributes) {
      const auto same_name = [&](const AttributeSpec& other) { return other.name == attribute.name; };
      if (std::ranges::none_of(object.attributes, same_name))
        missing(fmt::format("'{}' has no attribute '{}'", shown(object.path), attribute.name));
    }
  }

  /// Order of the columns, names of categories, and under /results what describes them.
  void compare_texts(const TableSpec& expected) {
    const std::string encoding = reader_.text_attribute(expected.path, "encoding-type").value_or("table");
    if (encoding != "table")
      findings_.violation(
          fmt::format("'{}': encoding-type is {}, not 'table'", expected.path, core::quoted(encoding)));
    const TableSpec found = reader_.spec(expected.path);
    const bool in_digest = expected.path.starts_with("results/");
    if (in_digest && found.title != expected.title)
      findings_.violation(fmt::format("'{}': the title is {}", expected.path, core::quoted(found.title)));
    if (!older_ && !newer_ && names(found) != names(expected)) {
      findings_.violation(fmt::format("'{}': column-order is {}, not {}", expected.path,
                                      fmt::join(names(found), " "), fmt::join(names(expected), " ")));
    }
    for (const store::ColumnSpec& column : expected.columns) {
      const auto same_name = [&](const store::ColumnSpec& other) { return other.name == column.name; };
      const auto other = std::ranges::find_if(found.columns, same_name);
      if (other == found.columns.end()) continue;
      const auto differs = [&](const char* what, const std::string& is, const std::string& should) {
        if (is != should)
          findings_.violation(fmt::format("'{}/{}': {} is {}, not {}", expected.path, column.name, what,
                                          core::quoted(is), core::quoted(should)));
      };
      differs("units", other->units, column.units);
      differs("flag_meanings", fmt::format("{}", fmt::join(other->flag_meanings, " ")),
              fmt::format("{}", fmt::join(column.flag_meanings, " ")));
      if (in_digest) differs("long_name", other->long_name, column.long_name);
    }
  }
  static std::vector<std::string> names(const TableSpec& spec) {
    std::vector<std::string> result;
    for (const store::ColumnSpec& column : spec.columns) result.push_back(column.name);
    return result;
  }

  const store::ResultReader& reader_;
  const Layout& layout_;
  Findings& findings_;
  bool older_ = false, newer_ = false;
  std::map<std::string, Expected> expected_;
  std::set<std::string> seen_;
};

}  // namespace

void add_run(const store::ResultReader& reader, const RunRules& rules, Layout& layout) {
  layout.texts.emplace_back("runtime/config");
  if (is_merged(reader)) {
    layout.groups["runtime"] = {{kMergedFrom, "list of text"}, {"problem", "text"}};
    return;
  }
  layout.groups["runtime"] = rules.runtime;
  layout.groups["runtime/scheduler"] = rules.scheduler;
  for (const TableSpec& table : rules.tables) layout.add(table);
  const std::string part = config_value(reader, "part");
  if (!part.empty() && !part.ends_with("/1")) layout.tables.push_back(rules.part);
}

void check_layout(const store::ResultReader& reader, const Layout& layout, Findings& findings) {
  Comparison(reader, layout, findings).run();
}

std::map<std::string, std::string> key_values(const std::string& text) {
  std::map<std::string, std::string> result;
  for (const std::string_view line : core::split(text, '\n')) {
    const auto at = line.find(" = ");
    if (at != std::string_view::npos) result.emplace(line.substr(0, at), line.substr(at + 3));
  }
  return result;
}

std::string config_value(const store::ResultReader& reader, const std::string& key) {
  const auto all = key_values(reader.text("runtime/config").value_or(""));
  const auto found = all.find(key);
  return found == all.end() ? "" : found->second;
}

bool is_merged(const store::ResultReader& reader) {
  return reader.contains("runtime") && reader.texts_attribute("runtime", kMergedFrom).has_value();
}

}  // namespace gforbit::report
