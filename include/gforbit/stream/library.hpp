/// Names of terms, and how each is made from the arguments of its text.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/stream/formula.hpp"
#include "gforbit/stream/pipeline.hpp"
#include "gforbit/stream/syntax.hpp"

namespace gforbit::stream {

/// The arguments of one term. Each is asked for by name; those given by position are those of the names in
/// the order in which the term declares them. Every wrong one is a SyntaxError at its place.
class Arguments {
 public:
  /// @param positional  names of the arguments that may be given without
  Arguments(std::string_view text, const Syntax& term, std::vector<std::string> positional);

  [[nodiscard]] bool has(std::string_view name) const;
  /// The expression of the argument; nullptr if it is not given. It counts as used.
  [[nodiscard]] const Expression* find(std::string_view name);
  /// A value that must be given.
  [[nodiscard]] std::uint64_t natural(std::string_view name, std::uint64_t smallest, std::uint64_t largest);
  [[nodiscard]] std::uint64_t natural_or(std::string_view name, std::uint64_t fallback,
                                         std::uint64_t smallest, std::uint64_t largest);
  [[nodiscard]] std::int64_t integer(std::string_view name);
  [[nodiscard]] std::int64_t integer_or(std::string_view name, std::int64_t fallback);
  [[nodiscard]] double real(std::string_view name);
  /// A name, a quoted text, or whatever stands there as it is written.
  [[nodiscard]] std::string word(std::string_view name);
  [[nodiscard]] std::string word_or(std::string_view name, const std::string& fallback);
  [[nodiscard]] std::vector<std::uint64_t> naturals(std::string_view name);
  /// Names and words of (a=x, b=y); none where it is not given.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> record(std::string_view name);
  /// All arguments given by position beyond the declared ones, as they are written.
  [[nodiscard]] std::vector<std::string> words();
  /// The same as they are.
  [[nodiscard]] std::vector<const Argument*> rest();
  /// All named arguments that were not asked for, in order.
  [[nodiscard]] std::vector<const Argument*> others();
  /// The only other argument by position.
  [[nodiscard]] const Argument& only(std::string_view what);

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[noreturn]] void fail(std::string_view name, const std::string& message) const;
  /// @param usage  what the term takes
  /// @throws SyntaxError  an unknown argument
  void check_all_used(std::string_view usage) const;

 private:
  const Argument* get(std::string_view name) const;
  const Argument& require(std::string_view name);
  void refuse_list(const Argument& argument) const;

  std::string_view text_;
  const Syntax& term_;
  std::vector<std::string> positional_;
  std::map<std::string, const Argument*, std::less<>> named_;
  std::vector<const Argument*> rest_;  ///< by position, beyond the declared ones
  std::set<const Argument*> used_;
};

class Library {
 public:
  /// Reads the arguments now, so that errors come early; returns what makes the term.
  using Read = std::function<Pipeline::Make(Arguments&)>;
  struct Entry {
    std::vector<std::string> positional;  ///< arguments that may be given without their name
    Read read;
    std::string usage;           ///< "window(n)": one line for the help
    bool names_columns = false;  ///< arguments of other names are columns that the term makes
  };

  using Entries = std::map<std::string, Entry, std::less<>>;

  /// A name may be both: `csv` reads a file where nothing comes in, and writes one elsewhere.
  void add_source(const std::string& name, Entry entry) { sources_[name] = std::move(entry); }
  void add_term(const std::string& name, Entry entry) { terms_[name] = std::move(entry); }
  [[nodiscard]] const Entries& sources() const noexcept { return sources_; }
  [[nodiscard]] const Entries& terms() const noexcept { return terms_; }

 private:
  Entries sources_, terms_;
};

/// All terms of this module: they need no file.
[[nodiscard]] Library builtin_library();

/// @throws SyntaxError  what is wrong with the text as such; what the terms make of each other, Graph says
[[nodiscard]] Pipeline parse(const std::string& text, const Library& library);

}  // namespace gforbit::stream
