#include "stateful_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::stream {

namespace {

/// The field of a column of elements. @param place  set to where it stands. @throws core::InputError
galois::Field field_of_elements(const Schema& in, const std::string& column, std::size_t& place) {
  place = in.index_of(column);
  if (in[place].type != Type::element)
    throw core::InputError(
        fmt::format("a window is of elements of a field, but '{}' is {}; for numbers there are "
                    "aggregate(..., every=n) and "
                    "running(..., over=n)",
                    column, type_name(in[place].type)));
  return *in[place].field;
}

void emit_windows(std::vector<Elements> windows, std::vector<std::uint64_t> indices, Output& out) {
  if (windows.empty()) return;
  Batch batch;
  batch.size = windows.size();
  batch.indices = Indices::list(std::move(indices));
  batch.columns.emplace_back(make_slice(std::move(windows)));
  out.emit(std::move(batch));
}

/// n elements of a field become one vector. Elements that lie in one batch are not copied.
class Window final : public Stateful {
 public:
  Window(std::uint64_t length, std::string column, bool keep_last)
      : length_(length), column_(std::move(column)), keep_last_(keep_last), pending_(true) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    const auto field = field_of_elements(in, column_, place_);
    pending_ = ElementsBuilder(field.order() == 2);
    return Schema({{column_, Type::elements, field}});
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
    emit_windows(std::move(windows), std::move(indices), out);
  }

  void finish(Output& out, Context&) override {
    if (keep_last_ && pending_.size() > 0) emit_windows({pending_.take()}, {last_}, out);
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
  std::uint64_t length_;
  std::string column_;
  bool keep_last_;
  std::size_t place_ = 0;
  ElementsBuilder pending_;
  std::uint64_t last_ = 0;  ///< index of the last element that came in
};

/// Vectors of `length` elements, each `step` elements after the one before: they overlap, or elements between
/// them are left out.
class Sliding final : public Stateful {
 public:
  Sliding(std::uint64_t length, std::uint64_t step, std::string column)
      : length_(length), step_(step), column_(std::move(column)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    const auto field = field_of_elements(in, column_, place_);
    packed_ = field.order() == 2;
    return Schema({{column_, Type::elements, field}});
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet&, std::size_t n) const override {
    ColumnSet needed(n, false);
    needed[place_] = true;
    return needed;
  }

  void process(const Batch& in, Output& out, Context&) override {
    const std::uint64_t skipped = std::min<std::uint64_t>(skip_, in.size);
    skip_ -= skipped;
    ElementsBuilder builder(packed_);
    builder.append(pending_);
    builder.append(std::get<Elements>(in.columns[place_]).slice(skipped, in.size - skipped));
    for (std::uint64_t i = skipped; i < in.size; ++i) indices_.push_back(in.indices[i]);
    const Elements all = builder.take();
    std::vector<Elements> windows;
    std::vector<std::uint64_t> indices;
    std::uint64_t at = 0;
    for (; at + length_ <= all.size(); at += step_) {
      windows.push_back(all.slice(at, length_));
      indices.push_back(indices_[at + length_ - 1]);
    }
    skip_ += at - std::min(at, all.size());
    at = std::min(at, all.size());
    pending_ = all.slice(at, all.size() - at);
    indices_.erase(indices_.begin(), indices_.begin() + static_cast<std::ptrdiff_t>(at));
    emit_windows(std::move(windows), std::move(indices), out);
  }

  void save(core::ByteWriter& out) const override {
    BatchBuilder builder(Schema({{"pending", Type::elements, {}}}));
    builder.add(0, {pending_});
    put_batch(out, builder.take());
    out.put(skip_).put_array(indices_);
  }
  void load(core::ByteReader& in) override {
    pending_ = std::get<Elements>(get_batch(in).value(0, 0));
    skip_ = in.get<std::uint64_t>();
    indices_ = in.get_array<std::uint64_t>();
  }

 private:
  std::uint64_t length_, step_;
  std::string column_;
  std::size_t place_ = 0;
  bool packed_ = false;
  Elements pending_;                    ///< from the beginning of the next window on
  std::vector<std::uint64_t> indices_;  ///< of the pending ones
  std::uint64_t skip_ = 0;              ///< elements before the next window begins
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

/// The first of every k items.
class Decimate final : public Stateful {
 public:
  explicit Decimate(std::uint64_t k) : k_(k) {}
  [[nodiscard]] Schema prepare(const Schema& in) override { return in; }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override { return wanted; }
  void process(const Batch& in, Output& out, Context&) override {
    std::vector<std::uint32_t> rows;
    for (std::uint64_t row = (k_ - seen_) % k_; row < in.size; row += k_)
      rows.push_back(static_cast<std::uint32_t>(row));
    seen_ = (seen_ + in.size) % k_;
    if (!rows.empty()) out.emit(rows.size() == in.size ? in : in.gather(rows));
  }
  void save(core::ByteWriter& out) const override { out.put(seen_); }
  void load(core::ByteReader& in) override { seen_ = in.get<std::uint64_t>(); }
  [[nodiscard]] std::uint64_t window_length() const override { return k_; }

 private:
  std::uint64_t k_;
  std::uint64_t seen_ = 0;  ///< modulo k
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
  const std::uint64_t step = a.natural_or("step", length, 1, std::uint64_t{1} << 32);
  if (step != length) {
    if (last == "keep") a.fail("last", "last=keep is for windows that do not overlap, without `step`");
    return [=] { return std::make_unique<Sliding>(length, step, column); };
  }
  return [=] { return std::make_unique<Window>(length, column, last == "keep"); };
}

}  // namespace

void add_stateful_terms(Library& library) {
  library.add_term(
      "window",
      {{"length"},
       read_window,
       "window(length, step=length, column=value, last=drop|keep): vectors of elements of a field"});
  library.add_term("decimate", {{"k"},
                                [](Arguments& a) -> Pipeline::Make {
                                  const std::uint64_t k = a.natural("k", 1, std::uint64_t{1} << 40);
                                  return [k] { return std::make_unique<Decimate>(k); };
                                },
                                "decimate(k): the first of every k items"});
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
