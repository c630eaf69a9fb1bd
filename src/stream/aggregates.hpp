// What aggregate and running share: the functions of their columns, and keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gforbit/stream/library.hpp"
#include "gforbit/stream/term.hpp"

namespace gforbit::stream {

constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;  ///< of a term without --memory

enum class Function : std::uint8_t { count, missing, sum, mean, std, min, max, quantile };

struct Definition {
  std::string name;
  Function function{};
  std::string text;
  std::string source;  ///< "sum(x)": for messages
  std::optional<Expression> value;
  double share = 0;  ///< of quantile
};

/// @throws SyntaxError  it is no function of a column
[[nodiscard]] Definition read_definition(const Arguments& a, const Argument& argument);
/// The column of the results of `formula`. @throws SyntaxError  it is a text
[[nodiscard]] ColumnType column_of(const Definition& d, const Formula& formula);
/// The column of keys. @param place  set to where it stands. @throws core::InputError  no keys
[[nodiscard]] ColumnType key_column(const Schema& in, const std::string& by, std::size_t& place);
/// The values of formulas; of one that is not there, a column without values.
struct Evaluated {
  std::vector<Column> values;
  std::vector<bool> is_wrong;  ///< by row: it is an error, which has been said; empty: none is
};
[[nodiscard]] Evaluated evaluate_all(const std::vector<std::optional<Formula>>& formulas, const Batch& in,
                                     Context& context);

/// The values of a column as keys, and a number for each key in the order in which they came.
class Groups {
 public:
  /// Of the key in `row`; nullopt: it is missing.
  std::optional<std::size_t> number(const Column& keys, std::size_t row) {
    if (keys.is_null(row)) return std::nullopt;
    if (const auto* const texts = std::get_if<Slice<std::string>>(&keys))
      return number_of(texts_, (*texts)[row]);
    if (const auto* const naturals = std::get_if<Slice<std::uint64_t>>(&keys))
      return number_of(naturals_, (*naturals)[row]);
    if (const auto* const elements = std::get_if<Elements>(&keys))
      return number_of(integers_, static_cast<std::int64_t>((*elements)[row]));
    return number_of(integers_, std::get<Slice<std::int64_t>>(keys)[row]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] const Value& key(std::size_t number) const { return keys_[number]; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Numbers in the order of the keys.
  [[nodiscard]] std::vector<std::size_t> sorted() const {
    std::vector<std::size_t> order(keys_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return is_less(keys_[a], keys_[b]); });
    return order;
  }
  void clear() { *this = {}; }

  void save(core::ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(keys_.size()));
    for (const Value& key : keys_) {
      out.put(static_cast<std::uint8_t>(key.index()));
      if (const auto* const text = std::get_if<std::string>(&key)) out.put_text(*text);
      if (const auto* const natural = std::get_if<std::uint64_t>(&key)) out.put(*natural);
      if (const auto* const integer = std::get_if<std::int64_t>(&key)) out.put(*integer);
    }
  }
  void load(core::ByteReader& in) {
    clear();
    const auto n = in.get_count();
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto type = in.get<std::uint8_t>();
      if (type == Value(std::string()).index()) {
        number_of(texts_, in.get_text());
      } else if (type == Value(std::uint64_t{0}).index()) {
        number_of(naturals_, in.get<std::uint64_t>());
      } else {
        number_of(integers_, in.get<std::int64_t>());
      }
    }
  }

 private:
  template <class T>
  std::size_t number_of(std::unordered_map<T, std::size_t>& numbers, const T& key) {
    const auto [at, is_new] = numbers.try_emplace(key, keys_.size());
    if (is_new) {
      constexpr std::uint64_t kEntry = 64;  // of the map
      keys_.emplace_back(key);
      bytes_ += kEntry + sizeof(Value);
      if constexpr (std::is_same_v<T, std::string>) bytes_ += 2 * key.size();
    }
    return at->second;
  }
  static bool is_less(const Value& a, const Value& b) {
    if (const auto* const text = std::get_if<std::string>(&a)) return *text < std::get<std::string>(b);
    if (const auto* const natural = std::get_if<std::uint64_t>(&a))
      return *natural < std::get<std::uint64_t>(b);
    return std::get<std::int64_t>(a) < std::get<std::int64_t>(b);
  }

  std::unordered_map<std::int64_t, std::size_t> integers_;
  std::unordered_map<std::uint64_t, std::size_t> naturals_;
  std::unordered_map<std::string, std::size_t> texts_;
  std::vector<Value> keys_;
  std::uint64_t bytes_ = 0;
};

}  // namespace gforbit::stream
