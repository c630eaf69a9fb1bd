// JSON lines, through nlohmann's event parser: it tells integers from floats, sees a key that appears twice,
// and lets nesting be refused at its first bracket, all of which a document tree would hide or pay for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cycles/register_line.hpp"
#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/json_error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/galois/order.hpp"

namespace gforbit::job_cycles {

namespace {

using Json = nlohmann::json;

const std::vector<std::string> kKeys{
    "field",      "degree", "coefficients", "feedback",   "id",   "modulus", "priority", "timeout", "method",
    "polynomial", "taps",   "mask",         "reciprocal", "xnor", "galois",  "shift",    "system",  "index"};
enum Key : std::size_t {
  field,
  degree,
  coefficients,
  feedback,
  id,
  modulus,
  priority,
  timeout,
  method,
  polynomial,
  taps,
  mask,
  reciprocal,
  xnor,
  galois_form,
  shift,
  system_text,
  index_row,
  n_keys
};

constexpr std::array<std::string_view, n_keys> kExpected{
    "an integer of at least 2, or a text such as \"2^8\" or \"GF(256)\"",
    "an integer from 1 to 1048576, or \"auto\"",
    "a list of integers",
    "a text such as \"x0 + x3*x4 + 1\"",
    "a text of 1 to 255 bytes without control characters, or an integer",
    "a list of integers",
    "one of \"critical\", \"high\", \"normal\", \"low\", \"idle\"",
    "a number of seconds from 0 (none) to 3153600000",
    "one of \"auto\", \"algebraic\", \"enumerate\"",
    "a text such as \"x^4 + x + 1\" or \"0x13\"",
    "a list of integers",
    "a text such as \"0xB400\"",
    "true or false",
    "true or false",
    "true or false",
    "one of \"right\", \"left\"",
    "an object with the keys field and registers",
    "true or false"};
static_assert(fsr::kMaxDegree == 1048576 && kLongestId == 255, "the texts above name these limits");

constexpr double kLongestTimeout = 3153600000;  // seconds: 36500 days, as for --timeout

// A value that is neither object nor list.
struct Scalar {
  enum class Type { other, natural, negative, real, text, truth } type{Type::other};
  std::uint64_t natural{};
  double real{};
  std::string_view text{};
  std::string shown{};  // in a message; empty: the natural number or the text

  [[nodiscard]] std::string in_message() const {
    if (!shown.empty()) return shown;
    return type == Type::natural ? std::to_string(natural) : core::quoted(text, 40);
  }
};

/// Events of one JSON value as its text.
class JsonWriter {
 public:
  void value(const Json& scalar) { item(scalar.dump(-1, ' ', false, Json::error_handler_t::replace)); }
  void key(const std::string& name) {
    item(Json(name).dump(-1, ' ', false, Json::error_handler_t::replace) + ':');
    needs_comma_ = false;
  }
  void open(char bracket) {
    item(std::string(1, bracket));
    needs_comma_ = false;
    if (++depth_ > kDeepest) throw KeyError("system", "it is nested too deep for a system");
  }
  /// True: that was the outermost bracket.
  bool close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return --depth_ == 0;
  }
  [[nodiscard]] bool at_work() const noexcept { return depth_ > 0; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  static constexpr int kDeepest = 8;
  void item(const std::string& text) {
    if (needs_comma_) text_ += ',';
    text_ += text;
    needs_comma_ = true;
  }

  std::string text_;
  int depth_ = 0;
  bool needs_comma_ = false;
};

class LineHandler final : public Json::json_sax_t {
 public:
  RegisterLine take() {
    if (line_.system) {
      for (std::size_t i = 0; i < n_keys; ++i) {
        const bool is_of_both =
            i == system_text || i == id || i == priority || i == timeout || i == method || i == index_row;
        if (seen_.test(i) && !is_of_both)
          throw KeyError(kKeys[i], "a system says this itself: leave the key out beside 'system'");
      }
    }
    return std::move(line_);
  }

  bool null() override { return in_system(nullptr) || accept({.shown = "null"}); }
  bool boolean(bool value) override {
    if (in_system(value)) return true;
    return accept(
        {.type = Scalar::Type::truth, .natural = value ? 1U : 0U, .shown = value ? "true" : "false"});
  }
  bool number_integer(std::int64_t value) override {
    if (in_system(value)) return true;
    return accept(
        {.type = Scalar::Type::negative, .real = static_cast<double>(value), .shown = std::to_string(value)});
  }
  bool number_unsigned(std::uint64_t value) override {
    if (in_system(value)) return true;
    return accept({.type = Scalar::Type::natural, .natural = value, .real = static_cast<double>(value)});
  }
  bool number_float(double value, const std::string& text) override {
    if (in_system(value)) return true;
    const bool whole = text.find_first_of(".eE") == std::string::npos;  // too large for 64 bits
    return accept({.type = Scalar::Type::real,
                   .real = value,
                   .shown = core::quoted(text, 30) + (whole ? " (too large)" : "")});
  }
  bool string(std::string& value) override {
    if (in_system(value)) return true;
    return accept({.type = Scalar::Type::text, .text = value});
  }
  bool binary(Json::binary_t&) override { return accept({.shown = "binary data"}); }

  bool start_object(std::size_t) override {
    if (system_.at_work() || (depth_ == 1 && key_ == system_text)) {
      system_.open('{');
      return true;
    }
    if (depth_ > 0) fail("an object");
    depth_ = 1;
    return true;
  }
  bool key(std::string& name) override {
    if (system_.at_work()) {
      system_.key(name);
      return true;
    }
    const auto found = std::ranges::find(kKeys, name);
    if (found == kKeys.end()) {
      throw core::InputError(
          fmt::format("unknown key {}{}", core::quoted(name), config::suggestion(name, kKeys)));
    }
    key_ = static_cast<Key>(found - kKeys.begin());
    if (seen_.test(key_)) throw KeyError(name, "appears twice");
    seen_.set(key_);
    return true;
  }
  bool end_object() override {
    if (system_.at_work() && system_.close('}')) line_.system = system_.text();
    return true;
  }

  bool start_array(std::size_t) override {
    if (system_.at_work()) {
      system_.open('[');
      return true;
    }
    if (depth_ != 1 || (key_ != coefficients && key_ != modulus && key_ != taps)) fail("a list");
    if (key_ == coefficients) line_.form.coefficients.emplace();
    if (key_ == taps) line_.form.taps.emplace();
    depth_ = 2;
    return true;
  }
  bool end_array() override {
    if (system_.at_work()) {
      system_.close(']');
      return true;
    }
    depth_ = 1;
    if (key_ == modulus && line_.modulus.empty())
      throw KeyError("modulus", "the list is empty; leave the key out for the default");
    return true;
  }

  /// Of a line: the column says where, so the reason goes without the place.
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) override {
    std::string_view reason = core::json_reason(error.what());
    if (const auto start = reason.find(" - "); start != std::string_view::npos)
      reason.remove_prefix(start + 3);
    throw core::InputError(fmt::format("column {}: not valid JSON: {}", position, reason));
  }

 private:
  /// True: the value was part of a system.
  template <class T>
  bool in_system(const T& value) {
    if (!system_.at_work()) return false;
    system_.value(value);
    return true;
  }

  // `found` where the current key (or the line) expects something else.
  [[noreturn]] void fail(std::string_view found) {
    if (depth_ == 0) throw core::InputError(fmt::format("expected one JSON object a line, found {}", found));
    if (depth_ == 2) {
      throw KeyError(kKeys[key_], fmt::format("element {} is {}: expected an integer from 0 to 2^64 - 1",
                                              list().size() + 1, found));
    }
    throw KeyError(kKeys[key_], fmt::format("expected {}, found {}", kExpected[key_], found));
  }

  bool accept(const Scalar& value) {
    const bool natural = value.type == Scalar::Type::natural;
    if (depth_ == 0) return store_expression(value);
    if (depth_ == 2) {
      if (!natural) fail(value.in_message());
      if (list().size() > fsr::kMaxDegree)  // said before megabytes more are read
        throw KeyError(kKeys[key_],
                       fmt::format("more than {} elements, the largest degree", fsr::kMaxDegree));
      list().push_back(value.natural);
      return true;
    }
    if (!store(value)) fail(value.in_message());
    return true;
  }

  /// The list of the key at work.
  std::vector<std::uint64_t>& list() {
    if (key_ == coefficients) return *line_.form.coefficients;
    return key_ == taps ? *line_.form.taps : line_.modulus;
  }

  /// A line that is a text alone.
  bool store_expression(const Scalar& value) {
    if (value.type != Scalar::Type::text) fail(value.in_message());
    line_.field = 2;
    line_.form.feedback = value.text;
    line_.form.any_degree = true;
    return true;
  }

  // False where the value is not of the key's type and range.
  bool store(const Scalar& value) {
    const bool natural = value.type == Scalar::Type::natural;
    const bool text = value.type == Scalar::Type::text;
    switch (key_) {
      case field:
        if (text) line_.field = galois::parse_order(value.text);
        if (natural) line_.field = value.natural;
        return line_.field && *line_.field >= 2;
      case degree:
        if (text) return line_.form.any_degree = value.text == "auto";
        if (!natural || value.natural < 1 || value.natural > fsr::kMaxDegree) return false;
        line_.form.degree = static_cast<int>(value.natural);
        return true;
      case feedback:
        return store_text(value, line_.form.feedback);
      case polynomial:
        return store_text(value, line_.form.polynomial);
      case mask:
        return store_text(value, line_.form.mask);
      case reciprocal:
        return store_truth(value, line_.form.reciprocal);
      case xnor:
        return store_truth(value, line_.form.xnor);
      case galois_form:
        return store_truth(value, line_.form.galois);
      case shift:
        return store_choice<fsr::Shift>(value, {"right", "left"}, line_.form.shift);
      case index_row:
        return store_truth(value, line_.index.emplace());
      case id:
        return store_id(value);
      case timeout:
        return store_timeout(value);
      case priority:
        return store_choice<Priority>(value, {"critical", "high", "normal", "low", "idle"}, line_.priority);
      case method:
        return store_choice<Method>(value, {"auto", "algebraic", "enumerate"}, line_.method);
      case coefficients:
      case modulus:
      case taps:
      case system_text:
      case n_keys:
        break;
    }
    return false;
  }

  static bool store_text(const Scalar& value, std::optional<std::string>& to) {
    if (value.type != Scalar::Type::text) return false;
    to = value.text;
    return true;
  }

  static bool store_truth(const Scalar& value, bool& to) {
    to = value.natural == 1;
    return value.type == Scalar::Type::truth;
  }

  bool store_id(const Scalar& value) {
    if (value.type == Scalar::Type::natural || value.type == Scalar::Type::negative) {
      line_.id = value.in_message();
      return true;
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (value.type != Scalar::Type::text || value.text.empty() || value.text.size() > kLongestId ||
        std::ranges::any_of(value.text, is_control)) {
      return false;
    }
    line_.id = value.text;
    return true;
  }

  bool store_timeout(const Scalar& value) {
    const bool number = value.type == Scalar::Type::natural || value.type == Scalar::Type::real;
    if (!number || !(value.real >= 0 && value.real <= kLongestTimeout)) return false;
    line_.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(value.real * 1000)));
    return true;
  }

  // The names are those of the enumerators in their order.
  template <class T>
  static bool store_choice(const Scalar& value, std::initializer_list<std::string_view> names,
                           std::optional<T>& to) {
    const auto* const found = std::ranges::find(names, value.text);
    if (value.type != Scalar::Type::text || found == names.end()) return false;
    to = static_cast<T>(found - names.begin());
    return true;
  }

  RegisterLine line_;
  JsonWriter system_;
  int depth_{};  // 0: outside the object, 1: in it, 2: in a list
  Key key_{};
  std::bitset<n_keys> seen_;
};

}  // namespace

RegisterLine read_json_line(std::string_view line) {
  // The parser takes a NUL byte for the end of its input, and would never see what follows.
  if (const auto nul = line.find('\0'); nul != std::string_view::npos) {
    throw core::InputError(fmt::format("column {}: a NUL byte: this is no text file", nul + 1));
  }
  LineHandler handler;
  Json::sax_parse(line.begin(), line.end(), &handler);  // a syntax error throws from the handler
  return handler.take();
}

}  // namespace gforbit::job_cycles
