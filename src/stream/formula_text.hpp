// The nodes of a formula that have to do with texts, and dates as texts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formula_nodes.hpp"

namespace gforbit::stream::formula {

/// A node whose values are texts. Immutable, thread-safe.
class TextValues {
 public:
  TextValues() = default;
  TextValues(const TextValues&) = delete;
  TextValues& operator=(const TextValues&) = delete;
  virtual ~TextValues() = default;
  /// @param out   n texts
  /// @param slot  this one and those after it are free
  virtual void read(const Stretch& s, std::string* out, std::size_t slot) const = 0;
  [[nodiscard]] virtual std::size_t slots() const { return 0; }
  /// The text of all items.
  [[nodiscard]] virtual const std::string* constant() const { return nullptr; }
  /// The values are this column as it is.
  [[nodiscard]] virtual std::optional<std::size_t> column() const { return std::nullopt; }
};

using TextPtr = std::unique_ptr<const TextValues>;

[[nodiscard]] TextPtr text_column(std::size_t column);
[[nodiscard]] TextPtr text_constant(std::string text);

/// The texts of a stretch, copied only where they are calculated.
class TextReader {
 public:
  TextReader(const TextValues& texts, const Stretch& s, std::size_t slot);
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    return texts_ != nullptr ? std::string_view(texts_[i]) : constant_;
  }

 private:
  std::vector<std::string> memory_;
  const std::string* texts_ = nullptr;
  std::string_view constant_;
};

/// f(text, mark) as a value of type To.
template <class To>
class OfText final : public Values<To> {
 public:
  using Function = std::function<To(std::string_view, Mark&)>;
  OfText(TextPtr text, Function f) : text_(std::move(text)), f_(std::move(f)) {}
  [[nodiscard]] const To* read(const Stretch& s, To* out, std::size_t slot) const override {
    const TextReader texts(*text_, s, slot);
    for (std::size_t i = 0; i < s.n; ++i) {
      Mark mark = (*s.marks)[i];
      out[i] = mark == Mark::none ? f_(texts[i], mark) : To{};
      if (mark != Mark::none) s.marks->set(i, mark);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return text_->slots(); }

 private:
  TextPtr text_;
  Function f_;
};

/// f(text, text): comparisons, searches.
template <class F>
class OfTexts final : public Values<std::int64_t> {
 public:
  OfTexts(TextPtr left, TextPtr right, F f) : left_(std::move(left)), right_(std::move(right)), f_(f) {}
  [[nodiscard]] const std::int64_t* read(const Stretch& s, std::int64_t* out,
                                         std::size_t slot) const override {
    const TextReader x(*left_, s, slot), y(*right_, s, slot);
    for (std::size_t i = 0; i < s.n; ++i) out[i] = f_(x[i], y[i]) ? 1 : 0;
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return std::max(left_->slots(), right_->slots()); }

 private:
  TextPtr left_, right_;
  F f_;
};

/// The text f(x, mark) of a number.
template <class T>
class TextOf final : public TextValues {
 public:
  using Function = std::function<std::string(T, Mark&)>;
  TextOf(Ptr<T> of, Function f) : of_(std::move(of)), f_(std::move(f)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    const T* const x = of_->read(s, s.template slot<T>(slot), slot + 1);
    for (std::size_t i = 0; i < s.n; ++i) {
      Mark mark = (*s.marks)[i];
      if (mark == Mark::none) out[i] = f_(x[i], mark);
      if (mark != Mark::none) s.marks->set(i, mark);
    }
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots() + 1; }

 private:
  Ptr<T> of_;
  Function f_;
};

/// A text of another one.
[[nodiscard]] TextPtr text_map(TextPtr of, std::function<std::string(std::string_view)> f);
/// All of them, one after the other.
[[nodiscard]] TextPtr text_concat(std::vector<TextPtr> parts);
/// Characters [begin, begin + n) of a text; a negative begin counts from the end.
[[nodiscard]] TextPtr text_part(TextPtr of, Ptr<std::int64_t> begin, Ptr<std::int64_t> n);
[[nodiscard]] TextPtr text_choice(Ptr<std::int64_t> condition, TextPtr yes, TextPtr no);
[[nodiscard]] TextPtr text_coalesced(TextPtr first, TextPtr second);
[[nodiscard]] TextPtr text_null_if(TextPtr of, TextPtr other);
[[nodiscard]] Ptr<std::int64_t> text_missing(TextPtr of);

/// Characters, not bytes.
[[nodiscard]] std::int64_t text_length(std::string_view text) noexcept;

/// Days from 1970-01-01 to "2024-02-29".
[[nodiscard]] std::int64_t days_of(std::string_view text, Mark& mark);
/// Seconds from 1970-01-01T00:00:00Z to "2024-02-29T12:30:00.5+01:00"; UTC where no zone is given.
[[nodiscard]] double seconds_of(std::string_view text, Mark& mark);
/// "2024-02-29" of days since 1970-01-01.
[[nodiscard]] std::string date_text(std::int64_t days, Mark& mark);
enum class DatePart : std::uint8_t { year, month, day, weekday };
/// Weekdays: Monday is 1, Sunday is 7.
[[nodiscard]] std::int64_t part_of_date(std::int64_t days, DatePart part, Mark& mark);

}  // namespace gforbit::stream::formula
