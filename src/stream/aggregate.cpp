// Sums of doubles are formed over fixed blocks of the source index and combined in order, so that they do not
// depend on how the items came in batches.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "gforbit/core/error.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kMostKept = std::uint64_t{1} << 27;  ///< values for a quantile: 1 GiB

enum class Function : std::uint8_t { count, sum, mean, min, max, quantile };

struct Definition {
  std::string name;
  Function function{};
  std::string text;
  Expression value;  ///< not of count
  double share = 0;  ///< of quantile
};

/// One number of an aggregate on its way.
class Accumulator {
 public:
  Accumulator(Function function, double share) : function_(function), share_(share) {}

  void add(std::uint64_t index, double real, std::int64_t integer) {
    ++count_;
    switch (function_) {
      case Function::count:
        return;
      case Function::sum:
      case Function::mean:
        if (index / kBlock != block_) {
          total_ += part_;
          part_ = 0;
          block_ = index / kBlock;
        }
        part_ += real;
        integers_ += static_cast<std::uint64_t>(integer);
        return;
      case Function::min:
        if (count_ == 1 || real < best_) best_ = real, best_integer_ = integer;
        return;
      case Function::max:
        if (count_ == 1 || real > best_) best_ = real, best_integer_ = integer;
        return;
      case Function::quantile:
        if (kept_.size() == kMostKept)
          throw core::InputError(fmt::format("a quantile keeps its values: at most {} of them", kMostKept));
        kept_.push_back(real);
    }
  }

  [[nodiscard]] Value result(bool integer) {
    switch (function_) {
      case Function::count:
        return static_cast<std::int64_t>(count_);
      case Function::sum:
        if (integer) return static_cast<std::int64_t>(integers_);
        return total_ + part_;
      case Function::mean:
        return (total_ + part_) / static_cast<double>(count_);
      case Function::min:
      case Function::max:
        if (integer) return best_integer_;
        return best_;
      case Function::quantile:
        return quantile();
    }
    return std::int64_t{0};
  }

  void save(core::ByteWriter& out) const {
    out.put(count_).put(block_).put(total_).put(part_).put(integers_).put(best_).put(best_integer_);
    out.put_array(kept_);
  }
  void load(core::ByteReader& in) {
    count_ = in.get<std::uint64_t>();
    block_ = in.get<std::uint64_t>();
    total_ = in.get<double>();
    part_ = in.get<double>();
    integers_ = in.get<std::uint64_t>();
    best_ = in.get<double>();
    best_integer_ = in.get<std::int64_t>();
    kept_ = in.get_array<double>();
  }

 private:
  /// Linear between the two values around the place, as numpy does it.
  [[nodiscard]] double quantile() {
    if (kept_.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::ranges::sort(kept_);
    const double place = share_ * static_cast<double>(kept_.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 == kept_.size()) return kept_.back();
    return kept_[below] + (place - static_cast<double>(below)) * (kept_[below + 1] - kept_[below]);
  }

  Function function_;
  double share_;
  std::uint64_t count_ = 0;
  std::uint64_t block_ = 0;
  double total_ = 0, part_ = 0;
  std::uint64_t integers_ = 0;
  double best_ = 0;
  std::int64_t best_integer_ = 0;
  std::vector<double> kept_;
};

class Aggregate final : public Stateful {
 public:
  Aggregate(std::vector<Definition> definitions, std::uint64_t every)
      : definitions_(std::move(definitions)), every_(every) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns;
    for (const Definition& d : definitions_) {
      formulas_.emplace_back();
      integer_.push_back(d.function == Function::count);
      if (d.function != Function::count) {
        formulas_.back().emplace(d.text, d.value, in);
        if (formulas_.back()->type() == Type::text)
          throw SyntaxError(d.text, d.value.begin, "expected a number, not a text");
        integer_.back() = formulas_.back()->type() == Type::int64 && d.function != Function::mean &&
                          d.function != Function::quantile;
      }
      columns.push_back({d.name, integer_.back() ? Type::int64 : Type::float64, {}});
    }
    begin();
    schema_ = Schema(std::move(columns));
    return schema_;
  }

  void process(const Batch& in, Output& out, Context&) override {
    std::vector<Column> values(formulas_.size());
    for (std::size_t i = 0; i < formulas_.size(); ++i) {
      if (formulas_[i]) values[i] = formulas_[i]->evaluate(in);
    }
    BatchBuilder done(schema_);
    for (std::size_t row = 0; row < in.size; ++row) {
      for (std::size_t i = 0; i < accumulators_.size(); ++i)
        add(accumulators_[i], values[i], in.indices[row], row);
      if (++seen_ != every_) continue;
      done.add(in.indices[row], results());
      begin();
    }
    if (done.size() > 0) out.emit(done.take());
  }

  void finish(std::uint64_t end, Output& out, Context&) override {
    if (every_ > 0 || seen_ == 0) return;
    BatchBuilder last(schema_);
    last.add(end, results());
    out.emit(last.take());
  }

  void save(core::ByteWriter& out) const override {
    out.put(seen_);
    for (const Accumulator& accumulator : accumulators_) accumulator.save(out);
  }
  void load(core::ByteReader& in) override {
    seen_ = in.get<std::uint64_t>();
    for (Accumulator& accumulator : accumulators_) accumulator.load(in);
  }
  [[nodiscard]] std::uint64_t window_length() const override { return every_; }

 private:
  static void add(Accumulator& accumulator, const Column& values, std::uint64_t index, std::size_t row) {
    if (const auto* const ints = std::get_if<Slice<std::int64_t>>(&values)) {
      const std::int64_t value = ints->begin ? (*ints)[row] : 0;
      accumulator.add(index, static_cast<double>(value), value);
    } else {
      accumulator.add(index, std::get<Slice<double>>(values)[row], 0);
    }
  }
  void begin() {
    seen_ = 0;
    accumulators_.clear();
    for (const Definition& d : definitions_) accumulators_.emplace_back(d.function, d.share);
  }
  [[nodiscard]] std::vector<Value> results() {
    std::vector<Value> values;
    for (std::size_t i = 0; i < accumulators_.size(); ++i)
      values.push_back(accumulators_[i].result(integer_[i]));
    return values;
  }

  std::vector<Definition> definitions_;
  std::uint64_t every_;  ///< 0: all items
  std::vector<std::optional<Formula>> formulas_;
  std::vector<bool> integer_;
  Schema schema_;
  std::vector<Accumulator> accumulators_;
  std::uint64_t seen_ = 0;
};

Definition read_definition(const Arguments& a, const Argument& argument) {
  static const std::map<std::string, Function, std::less<>> kFunctions{
      {"count", Function::count}, {"sum", Function::sum}, {"mean", Function::mean},
      {"min", Function::min},     {"max", Function::max}, {"quantile", Function::quantile}};
  const Expression& e = argument.value;
  const auto found = kFunctions.find(e.word);
  if (e.kind != Expression::Kind::call || found == kFunctions.end())
    throw SyntaxError(a.text(), e.begin,
                      "expected count(), sum(x), mean(x), min(x), max(x) or quantile(x, share)");
  Definition d{argument.name, found->second, std::string(a.text()), {}, 0};
  const std::size_t wanted = d.function == Function::count ? 0 : d.function == Function::quantile ? 2 : 1;
  if (e.operands.size() != wanted)
    throw SyntaxError(a.text(), e.begin, fmt::format("{} takes {} arguments", e.word, wanted));
  if (wanted > 0) d.value = e.operands[0];
  if (wanted == 2) {
    const Expression& share = e.operands[1];
    const bool number = share.kind == Expression::Kind::integer || share.kind == Expression::Kind::real;
    if (!number || share.real > 1) throw SyntaxError(a.text(), share.begin, "expected a share from 0 to 1");
    d.share = share.real;
  }
  return d;
}

}  // namespace

void add_aggregate(Library& library) {
  const auto read = [](Arguments& a) -> Pipeline::Make {
    const std::uint64_t every = a.natural_or("every", 0, 1, std::uint64_t{1} << 62);
    std::vector<Definition> definitions;
    for (const Argument* const argument : a.others()) definitions.push_back(read_definition(a, *argument));
    if (definitions.empty()) a.fail("aggregate", "needs columns, such as aggregate(n=count(), total=sum(x))");
    return [=] { return std::make_unique<Aggregate>(definitions, every); };
  };
  library.add_term("aggregate",
                   {{},
                    read,
                    "aggregate(n=count(), s=sum(x), m=mean(x), a=min(x), b=max(x), q=quantile(x, 0.5), "
                    "every=n): of all items, or of every n"});
}

}  // namespace gforbit::stream
