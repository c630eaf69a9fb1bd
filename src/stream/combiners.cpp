// Functions of sequences of field elements: of the n-th elements of several registers (combination
// generators), or of neighboring elements of one (filter generators).
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "aligned_join.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

/// A feedback polynomial whose cells x0, x1, ... are the inputs; of one input its elements n, n + 1, ...
class Combine final : public AlignedJoin {
 public:
  /// @param function  empty: the sum over GF(2)
  Combine(std::string function, std::string column)
      : function_(std::move(function)), column_(std::move(column)) {}

  [[nodiscard]] bool takes_one() const override { return !function_.empty(); }
  /// A filter keeps elements from one item to the next.
  [[nodiscard]] bool can_cut() const override { return columns_.size() > 1 || before_ == 0; }

  [[nodiscard]] Schema prepare(std::span<const Schema> in) override {
    const galois::Field field = field_of(in);
    if (function_.empty()) {
      if (field.order() != 2)
        throw core::InputError(
            fmt::format("the inputs are over GF({}), not GF(2): write output(\"x0 + x1\")", field.order()));
      const std::vector<std::uint64_t> ones(in.size(), 1);
      polynomial_.emplace(fsr::Feedback::linear(field, ones));
    } else if (in.size() > 1) {
      polynomial_.emplace(parsed(field, static_cast<int>(in.size())));
    } else {
      polynomial_.emplace(parsed(field, 0));
      before_ = static_cast<std::size_t>(polynomial_->degree()) - 1;
    }
    return Schema({{column_, Type::element, field}});
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet&, std::size_t n) const override {
    // The same place in all inputs, or all columns: inputs are not told apart here.
    const bool alike = std::ranges::adjacent_find(columns_, std::not_equal_to<>()) == columns_.end();
    ColumnSet read(n, !alike);
    if (alike) read[columns_.front()] = true;
    return read;
  }

  void save(core::ByteWriter& out) const override {
    out.put(tail_.size() | (has_begun_ ? 0 : kNotBegun));
    for (std::uint64_t i = 0; i < tail_.size(); ++i) out.put(tail_[i]);
  }
  void load(core::ByteReader& in) override {
    ElementsBuilder tail(is_packed());
    const auto size = in.get<std::uint64_t>();
    has_begun_ = (size & kNotBegun) == 0;
    for (auto n = size & ~kNotBegun; n > 0; --n) tail.push(in.get<std::uint64_t>());
    tail_ = tail.take();
  }

 protected:
  Batch join(std::vector<Batch> parts, Indices last) override {
    const std::size_t n = parts.front().size;
    std::vector<Elements> cells;
    for (std::size_t i = 0; i < parts.size(); ++i)
      cells.push_back(std::get<Elements>(parts[i].columns.at(columns_[i])).slice(0, n));
    if (cells.size() > 1 || before_ == 0) return {n, std::move(last), {Column(values(cells, n))}};
    return filtered(cells.front(), last);
  }

  /// Of one input: a sequence that is too short has no value at all.
  void finish() override {
    if (before_ == 0 || has_begun_ || tail_.size() == 0) return;
    throw core::InputError(
        fmt::format("term 'output': x{} needs a sequence of at least {} elements, and this one has {}",
                    before_, before_ + 1, tail_.size()));
  }

 private:
  static constexpr std::uint64_t kNotBegun = std::uint64_t{1} << 63;  ///< beside the size of the tail

  /// @param inputs  0: the highest cell says how many elements are read
  [[nodiscard]] fsr::Feedback parsed(const galois::Field& field, int inputs) const {
    try {
      return inputs > 0 ? fsr::Feedback::parse(field, inputs, function_)
                        : fsr::Feedback::parse(field, function_);
    } catch (const core::InputError& error) {
      // The language is that of feedbacks, whose cells are the inputs here.
      std::string message = error.what();
      constexpr std::string_view kName = "feedback", kNoCell = "feedback: it has no cell";
      if (message.starts_with(kNoCell))
        message = "function: there is no x0, x1, ... in it: map(value=...) makes constants";
      if (message.starts_with(kName)) message.replace(0, kName.size(), "function");
      if (const auto at = message.find("a register of degree"); at != std::string::npos && inputs > 0)
        message = message.substr(0, at) + fmt::format("{} inputs are x0 to x{}", inputs, inputs - 1);
      throw core::InputError(message);
    }
  }
  [[nodiscard]] galois::Field field_of(std::span<const Schema> in) {
    columns_.clear();
    std::optional<galois::Field> field;
    for (std::size_t i = 0; i < in.size(); ++i) {
      columns_.push_back(in[i].index_of(column_));
      const ColumnType& type = in[i][columns_.back()];
      if (type.type != Type::element)
        throw core::InputError(
            type.type == Type::elements
                ? fmt::format("'{}' of input {} is of vectors: flatten makes single elements of them",
                              column_, i + 1)
                : fmt::format("'{}' of input {} is of {}, not of elements of a field", column_, i + 1,
                              type_name(type.type)));
      if (field && *field != *type.field)
        throw core::InputError(
            fmt::format("input 1 is over GF({}) and input {} over GF({}), or another modulus", field->order(),
                        i + 1, type.field->order()));
      field = type.field;
    }
    return *field;
  }
  [[nodiscard]] bool is_packed() const { return polynomial_->field().order() == 2; }

  /// Of one input: the item of the last element that a value needs has its index.
  Batch filtered(const Elements& part, const Indices& indices) {
    ElementsBuilder builder(is_packed());
    builder.append(tail_);
    builder.append(part);
    const Elements all = builder.take();
    const std::uint64_t kept = std::min<std::uint64_t>(all.size(), before_);
    const std::uint64_t n = all.size() - kept, skipped = part.size() - n;
    has_begun_ = has_begun_ || n > 0;
    tail_ = copy_of(all.slice(all.size() - kept, kept));
    std::vector<Elements> cells;
    for (std::size_t cell = 0; cell <= before_ && n > 0; ++cell) cells.push_back(all.slice(cell, n));
    return {n, indices.slice(skipped), {Column(values(cells, n))}};
  }
  /// Without the storage of all that came in.
  [[nodiscard]] Elements copy_of(const Elements& some) const {
    ElementsBuilder copy(is_packed());
    copy.append(some);
    return copy.take();
  }

  [[nodiscard]] Elements values(const std::vector<Elements>& cells, std::uint64_t n) const {
    if (is_packed() && polynomial_->has_terms()) return bits(cells, n);
    ElementsBuilder values(is_packed());
    std::vector<galois::Element> state(cells.size());
    for (std::uint64_t i = 0; i < n; ++i) {
      for (std::size_t cell = 0; cell < cells.size(); ++cell) state[cell] = cells[cell][i];
      values.push(polynomial_->evaluate(state));
    }
    return values.take();
  }
  /// 64 at a time.
  [[nodiscard]] Elements bits(const std::vector<Elements>& cells, std::uint64_t n) const {
    std::vector<std::uint64_t> words((n + 63) / 64, 0);
    for (std::size_t at = 0; at < words.size(); ++at) {
      for (const fsr::Term& term : polynomial_->terms()) {
        std::uint64_t product = ~std::uint64_t{0};
        for (const fsr::Factor& factor : term.factors)
          product &= cells[static_cast<std::size_t>(factor.cell)].word(64 * at);
        words[at] ^= product;
      }
    }
    return Elements::of_bits(std::move(words), n);
  }

  std::string function_, column_;
  std::vector<std::size_t> columns_;  ///< by input
  std::optional<fsr::Feedback> polynomial_;
  std::size_t before_ = 0;  ///< of one input: elements that a value needs besides its last one
  Elements tail_;           ///< the last of them
  bool has_begun_ = false;  ///< of one input: a value was put out
};

}  // namespace

void add_combiners(Library& library) {
  library.add_term(
      "output",
      {{"function"},
       [](Arguments& a) -> Pipeline::Make {
         const std::string function = a.word("function"), column = a.word_or("column", "value");
         if (function.empty()) a.fail("function", "must not be empty");
         return [=] { return std::make_unique<Combine>(function, column); };
       },
       "output(\"x0*x1 + x2\", column=value): a polynomial of the n-th elements of all inputs, or of "
       "elements n, n + 1, ... of one"});
  library.add_term("xor", {{},
                           [](Arguments& a) -> Pipeline::Make {
                             const std::string column = a.word_or("column", "value");
                             return [=] { return std::make_unique<Combine>("", column); };
                           },
                           "xor(column=value): the sum of the n-th elements of all inputs over GF(2)"});
}

}  // namespace gforbit::stream
