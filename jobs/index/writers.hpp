/// Answers as text, csv or jsonl.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "index/options.hpp"

namespace gforbit::job_index {

template <class... Parts>
void append(std::string& text, fmt::format_string<Parts...> form, Parts&&... parts) {
  fmt::format_to(std::back_inserter(text), form, std::forward<Parts>(parts)...);
}

/// A state or a count in JSON: a number, but a text where it is bits, or longer than most readers of numbers
/// take. Empty: null.
[[nodiscard]] std::string json_value(std::string_view text, bool as_bits = false);

/// Where a state is, as texts.
struct PlaceTexts {
  std::string state, representative, period, position;  ///< representative, position: empty where not known
  std::string distance{};                               ///< steps to the cycle; empty for a state on it
  std::string entry{};                                  ///< likewise
};

class PlaceWriter {
 public:
  /// @param nonsingular  no state has a distance
  PlaceWriter(const IndexOptions& options, bool nonsingular, std::ostream& out);
  void write(const PlaceTexts& place);

 private:
  void write_text(const PlaceTexts& place);
  void write_csv(const PlaceTexts& place);
  void write_json(const PlaceTexts& place);

  const IndexOptions& options_;
  bool nonsingular_;
  std::ostream& out_;
  std::string text_;
};

/// @param steps  empty: never
void write_distance(const IndexOptions& options, const std::string& from, const std::string& to,
                    const std::string& steps, std::ostream& out);

void write_jump(const IndexOptions& options, const std::string& from, const std::string& to,
                std::ostream& out);

}  // namespace gforbit::job_index
