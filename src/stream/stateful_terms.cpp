#include "stateful_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::stream {

namespace {

/// n elements of a field become one vector. Elements that lie in one batch are not copied.
class Window final : public Stateful {
 public:
  Window(std::uint64_t length, std::string column, bool keep_last)
      : length_(length), column_(std::move(column)), keep_last_(keep_last), pending_(true) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = in.index_of(column_);
    if (in[place_].type != Type::element)
      throw core::InputError(fmt::format(
          "a window is of elements of a field, but '{}' is {}; for numbers there is aggregate(..., every=n)",
          column_, type_name(in[place_].type)));
    pending_ = ElementsBuilder(in[place_].field->order() == 2);
    return Schema({{column_, Type::elements, in[place_].field}});
  }

  void process(const Batch& in, Output& out, Context&) override {
    const Elements elements = std::get<Elements>(in.columns[place_]).slice(0, in.size);
    std::vector<Elements> windows;
    std::vector<std::uint64_t> indices;
    std::uint64_t at = 0;
    while (at < elements.size()) {
      const std::uint64_t missing = length_ - pending_.size();
      const std::uint64_t n = std::min(missing, elements.size() - at);
      if (n == length_) {
        windows.push_back(elements.slice(at, n));
      } else {
        pending_.append(elements.slice(at, n));
        if (n == missing) windows.push_back(pending_.take());
      }
      at += n;
      last_ = in.indices[at - 1];
      if (windows.size() > indices.size()) indices.push_back(in.indices[at - 1]);
    }
    emit(std::move(windows), std::move(indices), out);
  }

  void finish(Output& out, Context&) override {
    if (keep_last_ && pending_.size() > 0) emit({pending_.take()}, {last_}, out);
  }
  [[nodiscard]] std::optional<std::uint64_t> holds_back() const override {
    return keep_last_ && pending_.size() > 0 ? std::optional(last_) : std::nullopt;
  }

  void save(core::ByteWriter& out) const override {
    ElementsBuilder copy = pending_;
    BatchBuilder builder(Schema({{"pending", Type::elements, {}}}));
    builder.add(last_, {copy.take()});
    put_batch(out, builder.take());
  }
  void load(core::ByteReader& in) override {
    const Batch saved = get_batch(in);
    last_ = saved.indices[0];
    pending_.append(std::get<Elements>(saved.value(0, 0)));
  }
  [[nodiscard]] std::uint64_t window_length() const override { return length_; }

 private:
  static void emit(std::vector<Elements> windows, std::vector<std::uint64_t> indices, Output& out) {
    if (windows.empty()) return;
    Batch batch;
    batch.size = windows.size();
    batch.indices = Indices::list(std::move(indices));
    batch.columns.emplace_back(make_slice(std::move(windows)));
    out.emit(std::move(batch));
  }

  std::uint64_t length_;
  std::string column_;
  bool keep_last_;
  std::size_t place_ = 0;
  ElementsBuilder pending_;
  std::uint64_t last_ = 0;  ///< index of the last element that came in
};

/// The first n items.
class Take final : public Stateful {
 public:
  explicit Take(std::uint64_t n) : left_(n) {}
  [[nodiscard]] Schema prepare(const Schema& in) override { return in; }
  void process(const Batch& in, Output& out, Context&) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size));
    left_ -= n;
    if (n > 0) out.emit(n == in.size ? in : in.slice(0, n));
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override { return wanted; }
  void save(core::ByteWriter& out) const override { out.put(left_); }
  void load(core::ByteReader& in) override { left_ = in.get<std::uint64_t>(); }
  [[nodiscard]] bool closed() const override { return left_ == 0; }

 private:
  std::uint64_t left_;
};

/// The items before the first one for which the condition holds.
class Stop final : public Stateful {
 public:
  Stop(std::string text, Expression condition) : text_(std::move(text)), condition_(std::move(condition)) {}
  [[nodiscard]] Schema prepare(const Schema& in) override {
    formula_.emplace(text_, condition_, in);
    if (formula_->type() == Type::text)
      throw SyntaxError(text_, condition_.begin, "a condition must be a number, not a text");
    return in;
  }
  void process(const Batch& in, Output& out, Context& context) override {
    if (stopped_) return;
    std::vector<RowError> errors;
    const Rows holds = formula_->rows(in, errors);
    const std::size_t n = holds.size > 0 ? holds.numbers[0] : in.size;
    stopped_ = n < in.size;
    std::erase_if(errors, [&](const RowError& error) { return error.row >= n; });
    if (errors.empty()) {
      if (n > 0) out.emit(in.slice(0, n));
      return;
    }
    std::vector<std::uint32_t> rows;
    auto error = errors.begin();
    for (std::uint32_t row = 0; row < n; ++row) {
      if (error == errors.end() || error->row != row) {
        rows.push_back(row);
      } else {
        context.fail_row(in, row, error++->message);
      }
    }
    if (!rows.empty()) out.emit(in.gather(rows));
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override {
    ColumnSet needed = wanted;
    formula_->add_columns(needed);
    return needed;
  }
  void save(core::ByteWriter& out) const override { out.put(stopped_); }
  void load(core::ByteReader& in) override { stopped_ = in.get<bool>(); }
  [[nodiscard]] bool closed() const override { return stopped_; }

 private:
  std::string text_;
  Expression condition_;
  std::optional<Formula> formula_;
  bool stopped_ = false;
};

Pipeline::Make read_window(Arguments& a) {
  const std::uint64_t length = a.natural("length", 1, std::uint64_t{1} << 32);
  const std::string column = a.word_or("column", "value");
  const std::string last = a.word_or("last", "drop");
  if (last != "drop" && last != "keep") a.fail("last", "expected keep or drop");
  return [=] { return std::make_unique<Window>(length, column, last == "keep"); };
}

}  // namespace

void add_stateful_terms(Library& library) {
  library.add_term("window",
                   {{"length"},
                    read_window,
                    "window(length, column=value, last=drop|keep): vectors of n elements of a field"});
  library.add_term("take", {{"n"},
                            [](Arguments& a) -> Pipeline::Make {
                              const std::uint64_t n = a.natural("n", 1, std::uint64_t{1} << 62);
                              return [n] { return std::make_unique<Take>(n); };
                            },
                            "take(n): the first n items; what came before it ends too"});
  library.add_term("stop", {{},
                            [](Arguments& a) -> Pipeline::Make {
                              const Expression condition =
                                  a.only("one condition, such as stop(x > 100)").value;
                              return [condition, text = std::string(a.text())] {
                                return std::make_unique<Stop>(text, condition);
                              };
                            },
                            "stop(CONDITION): ends before the first item for which it holds"});
}

}  // namespace gforbit::stream
