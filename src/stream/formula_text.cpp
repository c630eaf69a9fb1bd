#include "formula_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <utility>

namespace gforbit::stream::formula {

namespace {

class TextColumn final : public TextValues {
 public:
  explicit TextColumn(std::size_t column) : column_(column) {}
  void read(const Stretch& s, std::string* out, std::size_t) const override {
    mark_nulls(s, column_);
    const auto& texts = std::get<Slice<std::string>>(s.batch.columns[column_]);
    for (std::size_t i = 0; i < s.n; ++i) out[i] = texts[s.first + i];
  }
  [[nodiscard]] std::optional<std::size_t> column() const override { return column_; }

 private:
  std::size_t column_;
};

class TextConstant final : public TextValues {
 public:
  explicit TextConstant(std::string text) : text_(std::move(text)) {}
  void read(const Stretch& s, std::string* out, std::size_t) const override { std::fill_n(out, s.n, text_); }
  [[nodiscard]] const std::string* constant() const override { return &text_; }

 private:
  std::string text_;
};

class TextMap final : public TextValues {
 public:
  TextMap(TextPtr of, std::function<std::string(std::string_view)> f)
      : of_(std::move(of)), f_(std::move(f)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    const TextReader texts(*of_, s, slot);
    for (std::size_t i = 0; i < s.n; ++i) out[i] = f_(texts[i]);
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots(); }

 private:
  TextPtr of_;
  std::function<std::string(std::string_view)> f_;
};

class TextConcat final : public TextValues {
 public:
  explicit TextConcat(std::vector<TextPtr> parts) : parts_(std::move(parts)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    std::fill_n(out, s.n, std::string());
    for (const TextPtr& part : parts_) {
      const TextReader texts(*part, s, slot);
      for (std::size_t i = 0; i < s.n; ++i) out[i] += texts[i];
    }
  }
  [[nodiscard]] std::size_t slots() const override {
    std::size_t most = 0;
    for (const TextPtr& part : parts_) most = std::max(most, part->slots());
    return most;
  }

 private:
  std::vector<TextPtr> parts_;
};

/// Where the character `number` begins; the end of the text where it has fewer.
std::size_t byte_of(std::string_view text, std::int64_t number) {
  std::size_t at = 0;
  while (at < text.size() && number > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    --number;
  }
  return at;
}

std::string_view part_of(std::string_view text, std::int64_t begin, std::int64_t n) {
  if (begin < 0) begin = std::max<std::int64_t>(0, text_length(text) + begin);
  text.remove_prefix(byte_of(text, begin));
  return text.substr(0, byte_of(text, n));
}

class TextPart final : public TextValues {
 public:
  TextPart(TextPtr of, Ptr<std::int64_t> begin, Ptr<std::int64_t> n)
      : of_(std::move(of)), begin_(std::move(begin)), n_(std::move(n)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    const std::int64_t* const begin = begin_->read(s, s.slot<std::int64_t>(slot), slot + 1);
    const std::int64_t* const n = n_->read(s, s.slot<std::int64_t>(slot + 1), slot + 2);
    const TextReader texts(*of_, s, slot + 2);
    for (std::size_t i = 0; i < s.n; ++i) out[i] = part_of(texts[i], begin[i], n[i]);
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max({begin_->slots() + 1, n_->slots() + 2, of_->slots() + 2});
  }

 private:
  TextPtr of_;
  Ptr<std::int64_t> begin_, n_;
};

class TextChoice final : public TextValues {
 public:
  TextChoice(Ptr<std::int64_t> condition, TextPtr yes, TextPtr no)
      : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    Marks of_condition, of_yes, of_no;
    const std::int64_t* const c =
        condition_->read(s.with(of_condition), s.slot<std::int64_t>(slot), slot + 1);
    const TextReader yes(*yes_, s.with(of_yes), slot + 1), no(*no_, s.with(of_no), slot + 1);
    for (std::size_t i = 0; i < s.n; ++i) {
      Mark mark = of_condition[i];
      if (mark == Mark::none) mark = c[i] != 0 ? of_yes[i] : of_no[i];
      out[i] = c[i] != 0 ? yes[i] : no[i];
      if (mark != Mark::none) s.marks->set(i, mark);
    }
  }
  [[nodiscard]] std::size_t slots() const override {
    return std::max({condition_->slots() + 1, yes_->slots() + 1, no_->slots() + 1});
  }

 private:
  Ptr<std::int64_t> condition_;
  TextPtr yes_, no_;
};

class TextCoalesced final : public TextValues {
 public:
  TextCoalesced(TextPtr first, TextPtr second) : first_(std::move(first)), second_(std::move(second)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    Marks first, second;
    const TextReader x(*first_, s.with(first), slot), y(*second_, s.with(second), slot);
    for (std::size_t i = 0; i < s.n; ++i) {
      const bool missing = first[i] == Mark::null;
      const Mark mark = missing ? second[i] : first[i];
      out[i] = missing ? y[i] : x[i];
      if (mark != Mark::none) s.marks->set(i, mark);
    }
  }
  [[nodiscard]] std::size_t slots() const override { return std::max(first_->slots(), second_->slots()); }

 private:
  TextPtr first_, second_;
};

class TextNullIf final : public TextValues {
 public:
  TextNullIf(TextPtr of, TextPtr other) : of_(std::move(of)), other_(std::move(other)) {}
  void read(const Stretch& s, std::string* out, std::size_t slot) const override {
    Marks of_other;
    const TextReader x(*of_, s, slot), y(*other_, s.with(of_other), slot);
    for (std::size_t i = 0; i < s.n; ++i) {
      out[i] = x[i];
      if (of_other[i] > Mark::null) s.marks->set(i, of_other[i]);
      if (of_other[i] == Mark::none && x[i] == y[i]) s.marks->set(i, Mark::null);
    }
  }
  [[nodiscard]] std::size_t slots() const override { return std::max(of_->slots(), other_->slots()); }

 private:
  TextPtr of_, other_;
};

class TextMissing final : public Values<std::int64_t> {
 public:
  explicit TextMissing(TextPtr of) : of_(std::move(of)) {}
  [[nodiscard]] const std::int64_t* read(const Stretch& s, std::int64_t* out,
                                         std::size_t slot) const override {
    Marks marks;
    const TextReader texts(*of_, s.with(marks), slot);
    for (std::size_t i = 0; i < s.n; ++i) {
      out[i] = marks[i] == Mark::null ? 1 : 0;
      if (marks[i] > Mark::null) s.marks->set(i, marks[i]);
    }
    return out;
  }
  [[nodiscard]] std::size_t slots() const override { return of_->slots(); }

 private:
  TextPtr of_;
};

/// A number of exactly `digits` digits at the front of `text`, which is taken away.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}
bool take_sign(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// "2024-02-29" at the front of `text`.
std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take_sign(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take_sign(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// "12:30", "12:30:05" or "12:30:05.25" at the front of `text`, in seconds.
std::optional<double> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take_sign(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  double seconds = 3600.0 * *hour + 60.0 * *minute;
  if (!take_sign(text, ":")) return seconds;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  seconds += *second;
  if (text.empty() || text[0] != '.') return seconds;
  double fraction = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), fraction, std::chars_format::fixed);
  if (error != std::errc{} || end == text.data() + 1) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return seconds + fraction;
}

/// "Z", "+01:00", "-0130" or nothing, in seconds east of UTC.
std::optional<double> take_zone(std::string_view& text) {
  if (text.empty() || take_sign(text, "Zz")) return 0;
  const double sign = text[0] == '-' ? -1 : 1;
  if (!take_sign(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours) return std::nullopt;
  take_sign(text, ":");
  const auto minutes = text.empty() ? std::optional<int>(0) : take_digits(text, 2);
  if (!minutes) return std::nullopt;
  return sign * (3600.0 * *hours + 60.0 * *minutes);
}

/// nullopt: beyond the years that the calendar knows.
std::optional<std::chrono::year_month_day> calendar(std::int64_t days) {
  constexpr std::int64_t kMost = 11'000'000;  // about the year 32000
  if (days < -kMost || days > kMost) return std::nullopt;
  return std::chrono::year_month_day(
      std::chrono::sys_days(std::chrono::days(static_cast<std::int32_t>(days))));
}

}  // namespace

TextReader::TextReader(const TextValues& texts, const Stretch& s, std::size_t slot) {
  if (const std::string* const text = texts.constant()) {
    constant_ = *text;
  } else if (const auto column = texts.column()) {
    mark_nulls(s, *column);
    texts_ = &std::get<Slice<std::string>>(s.batch.columns[*column])[s.first];
  } else {
    memory_.resize(s.n);
    texts.read(s, memory_.data(), slot);
    texts_ = memory_.data();
  }
}

TextPtr text_column(std::size_t column) {
  return std::make_unique<TextColumn>(column);
}
TextPtr text_constant(std::string text) {
  return std::make_unique<TextConstant>(std::move(text));
}
TextPtr text_map(TextPtr of, std::function<std::string(std::string_view)> f) {
  return std::make_unique<TextMap>(std::move(of), std::move(f));
}
TextPtr text_concat(std::vector<TextPtr> parts) {
  return std::make_unique<TextConcat>(std::move(parts));
}
TextPtr text_part(TextPtr of, Ptr<std::int64_t> begin, Ptr<std::int64_t> n) {
  return std::make_unique<TextPart>(std::move(of), std::move(begin), std::move(n));
}
TextPtr text_choice(Ptr<std::int64_t> condition, TextPtr yes, TextPtr no) {
  return std::make_unique<TextChoice>(std::move(condition), std::move(yes), std::move(no));
}
TextPtr text_coalesced(TextPtr first, TextPtr second) {
  return std::make_unique<TextCoalesced>(std::move(first), std::move(second));
}
TextPtr text_null_if(TextPtr of, TextPtr other) {
  return std::make_unique<TextNullIf>(std::move(of), std::move(other));
}
Ptr<std::int64_t> text_missing(TextPtr of) {
  return std::make_unique<TextMissing>(std::move(of));
}

std::int64_t text_length(std::string_view text) noexcept {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::int64_t days_of(std::string_view text, Mark& mark) {
  const auto days = take_date(text);
  if (!days || !text.empty()) mark = Mark::date;
  return days.value_or(0);
}

double seconds_of(std::string_view text, Mark& mark) {
  const auto days = take_date(text);
  std::optional<double> clock = 0, zone = 0;
  if (days && !text.empty()) {
    clock = take_sign(text, "Tt ") ? take_clock(text) : std::nullopt;
    if (clock) zone = take_zone(text);
  }
  if (!days || !clock || !zone || !text.empty()) {
    mark = Mark::date;
    return 0;
  }
  return 86400.0 * static_cast<double>(*days) + *clock - *zone;
}

std::string date_text(std::int64_t days, Mark& mark) {
  const auto date = calendar(days);
  if (!date) {
    mark = Mark::date;
    return {};
  }
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date->year()),
                     static_cast<unsigned>(date->month()), static_cast<unsigned>(date->day()));
}

std::int64_t part_of_date(std::int64_t days, DatePart part, Mark& mark) {
  const auto date = calendar(days);
  if (!date) {
    mark = Mark::date;
    return 0;
  }
  switch (part) {
    case DatePart::year:
      return static_cast<int>(date->year());
    case DatePart::month:
      return static_cast<unsigned>(date->month());
    case DatePart::day:
      return static_cast<unsigned>(date->day());
    case DatePart::weekday:
      break;
  }
  return std::chrono::weekday(std::chrono::sys_days(*date)).iso_encoding();
}

}  // namespace gforbit::stream::formula
